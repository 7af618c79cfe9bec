import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageState } from "../src/page/state";
import { lifeLine, pictureText, thanks } from "../src/view/life";
import { logText } from "../src/view/logview";
import { spokenOf, statusOf } from "../src/view/status";

const fresh: PageState = {
  link: "open", phase: "kept", reason: "", mine: false,
  holders: 1, waiting: 0, handedOn: 0, progress: undefined, life: undefined, log: [], survives: false, size: 0, limit: 0,
};

const pictures: [state: Partial<PageState>, text: string][] = [
  [{}, "Only you have it"],
  [{ holders: 0 }, "Only you have it"],
  [{ holders: 5, waiting: 2 }, "5 have it, you among them; 2 wait"],
  [{ holders: 5, waiting: 1 }, "5 have it, you among them; one waits"],
  [{ phase: "alone", holders: 0 }, "Only you have it"],
  [{ phase: "nobody", holders: 0, waiting: 1 }, "Nobody has it; you wait"],
  [{ phase: "nobody", holders: 0, waiting: 3 }, "Nobody has it; 3 wait, you among them"],
  [{ phase: "coming", holders: 1, waiting: 1 }, "One has it; you wait"],
  [{ phase: "starting", holders: 0 }, "Nobody has it"],
  [{ phase: "stopped", holders: 2, waiting: 1 }, "2 have it; one waits"],
];

for (const [change, text] of pictures) {
  test(`the picture of ${JSON.stringify(change)} is "${text}"`, () => {
    assert.equal(pictureText({ ...fresh, ...change }), text);
  });
}

const minute = 60_000;
const lives: [state: Partial<PageState>, text: string][] = [
  [{ life: { since: 0, peak: 7, passed: 23 } }, "alive for 12 minutes · at most 7 at once · handed on 23 times"],
  [{ life: { since: 0, peak: 2, passed: 1 } }, "alive for 12 minutes · at most 2 at once · handed on once"],
  // What is nothing yet is not said.
  [{ life: { since: 0, peak: 1, passed: 0 } }, "alive for 12 minutes"],
  [{}, ""],
  [{ link: "lost", life: { since: 0, peak: 7, passed: 23 } }, ""],
];

for (const [change, text] of lives) {
  test(`the life-line of ${JSON.stringify(change)} is "${text}"`, () => {
    assert.equal(lifeLine({ ...fresh, ...change }, 12 * minute), text);
  });
}

test("a visitor is thanked from the first time on", () => {
  assert.deepEqual([0, 1, 3].map((handedOn) => thanks({ ...fresh, handedOn })), [
    "", "You passed this on to one person.", "You passed this on to 3 people.",
  ]);
});

test("the log says how many, and how much", () => {
  assert.equal(logText({ at: 0, what: "handed", n: 3 }), "Passed on to 3 visitors.");
  assert.equal(logText({ at: 0, what: "received", n: 1500 }), "The page has come: 1.5 kB.");
  assert.equal(logText({ at: 0, what: "verified" }), "Verified: it is exactly what its address says.");
});

test("of what is on its way only the quarters are said aloud", () => {
  const spoken = (bytes: number) => {
    const state: PageState = { ...fresh, phase: "receiving", progress: { bytes, of: 1000, leg: "down" } };
    return spokenOf(state, statusOf(state));
  };
  assert.deepEqual([0, 249, 250, 430, 750, 1000].map(spoken), [0, 0, 25, 25, 75, 100].map((n) => `Receiving ${n} %`));
});

test("a state is said aloud with its detail, as sentences", () => {
  const said = spokenOf(fresh, statusOf(fresh));
  assert.equal(said, "You are the only one keeping this page alive. It is verified. If you close this tab, it is gone.");
  const looking: PageState = { ...fresh, phase: "starting" };
  assert.match(spokenOf(looking, statusOf(looking)), /^Looking for somebody who has this page… It comes/);
});

test("whoever wrote a page is asked to send its address only until somebody else has had it", () => {
  const alone: PageState = { ...fresh, mine: true };
  assert.deepEqual([statusOf(alone).fresh, statusOf(alone).title], [true, "Only you have this page so far"]);
  for (const change of [{ handedOn: 1 }, { life: { since: 0, peak: 2, passed: 1 } }]) {
    const status = statusOf({ ...alone, ...change });
    assert.deepEqual([status.fresh, status.title], [undefined, "You are the only one keeping this page alive"]);
  }
});
