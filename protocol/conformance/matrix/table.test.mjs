import assert from "node:assert/strict";
import { test } from "node:test";
import { insert, render } from "./render.mjs";

/**
 * @param {string} client
 * @param {string} capability
 * @param {import("./types.js").Cell["result"]} result
 * @param {string} [note]
 */
const cell = (client, capability, result, note = "") => ({ client, capability, result, note });

test("the table has its rows and columns in order, and each note once", () => {
  const cells = [cell("b", "y", "–", "two"), cell("a", "y", "no", "one"), cell("b", "x", "yes"), cell("a", "x", "–", "two")];
  const text = render(cells, ["a", "b"], ["x", "y"]);
  assert.equal(text.slice(text.indexOf("\n\n") + 2), [
    "| | a | b |",
    "|---|:-:|:-:|",
    "| x | –<sup>1</sup> | yes |",
    "| y | no<sup>2</sup> | –<sup>1</sup> |",
    "",
    "1. two",
    "2. one",
    "",
  ].join("\n"));
});

test("a table with a hole is none", () => {
  assert.throws(() => render([cell("a", "x", "yes")], ["a"], ["x", "y"]), /nothing is known of a: y/);
});

test("the table replaces the one before it and nothing else", () => {
  const readme = "above\n<!-- matrix -->\nold\n<!-- /matrix -->\nbelow\n";
  assert.equal(insert(readme, "new\n"), "above\n<!-- matrix -->\nnew\n<!-- /matrix -->\nbelow\n");
  assert.equal(insert(insert(readme, "new\n"), "new\n"), insert(readme, "new\n"));
  assert.throws(() => insert("nothing here", "new\n"), /no place for the table/);
});
