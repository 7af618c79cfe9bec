// Contents in parts: their bytes, and what holders and visitors make of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Incoming, Outgoing } from "../src/net/parts";
import { addressOf } from "../src/page/digest";
import { Keep } from "../src/page/keep";
import { Page } from "../src/page/page";
import { FakeLine } from "./fakeline";
import { FakeStorage } from "./fakestorage";

const size = 10;

/** The part of a content at an offset, made by hand. */
function part(content: Uint8Array, offset: number, total = content.length): ArrayBuffer {
  const bytes = content.subarray(offset, offset + size);
  const header = [24, 16, 8, 0];
  return Uint8Array.of(...header.map((by) => offset >> by), ...header.map((by) => total >> by), ...bytes).buffer;
}

function numbers(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

/** All of a content's parts, as they go out when each is acknowledged. */
function parts(content: Uint8Array): ArrayBuffer[] {
  const sent: ArrayBuffer[] = [];
  const outgoing = new Outgoing(content, size, (one) => { sent.push(one); });
  while (!outgoing.got(Math.min(content.length, sent.length * size)));
  return sent;
}

test("a content goes out in order, eight parts at a time", () => {
  const content = numbers(101);
  const sent: ArrayBuffer[] = [];
  const outgoing = new Outgoing(content, size, (one) => { sent.push(one); });
  assert.equal(sent.length, 8);
  assert.equal(outgoing.got(10), false);
  assert.equal(sent.length, 9);
  assert.equal(outgoing.got(10), false);
  assert.equal(sent.length, 9, "an acknowledgement counts once");
  assert.equal(outgoing.got(5), false);
  assert.equal(sent.length, 9, "what was acknowledged stays so");
  assert.equal(outgoing.got(90), false);
  assert.equal(sent.length, 11);
  assert.equal(outgoing.got(100), false);
  assert.equal(outgoing.got(101), true);
  assert.deepEqual(sent.map((one) => new Uint8Array(one)), sent.map((_, i) => new Uint8Array(part(content, i * size))));
  assert.equal(sent.at(-1)?.byteLength, 9);
});

test("no acknowledgement makes more go out than there is", () => {
  const sent: ArrayBuffer[] = [];
  const outgoing = new Outgoing(numbers(300), size, (one) => { sent.push(one); });
  assert.equal(outgoing.got(1e9), false);
  assert.equal(sent.length, 16);
});

for (const length of [11, 20, 79, 80, 81, 250]) {
  test(`${length} bytes come in as they went out`, () => {
    const incoming = new Incoming(length);
    const content = numbers(length);
    let progress;
    for (const one of parts(content)) {
      assert.equal(incoming.take(), undefined);
      progress = incoming.add(one);
    }
    assert.deepEqual(progress, { bytes: length, of: length });
    assert.deepEqual(incoming.take(), content);
    assert.equal(incoming.take(), undefined, "it is handed out once");
  });
}

test("parts that are not the next one are not taken", () => {
  const content = numbers(30);
  const incoming = new Incoming(30);
  assert.equal(incoming.add(part(content, 10)), undefined, "no first part came");
  assert.ok(incoming.add(part(content, 0)));
  assert.equal(incoming.add(part(content, 20)), undefined, "one is missing");
  assert.equal(incoming.add(part(content, 10, 40)), undefined, "the total has changed");
  assert.equal(incoming.add(part(numbers(50), 10, 15)), undefined, "more than there should be");
  assert.ok(incoming.add(part(content, 10)));
  assert.equal(incoming.add(part(content, 10)), undefined, "it was there already");
  assert.ok(incoming.add(part(content, 20)));
  assert.deepEqual(incoming.take(), content);
});

test("a first part begins anew", () => {
  const incoming = new Incoming(100);
  incoming.add(part(numbers(30), 0));
  const content = numbers(20).reverse();
  for (const one of parts(content)) assert.ok(incoming.add(one));
  assert.deepEqual(incoming.take(), content);
});

test("a content over the limit takes no memory", () => {
  const incoming = new Incoming(100);
  assert.equal(incoming.add(part(numbers(30), 0, 0xffffffff)), undefined);
  assert.equal(incoming.add(part(numbers(30), 0, 101)), undefined);
  assert.ok(incoming.add(part(numbers(30), 0, 100)));
});

for (const [what, payload] of [["JSON", { bytes: 1 }], ["nothing", undefined], ["a header alone", new ArrayBuffer(8)], ["too little", new ArrayBuffer(3)]] as const) {
  test(`${what} is no part`, () => {
    const incoming = new Incoming(100);
    assert.equal(incoming.add(payload), undefined);
    assert.equal(incoming.take(), undefined);
  });
}

const text = "Ein Blatt, das in Teilen geht: äöü 😀. ".repeat(10);
const bytes = new TextEncoder().encode(text);
const address = await addressOf(text);
const welcome = { ephemeral: 1, max_content: 1000, holders: 1, waiting: 1, part: size };

function tab() {
  const line = new FakeLine();
  const keep = new Keep({ session: new FakeStorage(), local: undefined, disk: () => Promise.resolve(undefined) });
  return { line, tab: { line: line.asLine, link: "open" as const, keep } };
}

test("a holder sends parts, and nothing else while it does", () => {
  const { line, tab: around } = tab();
  Page.written(around, address, text);
  const have = line.last;
  have.reply("ok", welcome);
  have.send("content_request", {});
  have.send("content_request", {});
  assert.deepEqual(have.events, Array<string>(8).fill("part"));
  have.send("got", { bytes: 20 });
  assert.equal(have.events.length, 10);
  assert.deepEqual(have.pushed[9]?.payload, part(bytes, 90));
  have.send("enough", {});
  have.send("got", { bytes: 30 });
  assert.equal(have.events.length, 10, "enough is enough");
  have.send("content_request", {});
  assert.equal(have.events.length, 18);
  assert.deepEqual(have.pushed[10]?.payload, part(bytes, 0));
  have.fail();
  have.reply("ok", welcome);
  have.send("got", { bytes: 10 });
  assert.equal(have.events.length, 18, "what was under way in another join is not gone on with");
});

test("a holder that has sent everything can be asked again; one that was refused sends no more", () => {
  const { line, tab: around } = tab();
  const page = Page.written(around, address, text);
  const have = line.last;
  have.reply("ok", { ...welcome, part: 100 });
  have.send("content_request", {});
  const all = Math.ceil(bytes.length / 100);
  assert.equal(have.events.length, all);
  have.send("got", { bytes: bytes.length });
  have.send("content_request", {});
  assert.equal(have.events.length, 2 * all);
  have.reply("ok", welcome);
  have.send("content_request", {});
  have.send("refused", { reason: "content too large", max_content: 5 });
  const { length } = have.events;
  have.send("got", { bytes: 10 });
  assert.equal(have.events.length, length);
  assert.equal(page.state.phase, "alone");
});

test("a page that fits into one part goes whole, and so does any by long polling", () => {
  for (const [answer, carriesBytes] of [[{ ...welcome, part: bytes.length }, true], [welcome, false]] as const) {
    const { line, tab: around } = tab();
    line.carriesBytes = carriesBytes;
    Page.written(around, address, text);
    line.last.reply("ok", answer);
    line.last.send("content_request", {});
    assert.deepEqual(line.last.events, ["content"]);
  }
});

test("a visitor sees how far the page is, up to the server and down from there", async () => {
  const { line, tab: around } = tab();
  const page = Page.opened(around, address);
  const want = line.last;
  want.reply("ok", welcome);
  want.send("progress", { bytes: 100, of: bytes.length });
  assert.equal(page.state.phase, "receiving");
  assert.deepEqual(page.state.progress, { bytes: 100, of: bytes.length, leg: "up" });
  want.send("state", { holders: 1, waiting: 5 });
  assert.equal(page.state.phase, "receiving", "others may come meanwhile");
  want.send("part", part(bytes, 0));
  assert.deepEqual(page.state.progress, { bytes: 10, of: bytes.length, leg: "down" });
  assert.deepEqual(want.pushed, [{ event: "got", payload: { bytes: 10 } }]);
  want.send("state", { holders: 0, waiting: 5 });
  assert.equal(page.state.phase, "receiving", "the server has all of it");
  for (let offset = 10; offset < bytes.length; offset += size) want.send("part", part(bytes, offset));
  assert.deepEqual(want.pushed.at(-1), { event: "got", payload: { bytes: bytes.length } });
  while (!page.kept) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(page.content, text);
  assert.equal(page.state.progress, undefined);
});

test("when its sender leaves in the midst, the page is no longer on its way", () => {
  const { line, tab: around } = tab();
  const page = Page.opened(around, address);
  const want = line.last;
  want.reply("ok", { ...welcome, holders: 2 });
  want.send("progress", { bytes: 100, of: bytes.length });
  want.send("state", { holders: 1, waiting: 1 });
  assert.equal(page.state.phase, "coming");
  assert.equal(page.state.progress, undefined);
  want.send("progress", { bytes: 10, of: bytes.length });
  want.send("state", { holders: 0, waiting: 1 });
  assert.equal(page.state.phase, "nobody");
});

test("when the connection is lost in the midst, the page begins anew", () => {
  const { line, tab: around } = tab();
  const page = Page.opened(around, address);
  const want = line.last;
  want.reply("ok", welcome);
  want.send("part", part(bytes, 0));
  want.fail();
  assert.equal(page.state.phase, "starting");
  assert.equal(page.state.progress, undefined);
  want.reply("ok", welcome);
  want.send("part", part(bytes, 10));
  assert.equal(page.state.phase, "coming", "the rest is nothing without the beginning");
  assert.equal(want.pushed.length, 1);
  want.send("part", part(bytes, 0));
  assert.deepEqual(page.state.progress, { bytes: 10, of: bytes.length, leg: "down" });
});
