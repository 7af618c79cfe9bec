// When to connect again, and by what.

import assert from "node:assert/strict";
import { test } from "node:test";
import { carrierAfterFailures, delayAfterFailures, delayAfterLoss } from "../src/net/retry";

test("those who lost a connection in one instant come back within three seconds, not in one instant", () => {
  assert.equal(delayAfterLoss(0), 0);
  assert.equal(delayAfterLoss(0.5), 1500);
  assert.equal(delayAfterLoss(0.999_999), 2999.997);
  const delays = Array.from({ length: 1000 }, () => delayAfterLoss());
  const tenths = new Set(delays.map((delay) => Math.floor(delay / 300)));
  assert.deepEqual([...tenths].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("who tries in vain waits longer and longer, but never gives up", () => {
  const nominal = [1, 2, 3, 4, 5, 100].map((failures) => delayAfterFailures(failures, 0.5));
  assert.deepEqual(nominal, [1000, 2000, 5000, 10_000, 10_000, 10_000]);
  assert.equal(delayAfterFailures(2, 0), 1000);
  assert.equal(delayAfterFailures(2, 1), 3000);
});

test("where no WebSocket has ever worked, every second attempt is by long polling", () => {
  assert.deepEqual([0, 1, 2, 3, 4].map((failures) => carrierAfterFailures(failures, false)),
    ["websocket", "longpoll", "websocket", "longpoll", "websocket"]);
});

test("where one has worked, long polling waits", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((failures) => carrierAfterFailures(failures, true)),
    ["websocket", "websocket", "websocket", "longpoll", "websocket", "longpoll"]);
});
