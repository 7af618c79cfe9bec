import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

test("the licences of what is bundled go along, and /about links to them", () => {
  for (const document of ["about.html", "de/about.html"]) {
    const address = /href="\/(static\/licences-[0-9a-f]{12}\.txt)"/.exec(readFileSync(`dist/${document}`, "utf8"))?.[1];
    assert.ok(address !== undefined, document);
    const text = readFileSync(`dist/${address}`, "utf8");
    for (const name of ["phoenix", "markdown-it", "uqr"]) assert.match(text, new RegExp(`^${name} \\d+\\.\\d+.*\\n\\n`, "m"));
    assert.doesNotMatch(text, /^(esbuild|typescript|playwright-core) \d/m);
  }
});
