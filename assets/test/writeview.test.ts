// The front page in a browser: what is written, how it will look, what is shared.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

const wide = { viewport: { width: 1280, height: 800 } };

/** What is shown in a frame, to the last element. */
const looks = (page: Page) =>
  page.frameLocator("iframe.stage").locator("html").evaluate((root) => root.outerHTML + getComputedStyle(root).font);

const field = (page: Page) => page.getByLabel("Your page");
const kind = (page: Page, name: string) => page.getByRole("radio", { name });

/** Chooses as a visitor does: the radio button itself is under its label. */
const choose = (page: Page, name: string) => page.locator(".kinds").getByText(name, { exact: true }).click();

async function share(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Share this page" }).click();
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  return new URL(page.url()).pathname;
}

const markdown = `# Sunday

Meet at **nine**.
Bring <b>bread</b>.

| Where | When |
|---|--:|
| Mill | 11:30 |`;

test("Markdown: the preview is what the writer sees afterwards, and what a receiver sees", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server, "/", wide);
  const { page } = writer;
  await choose(page, "Markdown");
  await field(page).fill(markdown);
  await writer.stage.getByRole("heading", { name: "Sunday" }).waitFor();
  assert.equal(await writer.stage.locator("b").count(), 0);
  assert.match(await writer.stage.locator("td").last().evaluate((cell) => getComputedStyle(cell).textAlign), /right$/);
  const preview = await looks(page);

  const address = await share(page);
  await writer.sees("Sunday");
  assert.equal(await looks(page), preview);
  const reader = await Visitor.arrive(t, browser, server, address, wide);
  await reader.sees("Sunday");
  assert.equal(await looks(reader.page), preview);
});

test("the preview follows the writer, and stays where it was scrolled to", async (t) => {
  const server = await Server.start(t);
  const { page, stage } = await Visitor.arrive(t, await launch(t), server, "/", wide);
  await choose(page, "Markdown");
  const lines = Array.from({ length: 100 }, (_, i) => `- line ${i}`).join("\n");
  await field(page).fill(lines);
  await stage.getByText("line 99").scrollIntoViewIfNeeded();
  const scrolled = () => stage.locator("html").evaluate(() => scrollY);
  const before = await scrolled();
  assert.ok(before > 500);
  await field(page).press("End");
  await field(page).pressSequentially(" and *more*");
  await stage.locator("em").waitFor();
  assert.equal(await scrolled(), before);

  await page.getByRole("button", { name: "Preview" }).click();
  assert.equal(await page.locator("iframe.stage").isVisible(), false);
  // Who has closed it is not shown it again unasked.
  await choose(page, "HTML");
  assert.equal(await page.locator("iframe.stage").isVisible(), false);
});

test("on a small screen the preview takes the place of the text, and gives it back", async (t) => {
  const server = await Server.start(t);
  const { page, stage } = await Visitor.arrive(t, await launch(t), server, "/", { viewport: { width: 360, height: 740 } });
  await choose(page, "Markdown");
  await field(page).fill("*slanted*");
  assert.equal(await page.locator("iframe.stage").count(), 0);
  const preview = page.getByRole("button", { name: "Preview" });
  await preview.click();
  await stage.locator("em").waitFor();
  assert.equal(await preview.getAttribute("aria-pressed"), "true");
  assert.equal(await field(page).isVisible(), false);
  await preview.click();
  assert.equal(await field(page).inputValue(), "*slanted*");
  assert.equal(await field(page).isVisible(), true);
});

test("words are shared as they are, also if they look like markup", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const text = "In HTML,  <b>bold</b>\n  & <script>alert(1)</script> are tags.";
  const writer = await Visitor.arrive(t, browser, server);
  await choose(writer.page, "Text");
  await field(writer.page).fill(text);
  const reader = await Visitor.arrive(t, browser, server, await share(writer.page));
  await reader.sees("In HTML");
  assert.equal(await reader.stage.locator("body").innerText(), text);
  const font = await reader.stage.locator("pre").evaluate((pre) => getComputedStyle(pre).fontFamily);
  assert.match(font, /serif/);
});

