// A channel that the server has closed while its tab lives: an older join came
// late, and the server took the present connection for a former one.

import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { addressOf } from "../src/page/digest";
import { Keep } from "../src/page/keep";
import { Page } from "../src/page/page";
import { FakeLine } from "./fakeline";
import { FakeStorage } from "./fakestorage";

const text = "a page that comes back";
const address = await addressOf(text);

function setUp(t: TestContext) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  t.after(() => { mock.timers.reset(); });
  const line = new FakeLine();
  const keep = new Keep({ session: new FakeStorage(), local: undefined, disk: () => Promise.resolve(undefined) });
  return { line, tab: { line: line.asLine, link: "open" as const, keep } };
}

const welcome = { ephemeral: 1, max_content: 1000, holders: 1, waiting: 0 };

const kinds = {
  have: (tab: ReturnType<typeof setUp>["tab"]) => Page.written(tab, address, text),
  want: (tab: ReturnType<typeof setUp>["tab"]) => Page.opened(tab, address),
};

for (const [kind, open] of Object.entries(kinds)) {
  test(`a ${kind} channel that the server has closed is joined again, each time, after a while`, (t) => {
    const { line, tab } = setUp(t);
    open(tab);
    for (let joins = 1; joins < 4; joins++) {
      line.last.reply("ok", welcome);
      line.last.send("phx_close", {});
      mock.timers.tick(1999);
      assert.equal(line.channels.length, joins);
      mock.timers.tick(1);
      assert.equal(line.channels.length, joins + 1);
      assert.equal(line.last.topic, `${kind}:${address}`);
    }
    line.last.reply("ok", welcome);
    mock.timers.tick(60_000);
    assert.equal(line.channels.length, 4);
  });

  test(`a ${kind} channel that the tab has left is not joined again, whatever the server says behind it`, (t) => {
    const { line, tab } = setUp(t);
    const page = open(tab);
    line.last.reply("ok", welcome);
    line.last.send("phx_close", {});
    page.stop();
    page.abandon();
    line.last.send("phx_close", "leave");
    mock.timers.tick(60_000);
    assert.equal(line.channels.length, 1);
  });
}

test("a holder that is back answers anew", (t) => {
  const { line, tab } = setUp(t);
  kinds.have(tab);
  const part = { ...welcome, part: 10 };
  line.last.reply("ok", part);
  line.last.send("content_request", {});
  line.last.send("phx_close", {});
  mock.timers.tick(2000);
  line.last.reply("ok", part);
  line.last.send("content_request", {});
  assert.deepEqual(line.last.events, ["part", "part", "part"]);
});
