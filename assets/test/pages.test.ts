// Pages that go from one browser to another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../src/page/digest";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

const content = "Hello 😀\nThis page lives in tabs.";

/** What a browser says on the console when it cannot connect: the server is gone, or about to go. */
const expected = /ERR_|WebSocket|503/;

test("a page goes from the first to the second, and from there to a third when the first has left", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);

  const first = await Visitor.arrive(t, browser, server);
  const address = await first.share(content);
  await first.reads("Only you have this page so far");
  await first.reads("1 copy");
  await first.sees(content);

  const second = await Visitor.arrive(t, browser, server, address);
  await second.sees(content);
  await second.reads("You keep this page alive too");
  await second.reads("2 copies");
  await first.reads("Your page is alive");
  await first.reads("2 copies");

  await first.leave();
  await second.reads("You are the only one keeping this page alive");
  await second.reads("1 copy");

  const third = await Visitor.arrive(t, browser, server, address);
  await third.sees(content);
  await third.reads("2 copies");
  await second.reads("2 copies");
});

test("who comes too early waits, sees who else waits, and is served as soon as somebody has the page", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const address = `/${await addressOf(content)}`;
  const early = await Visitor.arrive(t, browser, server, address);
  await early.reads("Nobody has this page right now");
  const another = await Visitor.arrive(t, browser, server, address);
  await early.reads("1 other is waiting too");
  await another.reads("1 other is waiting too");

  const writer = await Visitor.arrive(t, browser, server);
  assert.equal(await writer.share(content), address);
  await early.sees(content);
  await another.sees(content);
  await writer.reads("3 copies");
});

test("ten have a page, one after the other, each from the one before, and count each other exactly", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  let last = await Visitor.arrive(t, browser, server);
  const address = await last.share(content);
  await last.reads("1 copy");
  for (let i = 2; i <= 10; i++) {
    const next = await Visitor.arrive(t, browser, server, address);
    await next.sees(content);
    await next.reads("2 copies");
    await last.reads("2 copies");
    await last.leave();
    await next.reads("1 copy");
    last = next;
  }
});

test("ten who wait together are served together, and all count ten", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const address = `/${await addressOf(content)}`;
  const waiting = await Promise.all(Array.from({ length: 9 }, () => Visitor.arrive(t, browser, server, address)));
  for (const visitor of waiting) await visitor.reads("8 others are waiting too");
  const writer = await Visitor.arrive(t, browser, server);
  await writer.share(content);
  for (const visitor of waiting) await visitor.sees(content);
  for (const visitor of [writer, ...waiting]) await visitor.reads("10 copies");
});

test("a tab goes on holding a page that it no longer shows", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server);
  const address = await writer.share(content);
  await writer.page.getByRole("link", { name: "New page" }).click();
  await writer.page.getByText("This tab is keeping one page alive.").waitFor();
  assert.equal(await writer.page.getByLabel("Your page").inputValue(), "");

  const visitor = await Visitor.arrive(t, browser, server, address);
  await visitor.sees(content);

  await writer.page.goBack();
  await writer.sees(content);
  await writer.reads("2 copies");
});

test("when the server is started anew, everybody comes back by themselves", async (t) => {
  let server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server, "/", { expected });
  const address = await writer.share(content);
  const visitor = await Visitor.arrive(t, browser, server, address, { expected });
  await visitor.reads("2 copies");

  await server.stop();
  await writer.reads("No connection");
  await visitor.reads("Trying again by itself. Your copy is safe in this tab.");
  server = await Server.start(t, "--addr", server.host);
  await writer.reads("2 copies");
  await visitor.reads("2 copies");

  await writer.leave();
  const late = await Visitor.arrive(t, browser, server, address);
  await late.sees(content);
});

test("a page that is over the limit of a server started anew stays with those who have it, who are told so", async (t) => {
  let server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server, "/", { expected });
  const address = await writer.share("x".repeat(1001));
  await writer.reads("1 copy");
  await server.stop();
  server = await Server.start(t, "--addr", server.host, "--max-content", "1000");
  await writer.reads("This page is too large to be passed on");
  await writer.sees("x".repeat(1001));

  const visitor = await Visitor.arrive(t, browser, server, address);
  await visitor.reads("This page is too large");
});

test("the address can be copied", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server, "/", {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const address = await writer.share(content);
  // The button has the focus: what one wants next is to send the address.
  await writer.page.getByRole("button", { name: "Copy address" }).and(writer.page.locator(":focus")).waitFor();
  // It says so for a moment only.
  const copied = writer.page.getByRole("button", { name: "Copied ✓" }).waitFor();
  await Promise.all([copied, writer.page.keyboard.press("Enter")]);
  assert.equal(await writer.page.evaluate(() => navigator.clipboard.readText()), server.url + address);
  assert.equal(await writer.page.getByLabel("Address of this page").inputValue(), server.url + address);
});

test("over plain http, where browsers withhold WebCrypto and the clipboard, everything works the same", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t, "--host-resolver-rules=MAP home.example 127.0.0.1");
  const home = { url: `http://home.example:${server.port}` };
  const writer = await Visitor.arrive(t, browser, home);
  assert.equal(await writer.page.evaluate(() => isSecureContext || "subtle" in crypto), false);
  const address = await writer.share(content);
  const visitor = await Visitor.arrive(t, browser, home, address);
  await visitor.sees(content);
  await visitor.reads("2 copies");

  const copied = visitor.page.getByRole("button", { name: "Copied ✓" }).waitFor();
  await Promise.all([copied, visitor.page.getByRole("button", { name: "Copy address" }).click()]);
});

test("the front page works by keyboard alone, and shares nothing that is empty", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const { page } = await Visitor.arrive(t, browser, server);
  const share = page.getByRole("button", { name: "Share this page" });
  assert.ok(await share.isDisabled());
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("  \n");
  assert.ok(await share.isDisabled());
  await page.keyboard.type("by hand");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/[0-9a-f]{64}$/);
});

test("an address that cannot be a page says so, also without its script", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const lost = await Visitor.arrive(t, browser, server, "/0123", {
    javaScriptEnabled: false,
    expected: /404/,
  });
  await lost.page.getByRole("heading", { name: "This address cannot be a page" }).waitFor();
});
