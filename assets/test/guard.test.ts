// When the browser is to ask before a tab is closed. In a browser: survive.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { wouldBeLost } from "../src/page/guard";
import { changeOfHolders } from "../src/page/log";
import type { PageState } from "../src/page/state";

const state: PageState = {
  link: "open", phase: "kept", reason: "", mine: false, holders: 1, waiting: 0, handedOn: 0,
  progress: undefined, life: undefined, log: [], survives: true, size: 10, limit: 0,
};

test("only who is the last to have a page is asked", () => {
  assert.equal(wouldBeLost(state), true);
  assert.equal(wouldBeLost({ ...state, link: "lost" }), true);
  assert.equal(wouldBeLost({ ...state, holders: 2 }), false);
  assert.equal(wouldBeLost({ ...state, holders: 2, mine: true }), false);
});

test("until it is known who has a page, only its writer is asked", () => {
  assert.equal(wouldBeLost({ ...state, holders: 0 }), false);
  assert.equal(wouldBeLost({ ...state, holders: 0, mine: true }), true);
});

test("a page too large to be passed on is lost with its tab", () => {
  assert.equal(wouldBeLost({ ...state, phase: "alone", holders: 2 }), true);
});

for (const phase of ["starting", "coming", "receiving", "nobody", "stuck", "checking", "stopped", "refused"] as const) {
  test(`nobody is asked for a page that is ${phase}`, () => {
    assert.equal(wouldBeLost({ ...state, phase, mine: true }), false);
  });
}

test("what a change of the number of holders means to one of them", () => {
  assert.equal(changeOfHolders(0, 3), undefined, "it was not known before");
  assert.equal(changeOfHolders(2, 2), undefined);
  assert.equal(changeOfHolders(1, 2), "joined");
  assert.equal(changeOfHolders(3, 2), "left");
  assert.equal(changeOfHolders(3, 1), "alone");
});
