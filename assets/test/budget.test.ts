// What the first view may weigh (PRODUCT.md §5), counted twice: by what the
// document and the scripts name, and by what a browser fetches.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

/** In bytes: scripts as they travel, styles as they are, for that is what must be read. */
const budget = { scripts: 30_000, styles: 10_000 };

const files = "dist/static";

/** The files in dist/static that index.html names and whose names end like that. */
function named(ending: string): string[] {
  const document = readFileSync("dist/index.html", "utf8");
  const names = Array.from(document.matchAll(/"\/static\/([^"]+)"/g), ([, name]) => name ?? "");
  return [...new Set(names)].filter((name) => name.endsWith(ending));
}

/** Those scripts and whatever they import at once: what a module waits for before it runs. */
async function withImports(entries: readonly string[]): Promise<Set<string>> {
  const { metafile } = await build({
    entryPoints: entries.map((name) => path.join(files, name)), bundle: true, metafile: true, write: false, format: "esm", outdir: "unused",
  });
  const found = new Set<string>();
  const follow = (input: string) => {
    if (found.has(input)) return;
    found.add(input);
    for (const { path: next, kind } of metafile.inputs[input]?.imports ?? []) if (kind === "import-statement") follow(next);
  };
  for (const name of entries) follow(path.posix.join(files, name));
  return new Set(Array.from(found, (input) => path.basename(input)));
}

const compressed = (name: string) => gzipSync(readFileSync(path.join(files, name)), { level: 9 }).length;
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

const published = readdirSync(files).filter((name) => name.endsWith(".js"));

for (const view of ["writeview", "pageview"]) {
  test(`the scripts that the first view waits for weigh little, in every language: ${view}`, async (t) => {
    const shown = published.filter((name) => name.startsWith(`${view}-`));
    assert.equal(shown.length, 1);
    const first = await withImports([...named(".js"), ...shown]);
    const later = published.filter((name) => !first.has(name));
    for (const name of first) t.diagnostic(`first: ${name} ${compressed(name)} bytes of gzip`);
    for (const name of later) t.diagnostic(`when needed: ${name} ${compressed(name)} bytes of gzip`);
    const language = Math.max(0, ...later.filter((name) => /^[a-z]{2}-/.test(name)).map(compressed));
    assert.ok(language > 0, "no language is a file of its own");
    const weight = sum([...first].map(compressed)) + language;
    t.diagnostic(`${weight} of ${budget.scripts} bytes`);
    assert.ok(weight <= budget.scripts, `${weight} bytes`);
  });
}

test("so do its styles", (t) => {
  const styles = named(".css");
  assert.ok(styles.length > 0);
  const weight = sum(styles.map((name) => readFileSync(path.join(files, name)).length));
  t.diagnostic(`${weight} of ${budget.styles} bytes, ${sum(styles.map(compressed))} of gzip`);
  assert.ok(weight <= budget.styles, `${weight} bytes`);
});

test("a browser that is about to write plain text, and one that receives it, fetch no more than that", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server);
  await writer.page.getByLabel("Your page").waitFor();
  const weigh = async ({ page }: Visitor) => {
    const fetched = await page.evaluate(() => performance.getEntriesByType("resource")
      .map((entry) => entry as PerformanceResourceTiming)
      .filter(({ name }) => name.endsWith(".js"))
      .map(({ encodedBodySize }) => encodedBodySize));
    assert.ok(fetched.length > 0);
    t.diagnostic(`${fetched.length} scripts, ${sum(fetched)} of ${budget.scripts} bytes`);
    assert.ok(sum(fetched) <= budget.scripts, `${sum(fetched)} bytes`);
  };
  await weigh(writer);
  const address = await writer.share("nothing but text");
  const reader = await Visitor.arrive(t, browser, server, address, { locale: "de" });
  await reader.sees("nothing but text");
  await weigh(reader);
});
