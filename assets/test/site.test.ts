// What surrounds the pages: theme, language, /about, and what the documents say
// to whoever is no visitor.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

const paper = { light: "rgb(250, 246, 238)", dark: "rgb(21, 18, 14)" };
const content = "It was here.";

const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const theme = (page: Page) => page.locator("footer").getByLabel("Theme");

/** The colour that the browser gives its own bars. */
function barColour(page: Page): Promise<string | undefined> {
  return page.evaluate(() => Array.from(document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]'))
    .find(({ media }) => matchMedia(media).matches)?.content);
}

test("the theme is the device's until the visitor chooses, and then everywhere the chosen one", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const { page } = await Visitor.arrive(t, browser, server, "/", { colorScheme: "light" });
  assert.equal(await ground(page), paper.light);
  assert.equal(await barColour(page), "#faf6ee");
  await page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await ground(page), paper.dark);
  assert.equal(await barColour(page), "#15120e");
  await page.emulateMedia({ colorScheme: "light" });

  const other = await page.context().newPage();
  await other.goto(server.url);
  await theme(page).selectOption("Dark");
  assert.equal(await ground(page), paper.dark);
  assert.equal(await barColour(page), "#15120e");
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
  // Another tab follows at once; a new document has it before it is seen.
  await other.waitForFunction((dark) => getComputedStyle(document.body).backgroundColor === dark, paper.dark);
  await page.reload();
  assert.equal(await ground(page), paper.dark);
  assert.equal(await theme(page).inputValue(), "dark");
  await other.goto(`${server.url}/0123`);
  assert.equal(await ground(other), paper.dark);

  await theme(page).selectOption("Automatic");
  assert.equal(await ground(page), paper.light);
  await page.reload();
  assert.equal(await ground(page), paper.light);
});

test("the frame with the page has the theme that was chosen", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  // What the tests emulate would be emulated in the frame as well.
  const visitor = await Visitor.arrive(t, browser, server, "/", { colorScheme: null });
  for (const [name, colour] of [["Dark", "rgb(236, 230, 218)"], ["Light", "rgb(38, 34, 28)"]] as const) {
    await theme(visitor.page).selectOption(name);
    await visitor.share(`${content} ${name}`);
    await visitor.sees(content);
    const frame = visitor.page.frames().find((one) => one.url().endsWith("/frame"));
    assert.ok(frame);
    await frame.waitForFunction((wanted) => getComputedStyle(document.documentElement).color === wanted, colour);
    await visitor.page.goto(server.url);
  }
});

test("the language is the browser's until the visitor chooses, and what the tab holds survives the choice", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server, "/", { locale: "de-AT" });
  const { page } = visitor;
  await page.getByRole("button", { name: "Seite teilen" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");

  const before = await page.evaluate(() => performance.getEntriesByType("navigation").length + performance.timeOrigin);
  await page.getByLabel("Deine Seite").fill("unverloren");
  await page.locator("footer").getByLabel("Sprache").selectOption("English");
  await page.getByRole("button", { name: "Share this page" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  assert.equal(await page.getByLabel("Your page").inputValue(), "unverloren");
  assert.equal(await page.evaluate(() => performance.getEntriesByType("navigation").length + performance.timeOrigin), before);

  await page.reload();
  await page.getByRole("button", { name: "Share this page" }).waitFor();
});

test("a browser that speaks no language of ours is spoken to in English", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const { page } = await Visitor.arrive(t, browser, server, "/", { locale: "tlh" });
  await page.getByRole("button", { name: "Share this page" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
});

test("a browser that keeps nothing can choose all the same", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const { page } = await Visitor.arrive(t, browser, server, "/", { colorScheme: "light" });
  await page.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get: () => { throw new DOMException("not here", "SecurityError"); } });
    }
  });
  await page.reload();
  await theme(page).selectOption("Dark");
  assert.equal(await ground(page), paper.dark);
  await page.locator("footer").getByLabel("Language").selectOption("Deutsch");
  await page.getByRole("button", { name: "Seite teilen" }).waitFor();
  assert.equal(await ground(page), paper.dark);
});

