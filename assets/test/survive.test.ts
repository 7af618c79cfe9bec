// What survives of a tab's pages: a reload, another tab's death, the visitor's
// own wish that nothing does; and who is asked before a tab is closed.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { launch, openDetails, Visitor } from "./browser";
import { Original } from "./original";
import { Server } from "./server";

const content = "What survives of us is a tab.";

async function setUp(t: TestContext): Promise<{ server: Server; browser: Browser }> {
  return { server: await Server.start(t), browser: await launch(t) };
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, what);
    await pause(20);
  }
}

/** What the channels of this tab were asked to join, in order. */
function joinsOf(page: Page): string[] {
  const joins: string[] = [];
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => {
      const topic = /"(have|want):[0-9a-f]{64}","phx_join"/.exec(payload.toString())?.[1];
      if (topic !== undefined) joins.push(topic);
    });
  });
  return joins;
}

/** The names and sizes of everything that is in this tab's sessionStorage. */
function inSession(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() => Object.fromEntries(Object.entries(sessionStorage).map(([key, value]) => [key, String(value).length])));
}

/** Everything that is in the database for large pages, as bytes read as Latin-1, by tab and address. */
function onDisk(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open("ephemeral");
    request.onerror = () => { reject(new Error("no database")); };
    request.onsuccess = () => {
      const store = request.result.transaction("copies").objectStore("copies");
      const keys = store.getAllKeys();
      const values = store.getAll();
      values.onsuccess = () => {
        const decoder = new TextDecoder("latin1");
        const names = (keys.result as [string, string][]).map((key) => key.join());
        const found = (values.result as { data: ArrayBuffer }[]).map(({ data }, i) => [names[i], decoder.decode(data)]);
        request.result.close();
        resolve(Object.fromEntries(found) as Record<string, string>);
      };
    };
  }));
}

/** Puts something on disk that a tab has left long ago; it is what is swept away last. */
function leave(page: Page): Promise<void> {
  return page.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open("ephemeral");
    request.onerror = () => { reject(new Error("no database")); };
    request.onsuccess = () => {
      const writing = request.result.transaction(["copies", "tabs"], "readwrite");
      writing.objectStore("copies").put({ iv: new Uint8Array(12), data: new ArrayBuffer(1) }, ["z", "page"]);
      writing.objectStore("tabs").put(0, "z");
      writing.oncomplete = () => {
        request.result.close();
        resolve();
      };
    };
  }));
}

/** Opens what is behind a page's "…". */
async function sheet(visitor: Visitor, choice: string): Promise<void> {
  await openDetails(visitor.page);
  await visitor.page.getByText(new RegExp(`^${choice}`)).click();
}

/** A page that is too large for sessionStorage, which a visitor has from a writer that has left. */
async function largePage(t: TestContext, server: Server, browser: Browser): Promise<{ visitor: Visitor; text: string; address: string }> {
  const line = "A line of a large page.\n";
  const text = line.repeat(250_000);
  const writer = new Original(t, server);
  const address = `/${await writer.create(text)}`;
  await until("the writer is counted", () => writer.count === 1);
  const visitor = await Visitor.arrive(t, browser, server, address);
  await visitor.reads("2 copies");
  writer.leave();
  await visitor.reads("1 copy");
  return { visitor, text, address };
}

test("the only one who has a page may reload it: nobody need be asked, and it is still theirs", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server);
  const address = await writer.share(content);
  await writer.reads("1 copy");
  const joins = joinsOf(writer.page);
  await writer.page.reload();
  await writer.sees(content);
  await writer.reads("1 copy");
  await writer.reads("Only you have this page so far");
  assert.deepEqual(joins, ["have"]);
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees(content);
  await writer.reads("2 copies");
});

test("a tab that holds several pages holds all of them after a reload, whichever it shows", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server);
  const addresses = [];
  for (const name of ["one", "two"]) {
    addresses.push(await writer.share(`${name}: ${content}`));
    await writer.reads("1 copy");
    await writer.page.goto(server.url);
  }
  await writer.page.getByText("This tab is keeping 2 pages alive.").waitFor();
  for (const address of addresses) {
    const reader = await Visitor.arrive(t, browser, server, address);
    await reader.sees(content);
  }
});

