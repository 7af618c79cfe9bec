// The pages of a tab.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../src/net/connection";
import { addressOf } from "../src/page/digest";
import { Keep } from "../src/page/keep";
import { Library } from "../src/page/library";
import { FakeLine } from "./fakeline";
import { FakeStorage } from "./fakestorage";

const nowhere = "0123456789abcdef".repeat(4);

function tab(session = new FakeStorage()) {
  const line = new FakeLine();
  let linked: (link: Link) => void = () => undefined;
  const connect = (changed: typeof linked) => {
    linked = changed;
    return line.asLine;
  };
  const keep = new Keep({ session, local: undefined, disk: () => Promise.resolve(undefined) });
  const library = new Library(connect, keep);
  const topics = () => line.channels.filter(({ left }) => !left).map(({ topic }) => topic);
  return { line, session, library, topics, link: (link: Link) => { linked(link); } };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(condition());
}

test("everybody is counted, and the server tells its limit", () => {
  const { line, library } = tab();
  let changes = 0;
  library.changed = () => { changes++; };
  assert.equal(line.last.topic, "all");
  assert.equal(library.limit(), undefined);
  line.last.reply("ok", {});
  assert.equal(library.limit(), undefined);
  line.last.reply("ok", { ephemeral: 1, max_content: 1000 });
  assert.equal(library.limit(), 1000);
  assert.equal(changes, 2);
});

test("what is written is held, and opened without asking anybody", async () => {
  const { library, topics } = tab();
  const page = await library.write("one");
  assert.equal(page.address, await addressOf("one"));
  library.show(page.address);
  assert.equal(library.open(page.address), page);
  library.show("");
  const second = await library.write("two");
  assert.deepEqual(library.list(), [page, second]);
  assert.deepEqual(topics(), ["all", `have:${page.address}`, `have:${second.address}`]);
});

test("what is written twice is one page, and is shared again if it was stopped", async () => {
  const { library, topics } = tab();
  const page = await library.write("one");
  assert.equal(await library.write("one"), page);
  page.stop();
  assert.deepEqual(library.list(), [page]);
  assert.deepEqual(topics(), ["all"]);
  assert.equal(await library.write("one"), page);
  assert.deepEqual(topics(), ["all", `have:${page.address}`]);
});

test("a half of a surrogate pair alone becomes what others will see", async () => {
  const { library } = tab();
  assert.equal((await library.write("a\ud800b")).content, "a\ufffdb");
});

test("who writes the page that this tab waits for has it", async () => {
  const { library, topics } = tab();
  const address = await addressOf("one");
  library.show(address);
  const waiting = library.open(address);
  assert.deepEqual(topics(), ["all", `want:${address}`]);
  const page = await library.write("one");
  assert.notEqual(page, waiting);
  assert.equal(library.open(address), page);
  assert.deepEqual(topics(), ["all", `have:${address}`]);
});

test("what this tab waits for is given up when something else is shown", () => {
  const { library, topics } = tab();
  library.show(nowhere);
  const page = library.open(nowhere);
  assert.equal(library.open(nowhere), page);
  assert.deepEqual(library.list(), []);
  library.show("");
  assert.deepEqual(topics(), ["all"]);
  library.show(nowhere);
  assert.notEqual(library.open(nowhere), page);
});

test("the connection's state reaches every page, also those that come later", async () => {
  const { library, link } = tab();
  const page = await library.write("one");
  assert.equal(page.state.link, "connecting");
  link("open");
  link("lost");
  assert.equal(page.state.link, "lost");
  assert.equal((await library.write("two")).state.link, "lost");
});

test("loaded anew, a tab holds at once what it had", async () => {
  const { session, library } = tab();
  const [one, two, three] = [await library.write("one"), await library.write("two"), await library.write("three")];
  await until(() => [one, two, three].every(({ state }) => state.survives));
  two.stop();

  const later = tab(session);
  assert.deepEqual(later.library.list(), []);
  later.library.show(two.address);
  later.library.open(two.address);
  await until(() => later.library.list().length === 2);
  assert.deepEqual(later.library.list().map(({ content }) => content), ["one", "three"]);
  assert.deepEqual(later.topics().sort(), ["all", `have:${one.address}`, `have:${three.address}`, `want:${two.address}`].sort());
});

test("loaded anew, a copy that is broken is asked for only where it is shown", async () => {
  const { session, library } = tab();
  const [one, two] = [await library.write("one"), await library.write("two")];
  await until(() => [one, two].every(({ state }) => state.survives));
  for (const { address } of [one, two]) session.setItem(`ephemeral:page:${address}`, "broken");

  const later = tab(session);
  later.library.show(two.address);
  const page = later.library.open(two.address);
  await until(() => session.length === 0);
  await until(() => page.state.phase === "starting");
  assert.deepEqual(later.topics(), ["all", `want:${two.address}`]);
  assert.equal(later.library.open(two.address), page);
});

test("who writes anew a page whose copy cannot be read has it", async () => {
  const address = await addressOf("one");
  const session = new FakeStorage();
  session.setItem("ephemeral:pages", JSON.stringify([{ address, mine: true, handedOn: 0, large: true }]));
  const line = new FakeLine();
  const disk = () => Promise.reject(new Error("not now"));
  const library = new Library(() => line.asLine, new Keep({ session, local: undefined, disk }));
  await until(() => line.last.topic === `want:${address}`);
  const page = await library.write("one");
  assert.equal(page.content, "one");
  assert.deepEqual(library.list(), [page]);
  assert.deepEqual(line.channels.filter(({ left }) => !left).map(({ topic }) => topic), ["all", `have:${address}`]);
});

test("turned off and on again, pages no longer survive, and do", async () => {
  const { session, library } = tab();
  const page = await library.write("one");
  await until(() => page.state.survives);
  library.keep.enabled = false;
  await until(() => !page.state.survives);
  assert.equal(session.length, 0);
  library.keep.enabled = true;
  await until(() => page.state.survives);
});
