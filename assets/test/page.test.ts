import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { addressOf } from "../src/page/digest";
import { Keep } from "../src/page/keep";
import { Page } from "../src/page/page";
import { FakeLine } from "./fakeline";
import { FakeStorage } from "./fakestorage";

const content = "a page 😀";
const address = await addressOf(content);
const bytes = new TextEncoder().encode(content);

/** Lets the digest, which is made elsewhere, be done. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(condition());
}

function tab() {
  const line = new FakeLine();
  const session = new FakeStorage();
  const keep = new Keep({ session, local: undefined, disk: () => Promise.resolve(undefined) });
  return { line, session, tab: { line: line.asLine, link: "open" as const, keep } };
}

function opened() {
  const around = tab();
  return { ...around, want: () => around.line.last, page: Page.opened(around.tab, address) };
}

function written(text = content) {
  const around = tab();
  const page = Page.written(around.tab, address, text);
  return { ...around, page, have: around.line.last };
}

/** What the log says, without the times. */
function logOf(page: Page): string[] {
  return page.state.log.map(({ what, n }) => n === undefined ? what : `${what} ${n}`);
}

const welcome = { ephemeral: 1, max_content: 8_000_000, holders: 1, waiting: 0 };

test("a visitor opts in, and need not ask", () => {
  const { page, want } = opened();
  assert.equal(want().topic, `want:${address}`);
  assert.deepEqual(want().params, { ephemeral: 1, binary: true });
  want().reply("ok", { ...welcome, holders: 0, waiting: 2 });
  assert.equal(page.state.phase, "nobody");
  assert.equal(page.state.waiting, 2);
  want().send("state", { holders: 1, waiting: 2 });
  assert.equal(page.state.phase, "coming");
  want().send("state", { holders: 0, waiting: 1, too_large: 1 });
  assert.equal(page.state.phase, "stuck");
  assert.equal(page.state.limit, 8_000_000);
  assert.deepEqual(want().pushed, []);
  assert.deepEqual(logOf(page), ["asked", "nobody", "waiting 2", "coming 1", "tooLarge 8000000"]);
});

for (const [form, payload] of [["bytes", bytes.buffer], ["text", { content }]] as const) {
  test(`content that comes as ${form} is verified, kept and held`, async () => {
    const { line, page } = opened();
    const want = line.last;
    want.reply("ok", welcome);
    want.send("content", payload);
    assert.equal(page.state.phase, "checking");
    await until(() => page.kept);
    assert.equal(page.content, content);
    assert.equal(page.state.phase, "kept");
    assert.equal(page.state.mine, false);
    assert.equal(page.state.size, 11);
    assert.ok(want.left);
    assert.equal(line.last.topic, `have:${address}`);
    line.last.reply("ok", welcome);
    assert.deepEqual(logOf(page), ["asked", "coming 1", "received 11", "verified", "holding"]);
  });
}

test("content that is not the page is not kept, and another copy is asked for by another join", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => { mock.timers.reset(); });
  const { line, page, want } = opened();
  const first = want();
  first.reply("ok", welcome);
  first.send("content", { content: "another page" });
  await new Promise((resolve) => setImmediate(resolve));
  while (page.state.phase === "checking") await new Promise((resolve) => setImmediate(resolve));
  assert.equal(page.state.phase, "starting");
  assert.equal(page.content, undefined);
  assert.ok(first.left);
  assert.equal(line.channels.length, 1, "at once would be a storm");
  mock.timers.tick(2000);
  assert.equal(line.channels.length, 2);
  want().reply("ok", welcome);
  want().send("content", { content });
  await until(() => page.kept);
  assert.deepEqual(logOf(page), ["asked", "coming 1", "wrong", "asked", "coming 1", "received 11", "verified"]);
});

test("content that cannot be checked is not believed, and is asked for again", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => { mock.timers.reset(); });
  const digest = t.mock.method(crypto.subtle, "digest", () => Promise.reject(new Error("no script")));
  const { page, want } = opened();
  want().reply("ok", welcome);
  want().send("content", { content });
  await until(() => page.state.phase === "starting");
  digest.mock.restore();
  mock.timers.tick(2000);
  want().reply("ok", welcome);
  want().send("content", { content });
  await until(() => page.kept);
});