test("a page of 6 MB survives a reload, in a cipher whose key is the tab's alone", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor, text, address } = await largePage(t, server, browser);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(visitor.page));
  const copies = await onDisk(visitor.page);
  assert.equal(Object.keys(copies).length, 1);
  assert.ok(Object.keys(copies)[0]?.endsWith(address.slice(1)));
  const [copy = ""] = Object.values(copies);
  assert.equal(copy.length, text.length + 16, "as long as the page and its seal");
  assert.ok(!copy.includes("large page"), "what is on disk cannot be read");

  const joins = joinsOf(visitor.page);
  await visitor.page.reload();
  await visitor.reads("1 copy");
  assert.deepEqual(joins, ["have"]);
  await visitor.shows(text.length);
  const other = await Visitor.arrive(t, browser, server, address);
  await other.reads("2 copies");
});

test("a large page survives a reload also where the browser at first does not open its database", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor } = await largePage(t, server, browser);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(visitor.page));
  await visitor.page.addInitScript(() => {
    const open = indexedDB.open.bind(indexedDB);
    let failures = 0;
    indexedDB.open = (...which) => {
      if (++failures <= 2) throw new DOMException("not now", "UnknownError");
      return open(...which);
    };
  });
  await visitor.page.reload();
  await visitor.reads("1 copy");
  assert.equal(Object.keys(await onDisk(visitor.page)).length, 1);
});

test("a duplicate of a tab holds the page on its own, and goes on when the first is closed", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor, address } = await largePage(t, server, browser);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(visitor.page));
  const [duplicate] = await Promise.all([
    visitor.page.waitForEvent("popup"),
    visitor.page.evaluate(() => { open(location.href); }),
  ]);
  await duplicate.locator("header").getByText("2 copies", { exact: true }).waitFor();
  await until("each has a copy of its own", async () => Object.keys(await onDisk(visitor.page)).length === 2);
  // Stopping in one of them leaves the other's copy alone.
  await sheet(visitor, "Stop sharing");
  await until("one copy is left", async () => Object.keys(await onDisk(visitor.page)).length === 1);
  await duplicate.reload();
  await duplicate.locator("header").getByText("1 copy", { exact: true }).waitFor();
  const other = await Visitor.arrive(t, browser, server, address);
  await other.reads("2 copies");
});

test("a duplicate for which there is no room has the page as long as the first tab's copy is there", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor } = await largePage(t, server, browser);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(visitor.page));
  await visitor.page.context().addInitScript(() => {
    IDBObjectStore.prototype.put = function () {
      if (this.name === "copies") throw new DOMException("there is no room", "QuotaExceededError");
      return this.count() as unknown as IDBRequest<IDBValidKey>;
    };
  });
  const [duplicate] = await Promise.all([
    visitor.page.waitForEvent("popup"),
    visitor.page.evaluate(() => { open(location.href); }),
  ]);
  const copies = duplicate.locator("header").getByText("2 copies", { exact: true });
  await copies.waitFor();
  const joins = joinsOf(duplicate);
  for (const reload of [1, 2]) {
    await duplicate.reload();
    await copies.waitFor();
    assert.equal(joins.join(), Array(reload).fill("have").join());
  }
  await openDetails(duplicate);
  await duplicate.getByText("A reload of this tab would lose this page.").waitFor();
});

test("the database is opened again where it was deleted, or the browser has closed it", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor } = await largePage(t, server, browser);
  const { page } = visitor;
  const stored = () => until("the copy is on disk", async () => Object.keys(await onDisk(page)).length === 1);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(page));
  const devtools = await page.context().newCDPSession(page);
  const ways = [
    () => page.evaluate(() => new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase("ephemeral");
      request.onsuccess = resolve;
      request.onblocked = () => { reject(new Error("the tab stands in the way")); };
    })),
    () => devtools.send("Storage.clearDataForOrigin", { origin: server.url, storageTypes: "indexeddb" }),
  ];
  for (const way of ways) {
    await way();
    await sheet(visitor, "Stop sharing");
    await sheet(visitor, "Share it again");
    await visitor.reads("1 copy");
    await until("it is noted", async () => "ephemeral:pages" in await inSession(page));
    await stored();
  }
});

