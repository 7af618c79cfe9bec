// The original front end's clients, among themselves and with ours.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { addressOf } from "../src/page/digest";
import { launch, Visitor } from "./browser";
import { Original } from "./original";
import { Server } from "./server";

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, what);
    await pause(20);
  }
}

test("phoenix.js 1.3.0 hands a page on, and from there to a third when the first has left", async (t) => {
  const server = await Server.start(t);
  const content = "<h1>2015</h1> with an emoji: 😀";
  const first = new Original(t, server);
  const hash = await first.create(content);
  // The original's digest of an emoji is not SHA-256's: such a page never got anywhere.
  assert.notEqual(hash, await addressOf(content));
  await until("the first is counted", () => first.count === 1);

  const second = new Original(t, server);
  second.show(hash);
  await until("the second has the page", () => second.content !== undefined);
  assert.equal(second.content, content);
  await until("both count two", () => first.count === 2 && second.count === 2);

  first.leave();
  await until("the second is alone", () => second.count === 1);
  const third = new Original(t, server);
  third.show(hash);
  await until("the third has the page", () => third.content === content);
  await until("both count two again", () => second.count === 2 && third.count === 2);
});

test("the original's visitors and ours have each other's pages", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const content = "Between the years, with an emoji: 😀";

  const old = new Original(t, server);
  const hash = await old.create(content);
  await until("the original's visitor is counted", () => old.count === 1);
  const ours = await Visitor.arrive(t, browser, server, `/${hash}`);
  await ours.sees(content);
  await ours.reads("2 copies");

  const writer = await Visitor.arrive(t, browser, server);
  const address = await writer.share("The other way round");
  await writer.reads("1 copy");
  const reader = new Original(t, server);
  reader.show(address.slice(1));
  await until("the original's visitor has our page", () => reader.content === "The other way round");
  await writer.reads("2 copies");
});

test("a large page crosses: from the original's visitor to ours, and between ours", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const content = "A line of a long page, with an emoji 😀 in it.\n".repeat(25_000);

  const old = new Original(t, server);
  const address = `/${await old.create(content)}`;
  await until("the original's visitor is counted", () => old.count === 1);
  const first = await Visitor.arrive(t, browser, server, address);
  await first.reads("2 copies");
  await first.shows(content.length);

  old.leave();
  await first.reads("1 copy");
  const second = await Visitor.arrive(t, browser, server, address);
  await second.reads("2 copies");
  await second.shows(content.length);
});
