// One client against a server: a test for each capability, and its result for the table.

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";
import { currentTab, newTab } from "./browser.mjs";
import { capabilities } from "./capabilities/index.mjs";
import { client as load } from "./clients/index.mjs";
import { laboratory } from "./server.mjs";

/**
 * Writes a cell of the table, if a table is being made.
 * @param {import("./types.js").Cell} cell
 */
function record(cell) {
  const file = process.env["MATRIX_RESULTS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(cell)}\n`);
}

/** Closes the tab of a test and looks for what must never happen. */
function closeTab() {
  assert.equal(newTab().normalCloses, 0, "the server closed a connection with 1000, after which clients of 1.4.0–1.4.2 and 1.6.3–1.8 stay away");
}

/**
 * The tests of a column, each of which fills in a cell, one after another: some restart the server.
 * @param {string} label of the column
 * @param {import("./server.mjs").Server} server
 * @param {{ name: string, look: (server: any) => Promise<import("./types.js").Finding> }[]} rows
 */
export function cells(label, server, rows) {
  describe(label, () => {
    before(() => server.start());
    after(() => server.stop("SIGKILL")); // it would wait for connections that fetch keeps
    afterEach(closeTab);
    for (const { name, look } of rows) {
      test(`${label}: ${name}`, { timeout: 40_000 }, async () => {
        const finding = (await look(server)) ?? { result: "yes", note: "" };
        if (finding.result === "yes") assert.deepEqual(currentTab().errors.entries, []);
        record({ client: label, capability: name, ...finding });
      });
    }
  });
}

/** @param {import("./clients/index.mjs").ClientName} name */
export function matrix(name) {
  const client = load(name);
  cells(client.label, laboratory(), capabilities.map((capability) => ({
    name: capability.name,
    look: (lab) => capability.test(client, lab),
  })));
}