test("who stops sharing holds nothing and keeps nothing, also after a reload, and can share again", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server);
  const address = await writer.share(content);
  await writer.reads("1 copy");
  // Browsers do not freeze a tab that holds a lock.
  const locks = () => writer.page.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name).join());
  await until("the tab holds a lock", async () => (await locks()) === "ephemeral:holding");
  await sheet(writer, "Stop sharing");
  await writer.reads("You no longer share this page");
  await until("it holds none", async () => (await locks()) === "");
  await writer.sees(content);
  assert.ok(!Object.keys(await inSession(writer.page)).some((key) => key.startsWith("ephemeral:page")));
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.reads("Nobody has this page right now");

  await sheet(writer, "Share it again");
  await reader.sees(content);
  await writer.reads("2 copies");
  await sheet(writer, "Stop sharing");
  await reader.reads("1 copy");
  await reader.leave();
  await writer.page.reload();
  await writer.reads("Nobody has this page right now");
});

test("who wants nothing left on the device has nothing there at once, in all tabs, and it stays so", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server);
  await writer.share(content);
  await writer.reads("1 copy");
  const second = await writer.page.context().newPage();
  await second.goto(server.url);
  await second.getByLabel("Your page").fill(`Another. ${content}`);
  await second.getByRole("button", { name: "Share this page" }).click();
  await second.locator("header").getByText("1 copy", { exact: true }).waitFor();
  const copies = async (page: Page) => Object.keys(await inSession(page)).filter((key) => key.startsWith("ephemeral:page")).length;
  await until("both have copies", async () => (await copies(writer.page)) === 2 && (await copies(second)) === 2);

  await sheet(writer, "Leave nothing on this device");
  await until("no tab has a copy", async () => (await copies(writer.page)) === 0 && (await copies(second)) === 0);
  await writer.page.reload();
  await writer.reads("Nobody has this page right now");
});

/** Asks the tab to close, as the visitor does, and tells whether it asked back. It stays open if it did. */
async function asksBack(page: Page): Promise<boolean> {
  const asked = new Promise<boolean>((resolve) => {
    page.once("dialog", (dialog) => {
      resolve(dialog.type() === "beforeunload");
      dialog.dismiss().catch(() => undefined); // taken back: the tab stays as well
    });
    page.once("close", () => { resolve(false); });
  });
  await page.close({ runBeforeUnload: true });
  return asked;
}

test("the browser asks the last one who has a page before closing it, and nobody else", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server, "/", { asked: true });
  const address = await writer.share(content);
  await writer.reads("1 copy");
  assert.equal(await asksBack(writer.page), true);

  const reader = await Visitor.arrive(t, browser, server, address, { asked: true });
  await writer.reads("2 copies");
  // Browsers ask nobody who has not touched the page.
  await openDetails(reader.page);
  await reader.page.keyboard.press("Escape");
  assert.equal(await asksBack(writer.page), false);
  await reader.reads("1 copy");
  assert.equal(await asksBack(reader.page), true);
});

test("who has stopped sharing, or waits, or writes, is not asked", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server, "/", { asked: true });
  const address = await writer.share(content);
  await writer.reads("1 copy");
  await sheet(writer, "Stop sharing");
  await writer.reads("You no longer share this page");
  assert.equal(await asksBack(writer.page), false);

  const waiting = await Visitor.arrive(t, browser, server, address, { asked: true });
  await waiting.reads("Nobody has this page right now");
  await openDetails(waiting.page);
  await waiting.page.keyboard.press("Escape");
  assert.equal(await asksBack(waiting.page), false);
});

