// Runs every client against the laboratory and makes the table of README.md from the results.
//
//	node table.mjs           fails if a test does, or if the table in README.md is another one
//	node table.mjs --write   writes the table

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { capabilities } from "./capabilities/index.mjs";
import { columns } from "./clients/index.mjs";
import { insert, render } from "./render.mjs";

const tests = fileURLToPath(new URL("test", import.meta.url));
const readme = fileURLToPath(new URL("../../../README.md", import.meta.url));

/** The clients wait for each other's servers most of the time, so that several fit on a processor. */
const atOnce = 4;

/**
 * Runs the tests, saying how each column went.
 * @returns {Promise<number>} how many failed
 */
async function runTests() {
  const files = readdirSync(tests).map((name) => path.join(tests, name));
  const stream = run({ files, concurrency: atOnce });
  let failures = 0;
  stream.on("test:pass", ({ name, nesting, details }) => {
    if (nesting === 0 && details.type === "suite") console.log(`${name}: ${(details.duration_ms / 1000).toFixed(1)} s`);
  });
  stream.on("test:fail", ({ name, nesting, details }) => {
    failures++;
    if (nesting > 0 || details.type !== "suite") console.error(`FAILED ${name}\n`, details.error.cause ?? details.error);
  });
  stream.resume();
  await new Promise((resolve) => stream.on("end", resolve));
  return failures;
}

/** @returns {Promise<string | undefined>} the table, if no test failed */
async function makeTable() {
  const folder = mkdtempSync(path.join(tmpdir(), "matrix-"));
  try {
    const results = path.join(folder, "results");
    writeFileSync(results, "");
    process.env["MATRIX_RESULTS"] = results;
    if ((await runTests()) > 0) return undefined;
    const cells = readFileSync(results, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
    return render(cells, columns, capabilities.map(({ name }) => name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const table = await makeTable();
const before = readFileSync(readme, "utf8");
if (table === undefined) {
  console.error("The table of clients was not made: a test failed.");
  process.exitCode = 1;
} else if (process.argv.includes("--write")) {
  writeFileSync(readme, insert(before, table));
} else if (insert(before, table) !== before) {
  console.error("The table of clients in README.md is not current: (cd protocol/conformance/matrix && node table.mjs --write) writes it.");
  process.exitCode = 1;
}