test("bytes that are not UTF-8 are not the page, whatever they look like", async () => {
  const { page, want } = opened();
  want().reply("ok", welcome);
  want().send("content", Uint8Array.of(0x61, 0xff).buffer);
  await until(() => page.state.phase === "starting");
  assert.equal(page.content, undefined);
});

test("of two copies that come at once, one is taken", async () => {
  const { line, page } = opened();
  const want = line.last;
  want.send("content", { content });
  want.send("content", { content });
  await until(() => page.kept);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(line.channels.map((channel) => channel.topic), [`want:${address}`, `have:${address}`]);
});

test("a page that is given up while its digest is made stays away", async () => {
  const { line, page, want } = opened();
  want().send("content", { content });
  page.abandon();
  assert.ok(want().left);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(page.content, undefined);
  assert.equal(line.channels.length, 1);
});

test("of a server like the original, a visitor asks at once and every two seconds", (t) => {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  t.after(() => { mock.timers.reset(); });
  const { page, want } = opened();
  want().reply("ok", {});
  assert.deepEqual(want().pushed, [{ event: "content_request", payload: { hash: address } }]);
  assert.equal(page.state.phase, "starting");
  mock.timers.tick(3500);
  assert.equal(want().pushed.length, 2);
  assert.equal(page.state.phase, "nobody");
  mock.timers.tick(2500);
  assert.equal(want().pushed.length, 4);

  want().fail();
  mock.timers.tick(10_000);
  assert.equal(want().pushed.length, 4, "nothing is asked without a connection");
  want().reply("ok", {});
  assert.equal(want().pushed.length, 5);
  assert.equal(page.state.phase, "starting");

  page.abandon();
  mock.timers.tick(10_000);
  assert.equal(want().pushed.length, 5);
});

test("what such a server sends wrongly is thrown away, and asking goes on in the same join", async () => {
  const { line, page, want } = opened();
  want().reply("ok", {});
  want().send("content", { content: "another page" });
  await until(() => logOf(page).includes("wrong"));
  assert.ok(!want().left);
  assert.equal(line.channels.length, 1);
  page.abandon();
});

test("a refused visitor is told why", () => {
  const { page, want } = opened();
  want().reply("error", { reason: "topic too long" });
  assert.equal(page.state.phase, "refused");
  assert.equal(page.state.reason, "topic too long");
  page.linked("lost");
  assert.equal(page.state.reason, "topic too long");
  want().reply("error", { reason: "topic too long" });
  want().reply("ok", { ...welcome, holders: 0, waiting: 1 });
  assert.equal(page.state.phase, "nobody");
  assert.equal(page.state.reason, "");
  assert.deepEqual(logOf(page), ["refused", "lost", "asked", "nobody"]);
});

test("one who writes a page holds it, and hands it on as bytes", () => {
  const { page, have } = written();
  assert.equal(have.topic, `have:${address}`);
  assert.deepEqual(have.params, { ephemeral: 1, binary: true });
  assert.equal(page.state.phase, "kept");
  assert.ok(page.state.mine);
  have.reply("ok", { ...welcome, waiting: 1 });
  have.send("visitors_count", { count: 1 });
  assert.equal(page.state.holders, 1);
  assert.equal(page.state.waiting, 1);
  have.send("content_request", {});
  assert.deepEqual(have.pushed, [{ event: "content", payload: bytes.buffer }]);
  have.send("served", { visitors: 2 });
  have.send("served", { visitors: 1 });
  assert.equal(page.state.handedOn, 3);
  have.send("state", { holders: 3, waiting: 0 });
  have.send("visitors_count", { count: 3 });
  assert.equal(page.state.holders, 3);
  assert.equal(page.state.waiting, 0);
  have.send("visitors_count", { count: 2 });
  have.send("visitors_count", { count: 1 });
  assert.deepEqual(logOf(page), ["written", "holding", "waiting 1", "requested", "handed 2", "handed 1", "joined 3", "left 2", "alone 1"]);
});

test("to a server like the original, content goes as text", () => {
  const { have } = written();
  have.reply("ok", {});
  have.send("content_request", {});
  assert.deepEqual(have.pushed, [{ event: "content", payload: { content, hash: address } }]);
});

test("by long polling, content goes as text to every server", () => {
  const { line, have } = written();
  line.carriesBytes = false;
  have.reply("ok", welcome);
  have.send("content_request", {});
  assert.deepEqual(have.pushed, [{ event: "content", payload: { content, hash: address } }]);
});