test("a browser that keeps nothing shows and passes on pages all the same, and says what a reload does", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server, "/", {
    before: async (page) => {
      await page.addInitScript(() => {
        for (const name of ["sessionStorage", "localStorage", "indexedDB"]) {
          Object.defineProperty(window, name, { get: () => { throw new DOMException("not allowed", "SecurityError"); } });
        }
      });
    },
  });
  const address = await writer.share(content);
  await writer.reads("1 copy");
  await openDetails(writer.page);
  await writer.page.getByText("A reload of this tab would lose this page.").waitFor();
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees(content);
});

test("what a dead tab has left on disk is swept away by another, a day later", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor } = await largePage(t, server, browser);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(visitor.page));
  await leave(visitor.page);
  const second = await visitor.page.context().newPage();
  await second.clock.install({ time: Date.now() + 25 * 3_600_000 });
  await second.goto(server.url);
  // The sweep is ten seconds after the start.
  await second.clock.runFor(11_000);
  await until("it is swept", async () => !("z,page" in await onDisk(second)));
  assert.equal(Object.keys(await onDisk(second)).length, 1, "the first tab lives");
  await visitor.page.close();
  await second.reload();
  await second.clock.runFor(11_000);
  await until("it is gone", async () => Object.keys(await onDisk(second)).length === 0);
});

test("what a dead tab has left on disk is left alone for a day: it may have been discarded, and come back", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor } = await largePage(t, server, browser);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(visitor.page));
  await leave(visitor.page);
  const second = await visitor.page.context().newPage();
  await visitor.page.close();
  await second.clock.install({ time: Date.now() + 23 * 3_600_000 });
  await second.goto(server.url);
  await second.clock.runFor(11_000);
  await until("it is swept", async () => !("z,page" in await onDisk(second)));
  assert.equal(Object.keys(await onDisk(second)).length, 1);
});

test("what could not be deleted when the visitor wanted nothing left is deleted later", async (t) => {
  const { server, browser } = await setUp(t);
  const { visitor } = await largePage(t, server, browser);
  await until("the copy is on disk", async () => "ephemeral:pages" in await inSession(visitor.page));
  await visitor.page.evaluate(() => {
    IDBObjectStore.prototype.clear = IDBObjectStore.prototype.delete = () => { throw new DOMException("not now", "UnknownError"); };
  });
  await sheet(visitor, "Leave nothing on this device");
  await until("its note is gone", async () => !("ephemeral:pages" in await inSession(visitor.page)));
  assert.equal(Object.keys(await onDisk(visitor.page)).length, 1);
  const second = await visitor.page.context().newPage();
  await second.clock.install();
  await second.goto(server.url);
  await second.clock.runFor(11_000);
  await until("it is gone", async () => Object.keys(await onDisk(second)).length === 0);
});

test("the screen stays on while the visitor wants that and looks at the tab", async (t) => {
  const { server, browser } = await setUp(t);
  const writer = await Visitor.arrive(t, browser, server, "/", {
    before: async (page) => {
      // What the browser was asked for, and what it was given back.
      await page.addInitScript(() => {
        const calls: string[] = [];
        Object.assign(window, { calls });
        const request = navigator.wakeLock.request.bind(navigator.wakeLock);
        navigator.wakeLock.request = async (type) => {
          calls.push("asked");
          const lock = await request(type);
          lock.addEventListener("release", () => calls.push("released"));
          return lock;
        };
      });
    },
  });
  await writer.page.context().grantPermissions(["screen-wake-lock"]);
  await writer.share(content);
  await writer.reads("1 copy");
  await openDetails(writer.page);
  const screen = writer.page.getByRole("switch", { name: "Keep this screen on" });
  const calls = () => writer.page.evaluate(() => (window as unknown as { calls: string[] }).calls.join());
  await screen.check();
  await until("the browser is asked", async () => (await calls()) === "asked");
  await screen.uncheck();
  await until("it has its lock back", async () => (await calls()) === "asked,released");
});
