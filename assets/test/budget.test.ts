import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

// PRODUCT.md §5: what the first view may weigh, in bytes of gzip.
const budgets = { ".js": 30_000, ".css": 10_000 };

for (const [ending, budget] of Object.entries(budgets)) {
  test(`the first view's ${ending} files weigh at most ${budget} bytes`, (t) => {
    const files = readdirSync("dist/static").filter((name) => name.endsWith(ending));
    assert.notEqual(files.length, 0);
    const weight = files.reduce((sum, name) => sum + gzipSync(readFileSync(`dist/static/${name}`)).length, 0);
    t.diagnostic(`${weight} bytes`);
    assert.ok(weight <= budget, `${weight} bytes`);
  });
}
