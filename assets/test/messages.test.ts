import assert from "node:assert/strict";
import { test } from "node:test";
import { fromApplication, fromFrame } from "../src/frame/messages";

test("what a frame says is understood, and nothing else of it is kept", () => {
  assert.deepEqual(fromFrame({ type: "ready", more: 1 }), { type: "ready" });
  assert.deepEqual(fromFrame({ type: "follow", href: "/x", more: 1 }), { type: "follow", href: "/x" });
});

test("what the application says is understood, and nothing else of it is kept", () => {
  assert.deepEqual(fromApplication({ type: "show", content: "", more: 1 }), { type: "show", content: "" });
});

const rubbish: unknown[] = [
  undefined, null, 0, "ready", [], {}, { type: "other" }, { type: ["ready"] },
  { type: "follow" }, { type: "follow", href: { toString: () => "/x" } },
  { type: "show" }, { type: "show", content: 1 },
];

for (const data of rubbish) {
  test(`${JSON.stringify(data) || "undefined"} says nothing`, () => {
    assert.equal(fromFrame(data), undefined);
    assert.equal(fromApplication(data), undefined);
  });
}
