// What can be done with a page that is on show.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import jsQR from "jsqr";
import type { Download, Locator } from "playwright-core";
import { click, launch, openDetails, Visitor, type VisitorOptions } from "./browser";
import { Server } from "./server";
import { pack } from "../src/write/envelope";

async function writerOf(t: TestContext, content: string, options: VisitorOptions = {}) {
  const server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server, "/", options);
  const address = await writer.share(content);
  await writer.reads("1 copy");
  return { server, browser, writer, address };
}

/** Opens the sheet and does one of the things that are in it. */
async function act({ page }: Visitor, name: string): Promise<void> {
  await openDetails(page);
  await page.getByRole("button", { name }).click();
}

async function bytesOf(download: Download): Promise<Buffer> {
  return readFile(await download.path());
}

/** Reads the QR code in a picture of the element, as a telephone would. */
async function read(code: Locator): Promise<string | undefined> {
  const png = (await code.screenshot({ animations: "disabled" })).toString("base64");
  const { data, width, height } = await code.page().context().newPage().then(async (blank) => {
    const pixels = await blank.evaluate(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      context?.drawImage(image, 0, 0);
      const { data, width, height } = context?.getImageData(0, 0, image.width, image.height) ?? { data: [], width: 0, height: 0 };
      return { data: Array.from(data), width, height };
    }, png);
    await blank.close();
    return pixels;
  });
  return jsQR(Uint8ClampedArray.from(data), width, height)?.data;
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`the address is shared by a code that can be read, ${colorScheme}`, async (t) => {
    const { server, writer, address } = await writerOf(t, "by code", { colorScheme });
    const { page } = writer;
    await page.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Share this page" });
    const code = dialog.getByRole("img", { name: "The page's address as a QR code" });
    await code.waitFor();
    assert.equal(await read(code), server.url + address);
    assert.equal(await dialog.getByLabel("Address of this page").inputValue(), server.url + address);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // The focus is back where it was.
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Share");
  });
}

test("on a small screen, too, the only one who has a page reads what closing does", async (t) => {
  const small = { viewport: { width: 360, height: 740 } };
  const server = await Server.start(t);
  const browser = await launch(t);
  const writer = await Visitor.arrive(t, browser, server, "/", small);
  const address = await writer.share("only here");
  await writer.reads("Only you have this page so far");
  await writer.reads("Close this tab and it is gone.");
  const reader = await Visitor.arrive(t, browser, server, address, small);
  await reader.reads("2 copies");
  await reader.reads("Verified ✓");
  await writer.reads("2 copies");
  assert.equal(await writer.page.locator("header").getByText("Close this tab").isVisible(), false);
  await writer.leave();
  await reader.reads("Close this tab and it is gone.");
});

test("what the device can share with is offered, and given the address", async (t) => {
  const { server, writer, address } = await writerOf(t, "natively", {
    before: (page) => page.addInitScript(() => {
      Object.assign(Navigator.prototype, { share: (data: unknown) => { Object.assign(window, { shared: data }); return Promise.resolve(); } });
    }),
  });
  await writer.page.getByRole("button", { name: "Share", exact: true }).click();
  await click(writer.page.getByRole("button", { name: "Send it…" }));
  assert.deepEqual(await writer.page.evaluate(() => (window as unknown as { shared: unknown }).shared), { url: server.url + address });
});

for (const [kind, content, ending] of [["text", "Hello 😀\r\nand \u{feff}more", "txt"], ["markup", "<h1>Hello 😀</h1>\n", "html"]] as const) {
  test(`a page of ${kind} is saved byte for byte: its digest is its address`, async (t) => {
    const { writer, address } = await writerOf(t, content);
    await writer.sees("Hello 😀");
    const saving = writer.page.waitForEvent("download");
    await openDetails(writer.page);
    // What kind of page it is, is known a moment after it is seen.
    if (kind === "markup") await writer.page.getByRole("button", { name: "Show its source" }).waitFor();
    await writer.page.getByRole("button", { name: "Save this page" }).click();
    const download = await saving;
    const digest = createHash("sha256").update(await bytesOf(download)).digest("hex");
    assert.equal(`/${digest}`, address);
    assert.equal(download.suggestedFilename(), `ephemeral-${digest.slice(0, 12)}.${ending}`);
  });
}

