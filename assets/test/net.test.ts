// Whatever the network does, pages come through it, and tabs come back.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { Background } from "./background";
import { launch, Visitor } from "./browser";
import { Original } from "./original";
import { Proxy, type WebSockets } from "./proxy";
import { Server } from "./server";

const content = "Whatever the network does.";

/** What a browser says on the console about connections that fail. */
const expected = /ERR_|WebSocket/;

async function setUp(t: TestContext): Promise<{ server: Server; browser: Browser; proxy: Proxy }> {
  const server = await Server.start(t);
  return { server, browser: await launch(t), proxy: await Proxy.start(t, server) };
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, what);
    await pause(20);
  }
}

for (const webSockets of ["refuse", "swallow"] satisfies WebSockets[]) {
  test(`where the network's way with WebSockets is to ${webSockets} them, pages go both ways by long polling`, async (t) => {
    const { server, browser, proxy } = await setUp(t);
    proxy.webSockets = webSockets;
    const inside = await Visitor.arrive(t, browser, proxy, "/", { expected });
    const fromInside = await inside.share(`From inside. ${content}`);
    await inside.reads("1 copy");
    const outside = await Visitor.arrive(t, browser, server, fromInside);
    await outside.sees("From inside.");
    await inside.reads("2 copies");

    const writer = await Visitor.arrive(t, browser, server);
    const fromOutside = await writer.share(`From outside, with an emoji 😀. ${content}`);
    const reader = await Visitor.arrive(t, browser, proxy, fromOutside, { expected });
    await reader.sees("From outside, with an emoji 😀.");
    await writer.reads("2 copies");
    assert.equal(proxy.passed, 0);
  });
}

test("when a WebSocket gets through again, it is used", async (t) => {
  const { server, browser, proxy } = await setUp(t);
  proxy.webSockets = "refuse";
  const visitor = await Visitor.arrive(t, browser, proxy, "/", { expected });
  const address = await visitor.share(content);
  await visitor.reads("1 copy");
  const polls = () => visitor.page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/longpoll")).length);
  await until("it polls", async () => (await polls()) > 0);

  // What else is asked has its answer later than the WebSocket that is tried.
  const answered = new Promise((resolve) => {
    visitor.page.on("websocket", (socket) => { socket.once("framereceived", resolve); });
  });
  await visitor.page.route(/\/longpoll/, async (route) => {
    await answered;
    await route.continue();
  });
  proxy.webSockets = "pass";
  await visitor.page.evaluate(() => dispatchEvent(new Event("online")));
  // One to see whether it works, and one to stay.
  await until("a WebSocket has passed", () => proxy.passed === 2);
  await visitor.reads("1 copy");
  const other = await Visitor.arrive(t, browser, server, address);
  await other.sees(content);
  await visitor.reads("2 copies");
});

test("however often a tab with long polling is looked at, one look for a WebSocket is to come", async (t) => {
  const { browser, proxy } = await setUp(t);
  proxy.webSockets = "refuse";
  const before = (page: Page) => page.addInitScript(() => {
    const probes = { set: 0, waiting: new Set<unknown>() };
    const [set, clear] = [setTimeout, clearTimeout];
    Object.assign(globalThis, {
      probes,
      setTimeout: (then: () => void, ms?: number) => {
        const timer = set(then, ms);
        if (ms === 300_000) {
          probes.set++;
          probes.waiting.add(timer);
        }
        return timer;
      },
      clearTimeout: (timer?: number) => {
        clear(timer);
        probes.waiting.delete(timer);
      },
    });
  });
  const visitor = await Visitor.arrive(t, browser, proxy, "/", { expected, before });
  await visitor.share(content);
  await visitor.reads("1 copy");
  const probes = () => visitor.page.evaluate(() => {
    const { set, waiting } = (globalThis as unknown as { probes: { set: number; waiting: Set<unknown> } }).probes;
    return { set, waiting: waiting.size };
  });
  for (let looks = 0; looks < 3; looks++) {
    const { set } = await probes();
    await visitor.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await until("the server has answered", async () => (await probes()).set > set);
  }
  assert.equal((await probes()).waiting, 1);
});

test("a connection that has died without a word is given up soon after the tab is looked at again", async (t) => {
  const { server, browser, proxy } = await setUp(t);
  const visitor = await Visitor.arrive(t, browser, proxy, "/", { expected });
  const address = await visitor.share(content);
  await visitor.reads("1 copy");
  proxy.silence();
  const began = Date.now();
  await visitor.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await until("it connects again", () => proxy.passed === 2);
  // The heartbeat alone would not notice it within the time that is waited here.
  const took = Date.now() - began;
  assert.ok(took > 2500, `it took ${took} ms`);
  await visitor.reads("1 copy");
  const other = await Visitor.arrive(t, browser, server, address);
  await other.sees(content);
});

test("a tab that comes back before its dead connection is known to be dead is counted once, and asked where it is", async (t) => {
  const { browser, proxy } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, proxy, "/", { expected });
  const address = await writer.share(content);
  const reader = await Visitor.arrive(t, browser, proxy, address, { expected });
  await reader.reads("2 copies");
  await writer.reads("2 copies");
  proxy.silence({ serverToo: true });
  for (const { page } of [writer, reader]) {
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  }
  await until("both connect again", () => proxy.passed === 4);
  // Whoever comes now is told of all that the server counts.
  const began = Date.now();
  const other = await Visitor.arrive(t, browser, proxy, address, { expected });
  await other.sees(content);
  const took = Date.now() - began;
  for (const visitor of [writer, reader, other]) await visitor.reads("3 copies");
  t.diagnostic(`the page came after ${took} ms`);
  await reader.leave();
  await other.leave();
  await writer.reads("1 copy");
});

