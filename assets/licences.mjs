// What others wrote and this program carries asks for one thing: that its
// licence goes along. dist has them in one file, and /about links to it.
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

/** The name of that file. It is known before anything is bundled: the packages decide about it, and the lock file about them. */
export async function licencesName(root) {
  const lock = await readFile(path.join(root, "package-lock.json"));
  return `licences-${createHash("sha256").update(lock).digest("hex").slice(0, 12)}.txt`;
}

/** The licences of the packages that these files are from, one after the other. A package without one is a mistake. */
export async function licencesOf(files, root) {
  const folders = new Set(files.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const texts = [];
  for (const folder of [...folders].sort()) {
    const { name, version } = JSON.parse(await readFile(path.join(root, folder, "package.json"), "utf8"));
    const file = (await readdir(path.join(root, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${folder} has no licence to go along with it`);
    texts.push(`${name} ${version}\n\n${(await readFile(path.join(root, folder, file), "utf8")).trim()}\n`);
  }
  return texts.join(`\n${"-".repeat(72)}\n\n`);
}
