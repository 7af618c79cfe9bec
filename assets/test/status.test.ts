import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageState } from "../src/page/state";
import { numbersOf, statusOf } from "../src/view/status";
import { say } from "../src/words/say";

const fresh: PageState = {
  link: "open", phase: "starting", reason: "", mine: false,
  holders: 0, waiting: 0, handedOn: 0, progress: undefined, life: undefined, log: [], survives: false, size: 0, limit: 0,
};

const states: [state: Partial<PageState>, tone: string, title: string][] = [
  [{ link: "connecting" }, "seeking", "Connecting…"],
  [{}, "seeking", "Looking for somebody who has this page…"],
  [{ phase: "coming", holders: 1 }, "seeking", "Somebody has it: it is on its way…"],
  [{ phase: "nobody" }, "waiting", "Nobody has this page right now"],
  [{ phase: "stuck" }, "waiting", "This page is too large"],
  [{ phase: "checking" }, "seeking", "Something has come…"],
  [{ phase: "kept" }, "seeking", "One moment…"],
  [{ phase: "kept", holders: 1 }, "alone", "You are the only one keeping this page alive"],
  [{ phase: "kept", holders: 1, mine: true }, "alone", "Only you have this page so far"],
  [{ phase: "kept", holders: 2 }, "alive", "You keep this page alive too"],
  [{ phase: "kept", holders: 2, mine: true }, "alive", "Your page is alive"],
  [{ phase: "alone", size: 9_000_000, limit: 8_000_000 }, "lost", "This page is too large to be passed on"],
  [{ phase: "refused", reason: "topic too long" }, "lost", "This server does not pass this page on"],
  [{ phase: "kept", holders: 2, link: "lost" }, "lost", "No connection"],
  [{ phase: "nobody", link: "lost" }, "lost", "No connection"],
];

for (const [change, tone, title] of states) {
  test(`${JSON.stringify(change)} is "${title}"`, () => {
    const status = statusOf({ ...fresh, ...change });
    assert.equal(status.title, title);
    assert.equal(status.tone, tone);
    assert.match(status.detail, /^[^{}]+[.]|^It says: /);
  });
}

test("a refusal is given with the server's word for it, if it has one", () => {
  assert.equal(statusOf({ ...fresh, phase: "refused", reason: "no" }).detail, "It says: no");
  assert.equal(statusOf({ ...fresh, phase: "refused" }).detail, "It does not say why.");
});

test("a lost connection is no loss to one who has the page", () => {
  assert.match(statusOf({ ...fresh, phase: "kept", link: "lost" }).detail, /safe in this tab/);
  assert.doesNotMatch(statusOf({ ...fresh, phase: "nobody", link: "lost" }).detail, /safe in this tab/);
});

test("where there is no room for details, the only one who has a page reads what closing does, and who received it that it is verified", () => {
  assert.equal(statusOf({ ...fresh, phase: "kept", holders: 1 }).brief, "Close this tab and it is gone.");
  assert.equal(statusOf({ ...fresh, phase: "kept", holders: 1, mine: true }).brief, "Close this tab and it is gone.");
  assert.equal(statusOf({ ...fresh, phase: "kept", holders: 2 }).brief, "Verified ✓");
  assert.equal(statusOf({ ...fresh, phase: "kept", holders: 2, mine: true }).brief, undefined);
});

test("the size and the limit are named where they matter", () => {
  const { detail } = statusOf({ ...fresh, phase: "alone", size: 9_500_000, limit: 8_000_000 });
  assert.match(detail, /9\.5 MB/);
  assert.match(detail, /8 MB/);
});

const numbers: [state: Partial<PageState>, text: string][] = [
  [{ phase: "kept", holders: 1 }, "1 copy"],
  [{ phase: "kept", holders: 2, waiting: 1 }, "2 copies · 1 waiting"],
  [{ phase: "kept", holders: 12_345 }, "12,345 copies"],
  [{ phase: "kept" }, ""],
  [{ phase: "nobody", waiting: 1 }, ""],
  [{ phase: "nobody", waiting: 2 }, "1 other is waiting too"],
  [{ phase: "coming", holders: 1, waiting: 3 }, "2 others are waiting too"],
  [{ phase: "kept", holders: 2, link: "lost" }, ""],
  [{ phase: "refused", holders: 2 }, ""],
];

for (const [change, text] of numbers) {
  test(`${JSON.stringify(change)} has the numbers "${text}"`, () => {
    assert.equal(numbersOf({ ...fresh, ...change }), text);
  });
}

test("plural forms follow the number", () => {
  assert.equal(say("write.holding", { n: 1 }), "This tab is keeping one page alive. It does so until you close it.");
  assert.equal(say("write.holding", { n: 3 }), "This tab is keeping 3 pages alive. It does so until you close it.");
});
