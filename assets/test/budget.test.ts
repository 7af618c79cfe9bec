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

/** The documents that a visit can begin with. */
const documents = ["index.html", "page.html", "about.html", "missing.html"].flatMap((name) => [name, path.join("de", name)]);

/** The files in dist/static that a document names and whose names end like that. */
function named(document: string, ending: string): string[] {
  const names = Array.from(readFileSync(path.join("dist", document), "utf8").matchAll(/"\/static\/([^"]+)"/g), ([, name]) => name ?? "");
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

for (const document of documents) {
  test(`what ${document} waits for weighs little`, async (t) => {
    const scripts = [...await withImports(named(document, ".js"))];
    const styles = named(document, ".css");
    assert.ok(scripts.length > 0 && styles.length > 0);
    // All that the first view needs is asked for at once, and not one after the other.
    assert.deepEqual(scripts.filter((name) => !named(document, ".js").includes(name)), []);
    const weight = { scripts: sum(scripts.map(compressed)), styles: sum(styles.map((name) => readFileSync(path.join(files, name)).length)) };
    t.diagnostic(`scripts: ${weight.scripts} of ${budget.scripts} bytes; styles: ${weight.styles} of ${budget.styles}, ${sum(styles.map(compressed))} of gzip`);
    assert.ok(weight.scripts <= budget.scripts, `${weight.scripts} bytes of scripts`);
    assert.ok(weight.styles <= budget.styles, `${weight.styles} bytes of styles`);
  });
}

test("everything else is fetched when it is needed", (t) => {
  const first = new Set(documents.flatMap((document) => named(document, ".js")));
  const later = readdirSync(files).filter((name) => name.endsWith(".js") && !first.has(name));
  assert.ok(later.some((name) => name.startsWith("markdown-")), later.join(" "));
  for (const name of later) t.diagnostic(`${name}: ${compressed(name)} bytes of gzip`);
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