test("a page over the limit is not passed on, and its writer hears it at once", () => {
  const { page, have } = written("é".repeat(600));
  have.reply("ok", { ...welcome, max_content: 1000 });
  assert.equal(page.state.phase, "alone");
  assert.equal(page.state.size, 1200);
  assert.equal(page.state.limit, 1000);
  have.fail();
  have.reply("ok", { ...welcome, max_content: 1000 });
  assert.deepEqual(logOf(page), ["written", "tooLarge 1000"], "it is said once");
  have.fail();
  have.reply("ok", welcome);
  assert.equal(page.state.phase, "kept", "another server may take more");
});

test("a page that the server finds too large later is not passed on either", () => {
  const { page, have } = written();
  have.reply("ok", welcome);
  have.send("refused", { reason: "content too large", max_content: 5 });
  assert.equal(page.state.phase, "alone");
  assert.equal(page.state.limit, 5);
});

test("every change is told, the connection's too", () => {
  const { page, have } = written();
  const told: string[] = [];
  page.changed = () => { told.push(`${page.state.link} ${page.state.phase} ${page.state.holders}`); };
  have.send("visitors_count", { count: 1 });
  page.linked("lost");
  page.linked("open");
  assert.deepEqual(told, ["open kept 1", "lost kept 1", "open kept 1"]);
  assert.deepEqual(logOf(page), ["written", "lost", "back"]);
});

test("a page's life is told while it lives, and does not tremble with the server's seconds", (t) => {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000_000 });
  t.after(() => { mock.timers.reset(); });
  const { page, have } = written();
  have.reply("ok", { ...welcome, age: 60, peak: 5, passed: 12 });
  assert.deepEqual(page.state.life, { since: 999_940_000, peak: 5, passed: 12 });
  mock.timers.tick(1900);
  have.send("state", { holders: 6, waiting: 0, age: 61, peak: 6, passed: 13 });
  assert.deepEqual(page.state.life, { since: 999_940_000, peak: 6, passed: 13 });
  have.send("state", { holders: 1, waiting: 0, age: 0, peak: 1, passed: 0 });
  assert.deepEqual(page.state.life, { since: 1_000_001_900, peak: 1, passed: 0 });
  have.send("state", { holders: 0, waiting: 0, age: 0, peak: 0, passed: 0 });
  assert.equal(page.state.life, undefined);
});

test("who stops sharing leaves and forgets, and can share again", async () => {
  const { line, session, page, have } = written();
  await until(() => page.state.survives);
  assert.equal(session.length, 2);
  have.send("visitors_count", { count: 2 });
  page.stop();
  assert.ok(have.left);
  assert.equal(session.length, 0);
  assert.equal(page.state.phase, "stopped");
  assert.equal(page.state.holders, 0);
  assert.equal(page.state.survives, false);
  assert.equal(page.content, content);
  page.stop();
  page.resume();
  page.resume();
  assert.equal(line.channels.length, 2);
  assert.equal(line.last.topic, `have:${address}`);
  assert.equal(page.state.phase, "kept");
  await until(() => page.state.survives);
  assert.deepEqual(logOf(page), ["written", "stopped", "resumed"]);
});

test("a copy for which there is no room is put by later, until the page is no longer shared", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => { mock.timers.reset(); });
  const session = new FakeStorage();
  const setItem = session.setItem.bind(session);
  let room = false;
  let attempts = 0;
  session.setItem = (key, value) => {
    attempts++;
    if (!room) throw new DOMException("there is no room", "QuotaExceededError");
    setItem(key, value);
  };
  const keep = new Keep({ session, local: undefined, disk: () => Promise.resolve(undefined) });
  const page = Page.written({ line: new FakeLine().asLine, link: "open", keep }, address, content);
  const turns = async () => { for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve)); };
  await turns();
  mock.timers.tick(30_000);
  await turns();
  assert.deepEqual([attempts, page.state.survives], [2, false]);
  page.stop();
  mock.timers.tick(60_000);
  await turns();
  assert.equal(attempts, 2);
  page.resume();
  await turns();
  room = true;
  mock.timers.tick(30_000);
  await until(() => page.state.survives);
  const before = attempts;
  mock.timers.tick(60_000);
  await turns();
  assert.equal(attempts, before);
});

