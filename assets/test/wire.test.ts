import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesIn, contentIn, countIn, limitIn, partIn, reasonIn, standingIn, totalIn, visitorsIn } from "../src/net/wire";

test("a welcome tells how the page stands, and the limit", () => {
  const welcome = { ephemeral: 1, max_content: 8_000_000, holders: 2, waiting: 1 };
  assert.deepEqual(standingIn(welcome), { holders: 2, waiting: 1, tooLarge: 0, life: undefined });
  assert.equal(limitIn(welcome), 8_000_000);
  assert.deepEqual(standingIn({ holders: 0, waiting: 1, too_large: 3 }), { holders: 0, waiting: 1, tooLarge: 3, life: undefined });
});

test("the life of a page is told while it lives", () => {
  const { life } = standingIn({ holders: 2, waiting: 0, age: 734, peak: 5, passed: 12 }) ?? {};
  assert.deepEqual(life, { age: 734, peak: 5, passed: 12 });
  assert.equal(standingIn({ holders: 0, waiting: 0, age: 0, peak: 0, passed: 0 })?.life, undefined);
  assert.equal(standingIn({ holders: 2, waiting: 0, age: 734, peak: "5", passed: 12 })?.life, undefined);
});

test("content goes in parts where the server says so, and both sides say how far it is", () => {
  assert.equal(partIn({ ephemeral: 1, part: 65536 }), 65536);
  assert.equal(partIn({ ephemeral: 1 }), undefined);
  assert.equal(partIn({ ephemeral: 1, part: 0 }), undefined);
  assert.equal(bytesIn({ bytes: 100, of: 200 }), 100);
  assert.equal(totalIn({ bytes: 100, of: 200 }), 200);
});

test("what no count can be is none", () => {
  for (const count of [-1, NaN, Infinity]) assert.equal(countIn({ count }), undefined);
});

test("the original's answer to a join tells nothing", () => {
  assert.equal(standingIn({}), undefined);
  assert.equal(limitIn({}), undefined);
});

test("content comes as bytes or as text", () => {
  const bytes = new TextEncoder().encode("\ufeffπ 😀").buffer;
  assert.equal(contentIn(bytes), "\ufeffπ 😀");
  assert.equal(contentIn(new Uint8Array(bytes)), "\ufeffπ 😀");
  assert.equal(contentIn({ content: "π 😀" }), "π 😀");
});

test("numbers and reasons", () => {
  assert.equal(countIn({ count: 3 }), 3);
  assert.equal(visitorsIn({ visitors: 2 }), 2);
  assert.equal(reasonIn({ reason: "topic too long" }), "topic too long");
});

for (const payload of [undefined, null, 1, "x", [], {}, { count: "3", reason: 5, content: 1, holders: "1", waiting: 1 }]) {
  test(`${JSON.stringify(payload) || "undefined"} is read as nothing`, () => {
    assert.equal(countIn(payload), undefined);
    assert.equal(visitorsIn(payload), undefined);
    assert.equal(contentIn(payload), undefined);
    assert.equal(partIn(payload), undefined);
    assert.equal(bytesIn(payload), undefined);
    assert.equal(totalIn(payload), undefined);
    assert.equal(standingIn(payload), undefined);
    assert.equal(reasonIn(payload), "");
  });
}
