// The example of package phoenix, a chat with presence: protocol/example/chat
// with the newest phoenix.js.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { before, test, type TestContext } from "node:test";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launch, Visitor } from "./browser";

const program = path.resolve("build", "chat");

before(async () => {
  await promisify(execFile)("go", ["build", "-o", program, "../protocol/example/chat"]);
});

/** Starts the chat until the test is over; returns its address. A visitor who vanishes is missed within six seconds. */
async function start(t: TestContext): Promise<{ url: string }> {
  const flags = ["--addr", "127.0.0.1:0", "--phoenix", "node_modules/phoenix/priv/static", "--window", "2s"];
  const child = spawn(program, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  t.after(async () => {
    child.kill("SIGTERM");
    await gone;
  });
  for await (const line of createInterface(child.stdout)) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url !== undefined) return { url };
  }
  throw new Error(`${program} ended without saying where it serves`);
}

/** Someone in a room, in a browser of their own. Whatever the console says and the policy blocks fails the test. */
class Guest {
  readonly page: Page;
  readonly #visitor: Visitor;
  #sockets = 0;
  #polls = 0;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
    this.page = visitor.page;
    this.page.on("websocket", () => { this.#sockets++; });
    this.page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/socket/longpoll") this.#polls++;
    });
  }

  static async enter(t: TestContext, browser: Browser, server: { url: string }, address: string, name: string): Promise<Guest> {
    const guest = new Guest(await Visitor.arrive(t, browser, server, address));
    await guest.page.getByLabel("Your name").fill(name);
    await guest.page.getByRole("button", { name: "Enter" }).click();
    await guest.page.getByRole("button", { name: "Send" }).waitFor();
    return guest;
  }

  /** What carried the conversation. */
  get transports(): string[] {
    return [...this.#sockets > 0 ? ["WebSocket"] : [], ...this.#polls > 0 ? ["long polling"] : []];
  }

  async say(text: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "Message" }).fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** Waits until the list of those who are here is this one. */
  async sees(...names: string[]): Promise<void> {
    await this.#shows(this.page.getByRole("complementary", { name: "Who is here" }).locator(".name"), names);
  }

  /** Waits until these messages have come, in this order. */
  async reads(...texts: string[]): Promise<void> {
    await this.#shows(this.page.getByRole("log").locator(".message p"), texts);
  }

  async #shows(list: { allTextContents: () => Promise<string[]> }, wanted: string[]): Promise<void> {
    const deadline = Date.now() + 60_000;
    let shown = await list.allTextContents();
    while (shown.join("\n") !== wanted.join("\n") && Date.now() < deadline) {
      await this.page.waitForTimeout(50);
      shown = await list.allTextContents();
    }
    assert.deepEqual(shown, wanted);
  }

  async notes(text: string): Promise<void> {
    await this.page.getByText(text, { exact: true }).first().waitFor();
  }

  async goTo(room: string): Promise<void> {
    await this.page.getByLabel("Another room").fill(room);
    await this.page.getByRole("button", { name: "Go" }).click();
    await this.page.getByRole("heading", { name: room }).waitFor();
  }

  async leave(): Promise<void> {
    await this.#visitor.leave();
  }
}

for (const [transport, address] of [["WebSocket", "/#lobby"], ["long polling", "/?longpoll#lobby"]] as const) {
  test(`two windows chat and see each other over ${transport} alone, and miss who leaves`, async (t) => {
    const browser = await launch(t); // first, and so closed before the server goes
    const server = await start(t);

    const ann = await Guest.enter(t, browser, server, address, "Ann");
    await ann.notes(`Connected by ${transport}`);
    await ann.sees("Ann");
    const bob = await Guest.enter(t, browser, server, address, "Bob");
    await ann.sees("Ann", "Bob");
    await bob.sees("Ann", "Bob");
    await ann.notes("Bob is here");

    // Who pauses is soon no longer said to be typing.
    const typing = bob.page.getByRole("textbox", { name: "Message" }).pressSequentially("Hel");
    await Promise.all([ann.notes("Bob is typing…"), typing]);
    await bob.say("Hello Ann");
    await ann.reads("Hello Ann");
    const markup = "<b>Hello</b> <img src=x> 😀";
    await ann.say(markup);
    for (const guest of [ann, bob]) {
      await guest.reads("Hello Ann", markup);
      assert.equal(await guest.page.getByRole("log").locator("b, img").count(), 0);
    }

    await bob.goTo("attic");
    await ann.sees("Ann");
    await bob.sees("Bob");
    await bob.goTo("lobby");
    await ann.sees("Ann", "Bob");

    await bob.leave();
    await ann.sees("Ann");
    await ann.notes("Bob has left");
    for (const guest of [ann, bob]) assert.deepEqual(guest.transports, [transport]);
  });
}

test("a name that cannot be used is refused in words, and another one is let in", async (t) => {
  const browser = await launch(t);
  const server = await start(t);
  const guest = new Guest(await Visitor.arrive(t, browser, server, "/#lobby"));
  await guest.page.getByLabel("Your name").fill("constructor");
  await guest.page.getByRole("button", { name: "Enter" }).click();
  await guest.notes("That name is reserved: choose another one.");
  await guest.page.getByLabel("Your name").fill("Ann");
  await guest.page.getByRole("button", { name: "Enter" }).click();
  await guest.sees("Ann");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`a small screen shows all of it, in ${colorScheme} colours`, async (t) => {
    const browser = await launch(t);
    const server = await start(t);
    const options = { colorScheme, viewport: { width: 360, height: 640 } };
    const visitor = await Visitor.arrive(t, browser, server, "/#a-room-with-a-rather-long-name-for-a-small-screen", options);
    await visitor.page.getByLabel("Your name").fill("W".repeat(32));
    await visitor.page.getByRole("button", { name: "Enter" }).click();
    const field = visitor.page.getByRole("textbox", { name: "Message" });
    for (let i = 0; i < 12; i++) {
      await field.fill("x".repeat(100));
      await field.press("Enter");
    }
    await visitor.page.getByRole("log").locator(".message").nth(11).waitFor();
    const { overflow, bottom } = await visitor.page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - innerWidth,
      bottom: document.querySelector("footer")?.getBoundingClientRect().bottom,
    }));
    assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
    assert.equal(bottom, 640);
  });
}
