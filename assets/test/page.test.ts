import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { addressOf } from "../src/page/digest";
import { Page } from "../src/page/page";
import { FakeSocket } from "./fakesocket";

const content = "a page 😀";
const address = await addressOf(content);
const bytes = new TextEncoder().encode(content);

/** Lets the digest, which is made elsewhere, be done. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(condition());
}

function opened() {
  const socket = new FakeSocket();
  return { socket, want: () => socket.last, page: Page.opened(socket.asSocket, "open", address) };
}

function written(text = content) {
  const socket = new FakeSocket();
  const page = Page.written(socket.asSocket, "open", address, text);
  return { page, have: socket.last };
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
  assert.deepEqual(want().pushed, []);
});

for (const [form, payload] of [["bytes", bytes.buffer], ["text", { content }]] as const) {
  test(`content that comes as ${form} is verified, kept and held`, async () => {
    const { socket, page } = opened();
    const want = socket.last;
    want.reply("ok", welcome);
    want.send("content", payload);
    assert.equal(page.state.phase, "checking");
    await until(() => page.kept);
    assert.equal(page.content, content);
    assert.equal(page.state.phase, "kept");
    assert.equal(page.state.mine, false);
    assert.ok(want.left);
    assert.equal(socket.last.topic, `have:${address}`);
  });
}

test("content that is not the page is not kept, and the wait goes on", async () => {
  const { socket, page, want } = opened();
  want().reply("ok", welcome);
  want().send("content", { content: "another page" });
  await until(() => page.state.phase === "starting");
  assert.equal(page.content, undefined);
  assert.ok(!want().left);
  assert.equal(socket.channels.length, 1);
  want().send("content", { content });
  await until(() => page.kept);
});

test("of two copies that come at once, one is taken", async () => {
  const { socket, page } = opened();
  const want = socket.last;
  want.send("content", { content });
  want.send("content", { content });
  await until(() => page.kept);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(socket.channels.map((channel) => channel.topic), [`want:${address}`, `have:${address}`]);
});

test("a page that is given up while its digest is made stays away", async () => {
  const { socket, page, want } = opened();
  want().send("content", { content });
  page.abandon();
  assert.ok(want().left);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(page.content, undefined);
  assert.equal(socket.channels.length, 1);
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

test("a refused visitor is told why", () => {
  const { page, want } = opened();
  want().reply("error", { reason: "topic too long" });
  assert.equal(page.state.phase, "refused");
  assert.equal(page.state.reason, "topic too long");
  page.linked("lost");
  assert.equal(page.state.reason, "topic too long");
  want().reply("ok", { ...welcome, holders: 0, waiting: 1 });
  assert.equal(page.state.phase, "nobody");
  assert.equal(page.state.reason, "");
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
});

test("to a server like the original, content goes as text", () => {
  const { have } = written();
  have.reply("ok", {});
  have.send("content_request", {});
  assert.deepEqual(have.pushed, [{ event: "content", payload: { content, hash: address } }]);
});

test("a page over the limit is not passed on, and its writer hears it at once", () => {
  const { page, have } = written("é".repeat(600));
  have.reply("ok", { ...welcome, max_content: 1000 });
  assert.equal(page.state.phase, "alone");
  assert.equal(page.state.size, 1200);
  assert.equal(page.state.limit, 1000);
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
});