test("the source is shown as text, and the page again", async (t) => {
  const { writer } = await writerOf(t, "<h1>Title</h1><p>words</p>");
  await writer.stage.getByRole("heading", { name: "Title" }).waitFor();
  await act(writer, "Show its source");
  await writer.sees("<h1>Title</h1><p>words</p>");
  assert.equal(await writer.stage.getByRole("heading").count(), 0);
  await act(writer, "Show the page");
  await writer.stage.getByRole("heading", { name: "Title" }).waitFor();
});

test("a copy is edited, and the page lives on", async (t) => {
  const { writer, browser, server, address } = await writerOf(t, "the first version");
  await act(writer, "Edit a copy");
  const field = writer.page.getByLabel("Your page");
  await field.waitFor();
  assert.equal(await field.inputValue(), "the first version");
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees("the first version");
});

test("who stops sharing keeps nobody's page alive, and can share it again", async (t) => {
  const { writer, browser, server, address } = await writerOf(t, "mine again");
  await act(writer, "Stop sharing");
  await writer.reads("You no longer share this page");
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.reads("Nobody has this page right now");
  await act(writer, "Share it again");
  await reader.sees("mine again");
  await reader.reads("2 copies");
});

test("the picture says in words what it shows, and visitors are told what they have done", async (t) => {
  const { writer, browser, server, address } = await writerOf(t, "alive");
  const { page } = writer;
  await page.getByRole("img", { name: "Only you have it", exact: true }).waitFor();
  // It is said for a few seconds only.
  const thanked = page.getByText("You passed this on to one person.").first().waitFor();
  const [reader] = await Promise.all([Visitor.arrive(t, browser, server, address), thanked]);
  await reader.sees("alive");
  await page.getByRole("img", { name: "2 have it, you among them", exact: true }).waitFor();
  assert.equal(await page.locator(".bar .dot").count(), 2);
  await page.getByText(/^alive for \d+ (second|minute)s? · at most 2 at once · handed on once$/).first().waitFor();

  await openDetails(page);
  const sheet = page.getByRole("dialog", { name: "Your page is alive" });
  await sheet.getByText("What happened").click();
  await sheet.getByText("Passed on to one visitor.").waitFor();
  await reader.leave();
  await page.getByRole("dialog", { name: "You are the only one keeping this page alive" }).waitFor();
});

test("for those who want no motion, nothing moves", async (t) => {
  const { writer, browser, server, address } = await writerOf(t, "calm", { reducedMotion: "reduce" });
  const reader = await Visitor.arrive(t, browser, server, address, { reducedMotion: "reduce" });
  await reader.sees("calm");
  await writer.reads("2 copies");
  for (const { page } of [writer, reader]) {
    assert.equal(await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length), 0);
  }
});

test("files are listed by their names as text, and saved as what they are", async (t) => {
  const name = '"><img src=x onerror=alert(1)>.html';
  const files = [
    { name: "notes.txt", type: "text/plain", base64: Buffer.from("the notes").toString("base64") },
    { name, type: "text/html", base64: Buffer.from("<script>alert(1)</script>").toString("base64") },
  ];
  const { writer, browser, server, address } = await writerOf(t, pack({ kind: "text", text: "with files", files }));
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees("with files");

  // From the page itself.
  let saving = reader.page.waitForEvent("download");
  await click(reader.stage.getByRole("link", { name: "notes.txt" }));
  let download = await saving;
  assert.deepEqual([download.suggestedFilename(), (await bytesOf(download)).toString()], ["notes.txt", "the notes"]);

  // From the list.
  await reader.page.getByRole("button", { name: "2 files" }).click();
  const list = reader.page.getByRole("dialog").getByRole("listitem");
  await list.getByText(name, { exact: true }).waitFor();
  saving = reader.page.waitForEvent("download");
  await list.nth(1).getByRole("button").click();
  download = await saving;
  assert.equal((await bytesOf(download)).toString(), "<script>alert(1)</script>");
  assert.doesNotMatch(download.suggestedFilename(), /[<>"]/);
  assert.equal(await reader.page.locator("img").count(), 0);
  await writer.reads("2 copies");
});

test("what a screen reader says of a page is heard once, and not too often", async (t) => {
  const { writer } = await writerOf(t, "spoken");
  const region = writer.page.getByRole("status");
  await region.getByText(/^Only you have this page so far\./).waitFor();
  assert.equal(await region.getAttribute("aria-live"), "polite");
  assert.equal(await writer.page.locator("[aria-live] .life, .life [aria-live]").count(), 0, "the life-line ticks aloud");
});