test("/about can be visited without losing what the tab holds", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server);
  const { page } = visitor;
  const address = await visitor.share(content);
  await visitor.reads("Only you have this page so far");
  await page.goto(`${server.url}/`);
  await visitor.share("another page");
  await page.goBack();
  await page.getByRole("link", { name: "What is this?" }).click();
  await page.getByRole("heading", { level: 1, name: "Who keeps a page" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/about");
  assert.match(await page.title(), /^Who keeps a page/);
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");

  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees(content);
  await page.goBack();
  await page.getByRole("link", { name: "What is this?" }).waitFor();
});

test("/about says the same with scripts and without, in both languages", async (t) => {
  const server = await Server.start(t, "--contact", "somebody@example.org");
  const browser = await launch(t);
  for (const [locale, heading] of [["en", "What the server sees"], ["de", "Was der Server sieht"]] as const) {
    const texts: string[] = [];
    for (const javaScriptEnabled of [true, false]) {
      const { page } = await Visitor.arrive(t, browser, server, "/about", { locale, javaScriptEnabled });
      if (javaScriptEnabled) await page.locator("footer.site").waitFor();
      await page.getByRole("heading", { name: heading }).waitFor();
      assert.equal(await page.getByRole("link", { name: "somebody@example.org" }).getAttribute("href"), "mailto:somebody@example.org");
      texts.push(`${await page.title()}\n${await page.locator("header").innerText()}\n${await page.locator("main").innerText()}`);
    }
    assert.equal(texts[0], texts[1]);
  }
});

test("an address that cannot be a page says so in the visitor's language, without a script too", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const expected = /404/;
  for (const javaScriptEnabled of [true, false]) {
    const { page } = await Visitor.arrive(t, browser, server, "/0123", { locale: "de", javaScriptEnabled, expected });
    await page.getByRole("heading", { name: "Unter dieser Adresse kann keine Seite sein" }).waitFor();
    await page.getByRole("link", { name: "Eine eigene Seite schreiben" }).click();
    await page.waitForURL(`${server.url}/`);
  }
});

test("the site can be put among a device's programs", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const { page } = await Visitor.arrive(t, browser, server);
  const session = await page.context().newCDPSession(page);
  const { url, errors } = await session.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  assert.match(url, /\/static\/manifest-/);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // A context of a test is a private window, in which nothing can be installed.
  assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"), []);

  const manifest = await (await fetch(url)).json() as { start_url: string; icons: { src: string; sizes: string; type: string }[] };
  assert.equal(manifest.start_url, "/");
  for (const { src, sizes, type } of manifest.icons) {
    const answer = await fetch(new URL(src, url));
    assert.equal(answer.headers.get("content-type"), type, src);
    const picture = Buffer.from(await answer.arrayBuffer());
    if (type === "image/png") assert.equal(`${picture.readUInt32BE(16)}x${picture.readUInt32BE(20)}`, sizes, src);
  }
});

/** What the head of a document says under that name. */
function said(html: string, name: string): string[] {
  return Array.from(html.matchAll(new RegExp(`<meta (?:name|property)="${name}" content="([^"]*)">`, "g")), ([, value]) => value ?? "");
}

test("what messengers show beside a link tells nothing of the page, and has a picture if the server knows its own address", async (t) => {
  const address = `/${"0123456789abcdef".repeat(4)}`;
  const plain = await Server.start(t);
  const known = await Server.start(t, "--public-url", "https://pages.example");
  const html = async (server: Server, path: string) => (await fetch(server.url + path)).text();

  assert.deepEqual(said(await html(plain, address), "og:image"), []);
  const document = await html(known, address);
  const [picture] = said(document, "og:image");
  assert.ok(picture !== undefined);
  assert.ok(picture.startsWith("https://pages.example/static/preview-"), picture);
  const answer = await fetch(known.url + new URL(picture).pathname);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(answer.headers.get("content-type"), "image/png");
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1200, 630]);
  assert.ok(bytes.length < 60_000, `${bytes.length} bytes`);

  // The same for every page.
  assert.equal(document, await html(known, `/${"f".repeat(64)}`));
  assert.deepEqual(said(document, "og:title"), ["ephemeral"]);
  assert.deepEqual(said(document, "robots"), ["noindex, nofollow"]);
  assert.equal((await fetch(known.url + address)).headers.get("x-robots-tag"), "noindex, nofollow");
});
