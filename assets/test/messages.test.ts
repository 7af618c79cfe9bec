import assert from "node:assert/strict";
import { test } from "node:test";
import { fromApplication, fromFrame } from "../src/frame/messages";

const fromFrames: [said: Record<string, unknown>, heard: unknown][] = [
  [{ type: "ready", more: 1 }, { type: "ready" }],
  [{ type: "follow", href: "/x", more: 1 }, { type: "follow", href: "/x" }],
  [{ type: "file", index: 3, name: "x" }, { type: "file", index: 3 }],
  [{ type: "shown", markup: true, scripts: true, more: 1 }, { type: "shown", markup: true, scripts: true }],
  [{ type: "height", height: 1234.5, width: 7 }, { type: "height", height: 1234.5 }],
  [{ type: "height", height: 1e9 }, { type: "height", height: 200_000 }],
  // Only true is true.
  [{ type: "shown", markup: 1, scripts: "yes" }, { type: "shown", markup: false, scripts: false }],
  [{ type: "shown" }, { type: "shown", markup: false, scripts: false }],
];

for (const [said, heard] of fromFrames) {
  test(`${JSON.stringify(said)} of a frame is understood, and nothing else of it is kept`, () => {
    assert.deepEqual(fromFrame(said), heard);
    assert.equal(fromApplication(said), undefined);
  });
}

const fromApplications: [said: Record<string, unknown>, heard: unknown][] = [
  [{ type: "show", content: "", more: 1 }, { type: "show", content: "", as: "auto", keep: false }],
  [{ type: "show", content: "x", as: "text", keep: true }, { type: "show", content: "x", as: "text", keep: true }],
  [{ type: "show", content: "x", as: "other", keep: 1 }, { type: "show", content: "x", as: "auto", keep: false }],
  [{ type: "ask", more: 1 }, { type: "ask" }],
];

for (const [said, heard] of fromApplications) {
  test(`${JSON.stringify(said)} of the application is understood, and nothing else of it is kept`, () => {
    assert.deepEqual(fromApplication(said), heard);
    assert.equal(fromFrame(said), undefined);
  });
}

const rubbish: unknown[] = [
  undefined, null, 0, "ready", [], {}, { type: "other" }, { type: ["ready"] }, { type: { toString: () => "ready" } },
  { type: "follow" }, { type: "follow", href: { toString: () => "/x" } }, { type: "follow", href: "x".repeat(8193) },
  { type: "file" }, { type: "file", index: "0" }, { type: "file", index: -1 }, { type: "file", index: 0.5 },
  { type: "file", index: NaN }, { type: "file", index: 2 ** 60 }, { type: "file", index: [0] },
  { type: "height" }, { type: "height", height: "1px" }, { type: "height", height: -1 }, { type: "height", height: NaN },
  { type: "show" }, { type: "show", content: 1 },
  // What an object inherits, nobody has said.
  Object.create({ type: "ready" }), Object.create({ type: "show", content: "x" }),
  Object.assign(Object.create({ href: "/x" }) as object, { type: "follow" }),
  JSON.parse('{"__proto__":{"type":"ready"}}'),
];

rubbish.forEach((data, index) => {
  test(`rubbish ${index}, ${(JSON.stringify(data) || "undefined").slice(0, 60)}, says nothing`, () => {
    assert.equal(fromFrame(data), undefined);
    assert.equal(fromApplication(data), undefined);
  });
});