test("the log forgets what is long ago", () => {
  const { page, have } = written();
  for (let i = 1; i <= 300; i++) have.send("served", { visitors: i });
  assert.equal(page.state.log.length, 200);
  assert.equal(page.state.log[0]?.n, 101);
  assert.equal(page.state.log.at(-1)?.n, 300);
});

test("a page of before is held at once, and nobody is asked for it", async () => {
  const { line, session, page } = written();
  await until(() => page.state.survives);
  line.last.send("served", { visitors: 2 });

  const keep = new Keep({ session, local: undefined, disk: () => Promise.resolve(undefined) });
  const note = keep.notes[0];
  assert.ok(note);
  const later = new FakeLine();
  const restored = Page.restored({ line: later.asLine, link: "connecting", keep }, note);
  assert.ok(restored.kept);
  assert.equal(restored.state.phase, "checking");
  await until(() => restored.state.phase === "kept");
  assert.deepEqual(later.channels.map(({ topic }) => topic), [`have:${address}`]);
  assert.equal(restored.content, content);
  assert.ok(restored.state.mine);
  assert.equal(restored.state.handedOn, 2);
  assert.deepEqual(logOf(restored), ["restored"]);
});

test("a copy that is no longer what it was is thrown away, and others are asked", async () => {
  const { session, page } = written();
  await until(() => page.state.survives);
  session.setItem(`ephemeral:page:${address}`, "changed");

  const keep = new Keep({ session, local: undefined, disk: () => Promise.resolve(undefined) });
  const note = keep.notes[0];
  assert.ok(note);
  const line = new FakeLine();
  const restored = Page.restored({ line: line.asLine, link: "open", keep }, note);
  await until(() => line.channels.length > 0);
  assert.equal(line.last.topic, `want:${address}`);
  assert.equal(restored.kept, false);
  assert.equal(restored.state.mine, false);
  assert.equal(session.length, 0);
});

/** A page of before whose large copy is on a disk that cannot be read until it is told to work. */
function unreadable(t: TestContext) {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => { mock.timers.reset(); });
  const session = new FakeStorage();
  session.setItem("ephemeral:pages", JSON.stringify([{ address, mine: true, handedOn: 2, large: true }]));
  const state = { works: false, copy: content as string | undefined, reads: 0 };
  const done = () => Promise.resolve();
  const read = () => {
    state.reads++;
    return state.works ? Promise.resolve(state.copy) : Promise.reject(new Error("not now"));
  };
  const keep = new Keep({ session, local: undefined, disk: () => Promise.resolve({ read, has: () => Promise.resolve(true), save: done, remove: done, clear: done }) });
  const [note] = keep.notes;
  assert.ok(note);
  const line = new FakeLine();
  const page = Page.restored({ line: line.asLine, link: "open", keep }, note);
  return { state, keep, line, page };
}

test("a copy that cannot be looked for is looked for again, and meanwhile others are asked", async (t) => {
  const { state, keep, line, page } = unreadable(t);
  await until(() => line.channels.length === 1);
  const want = line.last;
  assert.equal(want.topic, `want:${address}`);
  assert.equal(keep.notes.length, 1, "it may be there");
  assert.ok(page.kept);
  mock.timers.tick(3000);
  await until(() => state.reads === 2);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  state.works = true;
  mock.timers.tick(3000);
  await until(() => page.state.phase === "kept");
  assert.ok(want.left);
  assert.deepEqual(line.channels.map(({ topic }) => topic), [`want:${address}`, `have:${address}`]);
  assert.ok(page.state.mine);
  assert.equal(page.state.handedOn, 2);
  assert.equal(keep.notes.length, 1);
});

test("a copy that turns out not to be there is forgotten, and others go on being asked", async (t) => {
  const { state, keep, line, page } = unreadable(t);
  await until(() => line.channels.length === 1);
  Object.assign(state, { works: true, copy: undefined });
  mock.timers.tick(3000);
  await until(() => keep.notes.length === 0);
  assert.equal(page.kept, false);
  assert.equal(line.channels.length, 1);
  assert.equal(line.last.left, false);
});

test("who gets the page from somebody else looks no more for the copy", async (t) => {
  const { state, line, page } = unreadable(t);
  await until(() => line.channels.length === 1);
  line.last.send("content", { content });
  await until(() => page.state.phase === "kept");
  state.works = true;
  mock.timers.tick(60_000);
  assert.equal(state.reads, 1);
  assert.deepEqual(line.channels.map(({ topic }) => topic), [`want:${address}`, `have:${address}`]);
});