test("a connection that works is left alone when the tab is looked at", async (t) => {
  const { browser, proxy } = await setUp(t);
  let sockets = 0, asked = 0, answered = 0;
  const before = async (page: Page) => {
    await page.clock.install();
    page.on("websocket", (socket) => {
      sockets++;
      socket.on("framesent", ({ payload }) => { if (payload.includes('"phoenix","heartbeat"')) asked++; });
      socket.on("framereceived", ({ payload }) => { if (payload.includes('"phoenix","phx_reply"')) answered++; });
    });
  };
  const visitor = await Visitor.arrive(t, browser, proxy, "/", { before });
  await visitor.share(content);
  await visitor.reads("1 copy");
  // The answers may take their time: the clock stands still until they are there.
  await visitor.page.clock.pauseAt(Date.now() + 10_000);
  const earlier = asked;
  await visitor.page.evaluate(() => {
    document.dispatchEvent(new Event("visibilitychange"));
    document.dispatchEvent(new Event("resume"));
    dispatchEvent(new Event("online"));
  });
  await until("the server has answered", () => asked === earlier + 3 && answered === asked);
  await visitor.page.clock.runFor(4000);
  await visitor.reads("1 copy");
  assert.equal(sockets, 1);
});

test("offline is said at once, and back online everything goes on at once", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server, "/", { expected });
  const address = await writer.share(content);
  await writer.reads("1 copy");
  await writer.page.context().setOffline(true);
  await writer.reads("No connection");
  await writer.page.context().setOffline(false);
  await writer.reads("1 copy");
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees(content);
});

/** A tab that is the only one to have the page, and is out of sight. */
async function onlyOneInBackground(t: TestContext, server: Server, browser: Browser): Promise<{ tab: Background; address: string }> {
  const writer = await Visitor.arrive(t, browser, server);
  const address = await writer.share(content);
  await writer.reads("1 copy");
  const tab = await Background.open(t, server.url + address);
  await tab.reads("2 copies");
  await writer.leave();
  await tab.reads("1 copy");
  await tab.hide();
  return { tab, address };
}

test("a tab out of sight comes back, too, when the server was started anew", async (t) => {
  let server = await Server.start(t);
  const browser = await launch(t);
  const { tab, address } = await onlyOneInBackground(t, server, browser);
  await server.stop();
  await tab.reads("No connection");
  server = await Server.start(t, "--addr", server.host);
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees(content);
});

test("a frozen tab serves nobody; when it is thawed, who waits is served at once", async (t) => {
  const { server, browser } = await setUp(t);
  const { tab, address } = await onlyOneInBackground(t, server, browser);
  await tab.freeze();
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.page.locator("header").getByText(/^(Somebody has it|Nobody has this page)/).waitFor();
  await pause(2000);
  assert.equal(await reader.stage.getByText(content).count(), 0);
  await tab.thaw();
  await reader.sees(content);
  await tab.reads("2 copies");
});

test("a page of 8 MB arrives from the original's visitor, and goes on to another, who sees how far it is", async (t) => {
  const { server, browser, proxy } = await setUp(t);
  const line = "A line of a long page, with an emoji 😀 in it.\n";
  const text = line.repeat(Math.floor(7_900_000 / new TextEncoder().encode(line).length));
  const old = new Original(t, server);
  const address = `/${await old.create(text)}`;
  await until("the original's visitor is counted", () => old.count === 1);
  const first = await Visitor.arrive(t, browser, server, address);
  await first.reads("2 copies");
  old.leave();
  await first.reads("1 copy");

  proxy.rate = 4_000_000;
  const before = (page: Page) => page.addInitScript(() => {
    const seen = new Set<string>();
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const percent = /\d+ %/.exec(document.querySelector("header .title")?.textContent ?? "")?.[0];
      if (percent !== undefined) seen.add(percent);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  const second = await Visitor.arrive(t, browser, proxy, address, { before });
  await second.reads("2 copies");
  const seen = await second.page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]);
  assert.ok(seen.length >= 3, `of its way one saw only ${seen.join(", ")}`);
  await second.shows(text.length);
});

test("whoever has half of a page when the connection is lost gets all of it later", async (t) => {
  const { server, browser, proxy } = await setUp(t);
  const line = "A line of a long page.\n";
  const text = line.repeat(200_000);
  const old = new Original(t, server);
  const address = `/${await old.create(text)}`;
  await until("the original's visitor is counted", () => old.count === 1);
  // The whole of it would take a quarter of a minute.
  proxy.rate = 300_000;
  const visitor = await Visitor.arrive(t, browser, proxy, address, { expected });
  await visitor.page.locator("header").getByText(/Receiving [1-9]\d? %/).waitFor();
  proxy.silence();
  proxy.rate = Infinity;
  await visitor.page.evaluate(() => dispatchEvent(new Event("online")));
  await visitor.reads("2 copies");
  await visitor.shows(text.length);
});
