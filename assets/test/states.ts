// Every state that a visitor can see, one after the other, each as real as it
// can be had: with a server, other visitors, and a line that is cut or held up
// where the state needs it.

import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { Browser, Page, WebSocketRoute } from "playwright-core";
import { german } from "../src/words/de";
import { english } from "../src/words/en";
import type { Forms, Key, Language, Table } from "../src/words/say";
import { click, Visitor, type VisitorOptions } from "./browser";
import { Server } from "./server";

const tables: Record<Language, Table> = { en: english, de: german };

const letter = `Dear stranger,

this page is nowhere. It is not on a server, not in a cloud, not in a drawer. It is open in my tab, and now it is open in yours, and as long as one of us keeps it open, it is somewhere.

When you have read it, leave it open a while. Somebody may come.

— A.`;

const poster = `<style>body { background: #123; color: #fe9; font-family: monospace; text-align: center } h1 { font-size: 12vw }</style>
<h1>TONIGHT</h1><p>A page with colours of its own</p>`;

const bread = `# Bread

For one loaf, **from memory**:

- 500 g of flour
- 350 g of water
- 10 g of salt

> Patience. See [my other recipe](https://example.com/bread).

    mix → wait → fold → wait → bake`;

const clock = `<h1>What time is it?</h1><p id=now>Nobody knows.</p><script>now.textContent = "Time to run a script."</script>`;

/** A content that goes in sixteen parts. */
const long = "All work and no play makes Jack a dull boy.\n".repeat(23_832).slice(0, 16 * 65_536);

export interface Shown {
  name: string;
  page: Page;
}

interface Stages {
  t: Pick<TestContext, "after">;
  browser: Browser;
  language: Language;
}

/** The states in one language. Each is on the screen until the next one is asked for. */
export async function* states(stages: Stages): AsyncGenerator<Shown, void, void> {
  for (const group of [writing, holding, looking, arriving, refused, around]) {
    yield* group(stages);
    // What nobody looks at any more would go on moving.
    for (const context of stages.browser.contexts()) await context.close();
  }
}

/** What is said under that name: its first plural form is enough to be found. */
function word(language: Language, key: Key): string {
  const entry: string | Forms = tables[language][key];
  return typeof entry === "string" ? entry : (entry.one ?? entry.other);
}

class Guest {
  readonly page: Page;
  readonly visitor: Visitor;
  readonly #language: Language;

  constructor(visitor: Visitor, language: Language) {
    this.visitor = visitor;
    this.page = visitor.page;
    this.#language = language;
  }