test("pasted HTML is taken for HTML, which is said and can be undone; typed HTML is not", async (t) => {
  const server = await Server.start(t);
  const { page } = await Visitor.arrive(t, await launch(t), server, "/", { permissions: ["clipboard-read", "clipboard-write"] });
  const paste = async (text: string) => {
    await page.evaluate((words) => navigator.clipboard.writeText(words), text);
    await field(page).press("ControlOrMeta+V");
  };
  await field(page).pressSequentially("<p>typed</p>");
  assert.equal(await kind(page, "Text").isChecked(), true);

  await field(page).fill("");
  await paste("<h1>Hello</h1>");
  assert.equal(await kind(page, "HTML").isChecked(), true);
  await page.getByRole("status").getByText("This looks like HTML").waitFor();
  await page.getByRole("button", { name: "Keep it as text" }).click();
  assert.equal(await kind(page, "Text").isChecked(), true);
  assert.equal(await page.getByText("This looks like HTML").count(), 0);
  // The visitor has said what it is: it is not guessed again.
  await paste("<p>more</p>");
  assert.equal(await kind(page, "Text").isChecked(), true);
});

test("by keyboard alone: a kind, a preview, a page", async (t) => {
  const server = await Server.start(t);
  const { page, stage } = await Visitor.arrive(t, await launch(t), server, "/", wide);
  const focused = (locator: Locator) => locator.evaluate((element) => element === document.activeElement);
  await field(page).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.ok(await focused(field(page)));
  await page.keyboard.type("# By hand");
  await page.keyboard.press("Tab");
  assert.ok(await focused(kind(page, "Text")));
  await page.keyboard.press("ArrowRight");
  assert.ok(await kind(page, "Markdown").isChecked());
  await stage.getByRole("heading", { name: "By hand" }).waitFor();
  await page.keyboard.press("Tab");
  assert.ok(await focused(page.getByRole("button", { name: "Add files" })));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  assert.equal(await page.locator("iframe.stage").isVisible(), false);
  await page.keyboard.press("Tab");
  assert.ok(await focused(page.getByRole("button", { name: "Share this page" })));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  await stage.getByRole("heading", { name: "By hand" }).waitFor();
});

test("the size is told, and what is too large is not shared", async (t) => {
  const server = await Server.start(t, "--max-content", "1000");
  const { page } = await Visitor.arrive(t, await launch(t), server);
  const button = page.getByRole("button", { name: "Share this page" });
  await field(page).fill("x".repeat(500));
  await page.getByText("500 B of 1 kB").waitFor();
  assert.equal(await page.locator("meter").getAttribute("aria-valuetext"), "500 B of 1 kB");
  assert.ok(await button.isEnabled());

  await field(page).fill("ä".repeat(501));
  await page.getByRole("status").getByText("This is 1 kB: 2 B more than this server passes on.").waitFor();
  assert.ok(await button.isDisabled());
  await field(page).press("Control+Enter");
  assert.equal(new URL(page.url()).pathname, "/");

  await field(page).fill("ä".repeat(500));
  await page.getByText("more than this server passes on").waitFor({ state: "detached" });
  await field(page).press("Control+Enter");
  await page.waitForURL(/\/[0-9a-f]{64}$/);
});

test("what is being written outlasts a reload and another language, and is gone once it is shared", async (t) => {
  const server = await Server.start(t);
  const { page } = await Visitor.arrive(t, await launch(t), server);
  await choose(page, "Markdown");
  await field(page).fill("# Half a th");
  await page.reload();
  assert.equal(await field(page).inputValue(), "# Half a th");
  assert.ok(await kind(page, "Markdown").isChecked());

  await page.getByLabel("Language").selectOption("de");
  const german = page.getByLabel("Deine Seite");
  assert.equal(await german.inputValue(), "# Half a th");
  await german.press("Control+Enter");
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  await page.getByRole("link", { name: "ephemeral" }).click();
  assert.equal(await german.inputValue(), "");
  assert.equal(await page.evaluate(() => sessionStorage.getItem("ephemeral:draft")), null);
});

