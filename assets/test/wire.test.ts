import assert from "node:assert/strict";
import { test } from "node:test";
import { contentIn, countIn, limitIn, reasonIn, standingIn, visitorsIn } from "../src/net/wire";

test("a welcome tells how the page stands, and the limit", () => {
  const welcome = { ephemeral: 1, max_content: 8_000_000, holders: 2, waiting: 1 };
  assert.deepEqual(standingIn(welcome), { holders: 2, waiting: 1, tooLarge: 0 });
  assert.equal(limitIn(welcome), 8_000_000);
  assert.deepEqual(standingIn({ holders: 0, waiting: 1, too_large: 3 }), { holders: 0, waiting: 1, tooLarge: 3 });
});

test("the original's answer to a join tells nothing", () => {
  assert.equal(standingIn({}), undefined);
  assert.equal(limitIn({}), undefined);
});

test("content comes as bytes or as text", () => {
  const bytes = new TextEncoder().encode("\ufeffπ 😀").buffer;
  assert.equal(contentIn(bytes), "\ufeffπ 😀");
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
    assert.equal(standingIn(payload), undefined);
    assert.equal(reasonIn(payload), "");
  });
}