  /** Waits until the state has that title. */
  async is(key: Key, n?: number): Promise<void> {
    const text = word(this.#language, key).replace("{n}", String(n));
    await this.page.locator(".title").getByText(text, { exact: true }).waitFor();
  }

  async press(key: Key): Promise<void> {
    await this.page.getByRole("button", { name: word(this.#language, key), exact: true }).click();
  }

  async write(content: string, kind = "text"): Promise<void> {
    await this.page.locator(`input[value=${kind}]`).check();
    await this.page.locator("#content").fill(content);
  }

  /** The same for a long text, which a browser that is typed it into takes a while to show. */
  async paste(content: string): Promise<void> {
    await this.page.locator("#content").evaluate((field: HTMLTextAreaElement, text) => {
      field.value = text;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, content);
  }

  /** Shares what is written; returns the page's path. */
  async share(): Promise<string> {
    await this.page.locator("button[type=submit]").click();
    await this.page.waitForURL(/\/[0-9a-f]{64}$/);
    return new URL(this.page.url()).pathname;
  }

  async sees(text: string): Promise<void> {
    await this.visitor.sees(text);
  }
}

async function guest({ t, browser, language }: Stages, server: Server, address = "/", options: VisitorOptions = {}): Promise<Guest> {
  const visitor = await Visitor.arrive(t, browser, server, address, {
    locale: language, expected: /404|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|WebSocket/, ...options,
  });
  return new Guest(visitor, language);
}

async function* writing(stages: Stages): AsyncGenerator<Shown, void, void> {
  const server = await Server.start(stages.t, "--max-content", "100kB");
  const writer = await guest(stages, server);
  const { page } = writer;
  yield { name: "write", page };
  await writer.write(letter);
  yield { name: "write-text", page };
  await writer.write(bread, "markdown");
  // The preview opens by itself where there is room.
  const loaf = page.frameLocator("iframe.stage").getByText("500 g of flour");
  if (await page.locator(".preview").isVisible()) await loaf.waitFor();
  yield { name: "write-markdown", page };
  if (!(await page.locator(".preview").isVisible())) await writer.press("write.preview");
  await loaf.waitFor();
  yield { name: "write-preview", page };
  await writer.press("write.preview");
  await writer.write(poster, "html");
  yield { name: "write-html", page };
  await page.locator("input[type=file]").setInputFiles([
    { name: "ember.png", mimeType: "image/png", buffer: readFileSync("src/site/icon192.png") },
    { name: "a very long name, as cameras and offices give them to their files (final, final 2).txt", mimeType: "text/plain", buffer: Buffer.from("notes") },
  ]);
  await page.locator(".attached li:not([aria-busy=true])").nth(1).waitFor();
  yield { name: "write-files", page };
  const address = await writer.share();
  await writer.sees("TONIGHT");
  await writer.is("status.alone.mine");
  yield { name: "files", page };
  await page.goto(server.url);
  await writer.paste(letter.repeat(400));
  await page.locator("button[type=submit][disabled]").waitFor();
  yield { name: "write-over", page };
  await page.goto(server.url + address);
  await writer.is("status.alone.mine");
}

async function* holding(stages: Stages): AsyncGenerator<Shown, void, void> {
  const server = await Server.start(stages.t);
  const writer = await guest(stages, server);
  await writer.write(letter);
  const address = await writer.share();
  await writer.is("status.alone.mine");
  await writer.sees("Dear stranger,");
  yield { name: "alone-mine", page: writer.page };
  await writer.press("page.share");
  await writer.page.getByRole("dialog").locator("svg.code").waitFor();
  yield { name: "share", page: writer.page };
  await writer.page.keyboard.press("Escape");

  const reader = await guest(stages, server, address);
  await reader.is("status.shared");
  await reader.sees("Dear stranger,");
  yield { name: "shared", page: reader.page };
  await writer.is("status.shared.mine");
  yield { name: "shared-mine", page: writer.page };
  await writer.press("page.more");
  await click(writer.page.getByRole("dialog").getByText(word(stages.language, "page.log")));
  yield { name: "sheet", page: writer.page };
  await writer.press("page.stop");
  await writer.is("status.stopped");
  yield { name: "stopped", page: writer.page };
  await reader.is("status.alone");
  yield { name: "alone", page: reader.page };

  await writer.page.getByRole("link", { name: word(stages.language, "page.another") }).first().click();
  await writer.page.getByText(word(stages.language, "write.pages.stopped")).waitFor();
  yield { name: "write-pages", page: writer.page };

  await writer.write(bread, "markdown");
  await writer.share();
  await writer.sees("my other recipe");
  yield { name: "markup", page: writer.page };
  await click(writer.visitor.stage.getByText("my other recipe"));
  await writer.page.getByRole("dialog").waitFor();
  yield { name: "link", page: writer.page };
  await writer.page.keyboard.press("Escape");

  const host = await guest(stages, server);
  await host.write(poster, "html");
  await host.share();
  await host.sees("TONIGHT");
  yield { name: "poster", page: host.page };

  const timer = await guest(stages, server);
  await timer.write(clock, "html");
  await timer.share();
  await timer.sees("Nobody knows.");
  await timer.press("page.more");
  await timer.press("page.scripts");
  await timer.page.getByRole("dialog").getByText(word(stages.language, "scripts.can")).waitFor();
  yield { name: "scripts-ask", page: timer.page };
  await timer.press("scripts.run");
  await timer.sees("Time to run a script.");
  yield { name: "scripts", page: timer.page };

  await reader.page.context().setOffline(true);
  await reader.is("status.lost");
  yield { name: "offline", page: reader.page };
  await reader.page.context().setOffline(false);
  await reader.is("status.alone");

  const joining = await guest(stages, server, address, line((message, up) => up || !message.includes("visitors_count")));
  await joining.is("status.joining");
  await joining.sees("Dear stranger,");
  yield { name: "joining", page: joining.page };
}

async function* looking(stages: Stages): AsyncGenerator<Shown, void, void> {
  let server = await Server.start(stages.t);
  const nobody = `/${"0123456789abcdef".repeat(4)}`;
  const early = await guest(stages, server, nobody);
  await early.is("status.nobody");
  yield { name: "nobody", page: early.page };
  await guest(stages, server, nobody);
  await early.page.getByText(word(stages.language, "page.waitingToo").replace("{n}", "1")).first().waitFor();
  yield { name: "nobody-waiting", page: early.page };

  const writer = await guest(stages, server);
  await writer.write(long.slice(0, 5000));
  const address = await writer.share();
  await writer.is("status.alone.mine");
  await server.stop();
  await early.is("status.lost");
  yield { name: "lost", page: early.page };
  await writer.is("status.lost");
  yield { name: "lost-kept", page: writer.page };

  // It comes back, and carries less than before.
  server = await Server.start(stages.t, "--addr", server.host, "--max-content", "1000");
  await writer.is("status.tooLarge");
  yield { name: "too-large", page: writer.page };
  const late = await guest(stages, server, address);
  await late.is("status.stuck");
  yield { name: "stuck", page: late.page };
}

/** Lets through what pass says, each way; without a server nothing is answered. */
function line(pass: (message: string | Buffer, up: boolean) => boolean, connected = true): VisitorOptions {
  const route = (socket: WebSocketRoute) => {
    if (!connected) return;
    const server = socket.connectToServer();
    socket.onMessage((message) => { if (pass(message, true)) server.send(message); });
    server.onMessage((message) => { if (pass(message, false)) socket.send(message); });
  };
  return {
    before: async (page) => {
      await page.routeWebSocket(/\/ws\//, route);
      await page.route(/\/ws\/longpoll/, () => undefined);
    },
  };
}

/** Lets only the first so many bytes of a page through that way, however often it is sent. */
function onlyBytes(bytes: number, way: "up" | "down"): VisitorOptions {
  return line((message, up) =>
    up !== (way === "up") || typeof message === "string" || !message.includes("part") || offsetOf(message, up) < bytes);
}

/** Where the bytes of a part belong: what stands behind the names of the topic and the event, and upwards those of the join and the message, too. */
function offsetOf(part: Buffer, up: boolean): number {
  const names = Array.from(part.subarray(1, up ? 5 : 3));
  return part.readUInt32BE(names.reduce((sum, length) => sum + length, 1 + names.length));
}

/** Makes no digest, so that nothing can be checked. */
const checkless: VisitorOptions = {
  before: (page) => page.addInitScript(() => { SubtleCrypto.prototype.digest = () => new Promise(() => undefined); }),
};

async function* arriving(stages: Stages): AsyncGenerator<Shown, void, void> {
  const server = await Server.start(stages.t);
  const writer = await guest(stages, server);
  await writer.paste(long);
  const address = await writer.share();
  await writer.is("status.alone.mine");

  const first = await guest(stages, server, address, line(() => false, false));
  await first.is("status.connecting");
  yield { name: "connecting", page: first.page };
  await first.visitor.leave();
  const asking = await guest(stages, server, address, line((message, up) => up || typeof message !== "string" || !message.includes("want:")));
  await asking.is("status.looking");
  yield { name: "looking", page: asking.page };
  await asking.visitor.leave();
  const soon = await guest(stages, server, address, line((message, up) => up || !message.includes(typeof message === "string" ? "progress" : "part")));
  await soon.is("status.coming");
  yield { name: "coming", page: soon.page };
  await soon.visitor.leave();
  const slow = await guest(stages, server, address, onlyBytes(7 * 65_536, "down"));
  await slow.is("status.receiving", 43);
  yield { name: "receiving", page: slow.page };
  await slow.visitor.leave();
  const unsure = await guest(stages, server, address, checkless);
  await unsure.is("status.checking");
  yield { name: "checking", page: unsure.page };
  await unsure.visitor.leave();

  const slowWriter = await guest(stages, server, "/", onlyBytes(7 * 65_536, "up"));
  await slowWriter.paste(`${long}.`);
  const other = await slowWriter.share();
  await slowWriter.is("status.alone.mine");
  const sent = await guest(stages, server, other);
  await sent.is("status.sending", 43);
  yield { name: "sending", page: sent.page };
}

async function* refused(stages: Stages): AsyncGenerator<Shown, void, void> {
  // A tab may keep one page alive there, for it is also counted among those who are here.
  const server = await Server.start(stages.t, "--max-channels", "2");
  const writer = await guest(stages, server);
  await writer.write(letter);
  await writer.share();
  await writer.is("status.alone.mine");
  await writer.page.getByRole("link", { name: word(stages.language, "page.another") }).first().click();
  await writer.write(bread, "markdown");
  await writer.share();
  await writer.sees("my other recipe");
  await writer.is("status.refused");
  yield { name: "refused", page: writer.page };
}

async function* around(stages: Stages): AsyncGenerator<Shown, void, void> {
  const server = await Server.start(stages.t, "--contact", "somebody@example.org");
  const { page } = await guest(stages, server, "/about");
  await page.locator("footer.site").waitFor();
  yield { name: "about", page };
  await page.goto(`${server.url}/0123`);
  yield { name: "missing", page };
}