test("who wants nothing kept has no draft kept", async (t) => {
  const server = await Server.start(t);
  const { page } = await Visitor.arrive(t, await launch(t), server);
  await page.evaluate(() => { localStorage.setItem("ephemeral:keep", "off"); });
  await field(page).fill("a secret");
  await page.reload();
  assert.equal(await field(page).inputValue(), "");
});

test("who has come to want nothing kept finds no draft of before", async (t) => {
  const server = await Server.start(t);
  const { page } = await Visitor.arrive(t, await launch(t), server, "/", {
    before: (tab) => tab.addInitScript(() => {
      localStorage.setItem("ephemeral:keep", "off");
      sessionStorage.setItem("ephemeral:draft", JSON.stringify({ kind: "text", chosen: false, text: "a secret", files: [], left: 0 }));
    }),
  });
  assert.equal(await field(page).inputValue(), "");
  assert.equal(await page.evaluate(() => sessionStorage.getItem("ephemeral:draft")), null);
});

test("what cannot be shared for want of a script is not lost, which is said", async (t) => {
  const server = await Server.start(t);
  const { page } = await Visitor.arrive(t, await launch(t), server, "/", {
    expected: /Failed to load resource/,
    before: async (tab) => {
      // As over plain http, where the digest has a script of its own: it is the one that comes when sharing.
      await tab.addInitScript(() => { Object.defineProperty(crypto, "subtle", { value: undefined }); });
    },
  });
  await field(page).fill("What I have written");
  await page.getByText("19 B of").waitFor();
  await page.waitForLoadState("networkidle");
  await page.route("**/static/sha256-*.js", (route) => route.abort());
  await field(page).press("Control+Enter");
  await page.getByRole("status").getByText("What sharing needs could not be fetched.").waitFor();
  assert.equal(await field(page).inputValue(), "What I have written");
  await page.reload();
  assert.equal(await field(page).inputValue(), "What I have written");
  await page.unroute("**/static/sha256-*.js");
  await page.reload();
  await field(page).press("Control+Enter");
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  await page.getByRole("link", { name: "ephemeral" }).click();
  assert.equal(await field(page).inputValue(), "");
});

test("what cannot be shown is not shared either, until it can", async (t) => {
  const server = await Server.start(t);
  const { page } = await Visitor.arrive(t, await launch(t), server, "/", { expected: /Failed to load resource/ });
  await page.route("**/static/pageview-*.js", (route) => route.abort());
  await field(page).fill("What I have written");
  await page.getByRole("button", { name: "Share this page" }).click();
  await page.getByRole("status").getByText("What sharing needs could not be fetched.").waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
  assert.equal(await page.locator(".tab-pages").count(), 0);
  await page.unroute("**/static/pageview-*.js");
  await page.reload();
  await share(page);
});

test("the tab's pages are listed: by their first line, with a way there and an end", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server);
  const { page } = writer;
  const anew = () => page.getByRole("link", { name: "ephemeral" }).click();
  await writer.share("The first page\nof two");
  await anew();
  const address = await writer.share("<style>p { color: red }</style><p>The second &amp; last</p>");
  await anew();
  await page.getByRole("heading", { name: "This tab is keeping 2 pages alive." }).waitFor();
  const row = (words: string) => page.getByRole("listitem").filter({ hasText: words });
  await row("The first page").getByText("1 copy").waitFor();
  await row("The second & last").getByText("1 copy").waitFor();
  const reader = await Visitor.arrive(t, browser, server, address);
  await row("The second & last").getByText("2 copies").waitFor();
  await reader.leave();

  await row("The second & last").getByRole("button", { name: "Stop sharing" }).click();
  await row("The second & last").getByText("not shared").waitFor();
  await page.getByRole("heading", { name: "This tab is keeping one page alive." }).waitFor();
  await row("The second & last").getByRole("button", { name: "Share again" }).click();
  await row("The second & last").getByText("1 copy").waitFor();

  await page.getByRole("link", { name: "The first page" }).click();
  await writer.sees("of two");
});
