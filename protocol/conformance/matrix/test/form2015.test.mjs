import assert from "node:assert/strict";
import { test } from "node:test";
import { absent2015, form2015, idleTimeout } from "../capabilities/form2015.mjs";
import { capabilities } from "../capabilities/index.mjs";
import { label2015 } from "../clients/index.mjs";
import { cells } from "../matrix.mjs";
import { ephemeral } from "../server.mjs";

cells(label2015, ephemeral("--idle-timeout", idleTimeout, "--log-level", "error"), [
  ...Object.entries(form2015).map(([name, look]) => ({ name, look })),
  ...Object.entries(absent2015).map(([name, finding]) => ({ name, look: async () => finding })),
]);

test(`${label2015}: has a word for every row`, () => {
  assert.deepEqual(
    [...Object.keys(form2015), ...Object.keys(absent2015)].sort(),
    capabilities.map(({ name }) => name).sort(),
  );
});
