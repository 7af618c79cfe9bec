// Files on the front page: dropped, pasted, chosen, too large, and in what is shared.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { pack, unpack } from "../src/write/envelope";
import { launch, openDetails, Visitor } from "./browser";
import { Server } from "./server";

const pixel = Buffer.from("R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");
const gif = { name: "red.gif", mimeType: "image/gif", buffer: pixel };
const words = { name: 'list "of" <things>.txt', mimeType: "text/plain", buffer: Buffer.from("one\ntwo") };

async function arrive(t: TestContext, ...flags: string[]) {
  const server = await Server.start(t, ...flags);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server);
  await visitor.page.getByLabel("Your page").waitFor();
  return { server, browser, visitor, page: visitor.page };
}

const chooser = (page: Page) => page.locator("input[type=file]");
const names = (page: Page) => page.getByRole("list", { name: "Files of this page" }).locator("bdi").allInnerTexts();
/** Waits until a file of that kind and size is in the list, and has been read. */
const attached = (page: Page, about: string) =>
  page.locator(".attached li:not([aria-busy=true])").getByText(about).waitFor();
const shareButton = (page: Page) => page.getByRole("button", { name: "Share this page" });

async function share(page: Page): Promise<string> {
  await shareButton(page).click();
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  return new URL(page.url()).pathname;
}

/** A photograph as a phone makes it: large, and hard to make smaller without loss. */
function photograph(page: Page, side: number): Promise<Buffer> {
  return page
    .evaluate(async (pixels) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = pixels;
      const context = canvas.getContext("2d");
      const noise = context?.createImageData(pixels, pixels);
      if (!context || !noise) throw new Error("no canvas");
      for (let i = 0; i < noise.data.length; i += 65_536) crypto.getRandomValues(noise.data.subarray(i, i + 65_536));
      for (let i = 3; i < noise.data.length; i += 4) noise.data[i] = 255;
      context.putImageData(noise, 0, 0);
      const blob = await new Promise<Blob | null>((made) => { canvas.toBlob(made, "image/jpeg", 1); });
      const url = await new Promise<string>((read) => {
        const reader = new FileReader();
        reader.onload = () => { read(reader.result as string); };
        reader.readAsDataURL(blob ?? new Blob());
      });
      return url.slice(url.indexOf(",") + 1);
    }, side)
    .then((base64) => Buffer.from(base64, "base64"));
}

test("files are chosen, several at once, put in order, and taken away", async (t) => {
  const { page } = await arrive(t);
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add files" }).click();
  await (await choosing).setFiles([gif, words]);
  await attached(page, "TXT · 7 B");
  assert.ok(await shareButton(page).isEnabled());
  // The same file once more is one more file.
  await chooser(page).setInputFiles(gif);
  await page.getByRole("button", { name: "Remove red.gif" }).nth(1).waitFor();
  assert.deepEqual(await names(page), ["red.gif", 'list "of" <things>.txt', "red.gif"]);

  await page.getByRole("button", { name: 'Move list "of" <things>.txt up' }).click();
  assert.deepEqual(await names(page), ['list "of" <things>.txt', "red.gif", "red.gif"]);
  await page.getByRole("button", { name: "Remove red.gif" }).first().click();
  assert.deepEqual(await names(page), ['list "of" <things>.txt', "red.gif"]);
  // The focus is where one goes on from.
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-label")), "Remove red.gif");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  assert.ok(await shareButton(page).isDisabled());
  assert.equal(await page.getByRole("list", { name: "Files of this page" }).isVisible(), false);
});

test("files that are dropped anywhere on the page go with it", async (t) => {
  const { page } = await arrive(t);
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["one"], "one.txt", { type: "text/plain" }));
    data.items.add(new File(["two"], "two.txt", { type: "text/plain" }));
    return data;
  });
  const view = page.locator(".write");
  const sign = page.getByText("Drop it: it goes with the page");
  assert.equal(await sign.isVisible(), false);
  await page.getByRole("heading", { level: 1 }).dispatchEvent("dragenter", { dataTransfer: dropped });
  assert.equal(await sign.isVisible(), true);
  await view.dispatchEvent("dragleave", { dataTransfer: dropped });
  assert.equal(await sign.isVisible(), false);
  await page.getByRole("heading", { level: 1 }).dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByText("one.txt").waitFor();
  assert.deepEqual(await names(page), ["one.txt", "two.txt"]);
});

test("a folder that is dropped is refused with a word, the file beside it is not", async (t) => {
  const { page } = await arrive(t);
  const place = await mkdtemp(path.join(tmpdir(), "drop-"));
  t.after(() => rm(place, { recursive: true }));
  await mkdir(path.join(place, "holiday"));
  await writeFile(path.join(place, "note.txt"), "a note");
  const devtools = await page.context().newCDPSession(page);
  const files = [path.join(place, "holiday"), path.join(place, "note.txt")];
  const drag = (type: "dragEnter" | "dragOver" | "drop") =>
    devtools.send("Input.dispatchDragEvent", { type, x: 20, y: 300, data: { items: [], files, dragOperationsMask: 1 } });
  await drag("dragEnter");
  await drag("dragOver");
  await page.getByText("Drop it: it goes with the page").waitFor();
  await drag("drop");
  await page.getByRole("status").getByText("holiday is a folder.").waitFor();
  await attached(page, "TXT · 6 B");
  assert.deepEqual(await names(page), ["note.txt"]);
});

test("a picture is pasted; words that have a picture with them are words", async (t) => {
  const { page } = await arrive(t);
  const paste = (withWords: boolean) =>
    page.evaluate(([bytes, text]) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
      if (text !== "") clipboardData.setData("text/plain", text);
      return document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, [[...pixel], withWords ? "words" : ""] as const);
  assert.equal(await paste(true), true);
  assert.equal(await paste(false), false);
  await attached(page, "PNG · 43 B");
  assert.deepEqual(await names(page), ["image.png"]);
});

test("a file is refused by its size before it is read, and so is one that cannot be read", async (t) => {
  const { page } = await arrive(t, "--max-content", "10kB");
  await page.getByLabel("Your page").fill("x");
  await page.getByText("1 B of 10 kB").waitFor();
  await page.evaluate(() => {
    window.FileReader = class extends FileReader {
      override readAsDataURL(blob: Blob): void {
        document.body.dataset["read"] = `${document.body.dataset["read"] ?? ""}${blob.size} `;
        super.readAsDataURL(blob);
      }
    };
  });
  await chooser(page).setInputFiles([
    { name: "film.mov", mimeType: "video/quicktime", buffer: Buffer.alloc(7501) },
    { name: "note.txt", mimeType: "text/plain", buffer: Buffer.alloc(30) },
  ]);
  await page.getByRole("status").getByText("film.mov is too large: it is 7.5 kB").waitFor();
  assert.deepEqual(await names(page), ["note.txt"]);
  assert.equal(await page.evaluate(() => document.body.dataset["read"]), "30 ");

  const place = await mkdtemp(path.join(tmpdir(), "gone-"));
  const gone = path.join(place, "gone.txt");
  await writeFile(gone, "soon gone");
  await page.evaluate(() => {
    const field = document.createElement("input");
    field.type = "file";
    field.className = "probe";
    document.body.append(field);
  });
  await page.locator(".probe").setInputFiles(gone);
  await rm(place, { recursive: true });
  const dropped = await page.locator(".probe").evaluateHandle((field: HTMLInputElement) => {
    const data = new DataTransfer();
    for (const file of field.files ?? []) data.items.add(file);
    return data;
  });
  await page.locator(".write").dispatchEvent("drop", { dataTransfer: dropped });
  await page.getByRole("status").getByText("gone.txt could not be read.").waitFor();
  assert.deepEqual(await names(page), ["note.txt"]);
});

test("a photograph that is too large is made smaller, and then goes with the page", async (t) => {
  const { page, visitor } = await arrive(t, "--max-content", "4MB");
  const photo = await photograph(page, 2600);
  assert.ok(photo.length > 4e6, `${photo.length} bytes`);
  await chooser(page).setInputFiles({ name: "IMG_2231.JPG", mimeType: "image/jpeg", buffer: photo });
  await page.getByRole("status").getByText("more than this server passes on").waitFor();
  assert.ok(await shareButton(page).isDisabled());
  await page.getByRole("button", { name: "Make the picture smaller" }).click();
  await page.getByRole("status").getByText("What the camera noted in it, such as the place, is gone.").waitFor();
  assert.deepEqual(await names(page), ["IMG_2231.webp"]);

  await share(page);
  const picture = visitor.stage.locator("img");
  await picture.waitFor();
  assert.equal(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth), 2000);
});

test("sharing waits for a picture that is being made smaller", async (t) => {
  const { page, visitor } = await arrive(t);
  await chooser(page).setInputFiles({ name: "IMG_2231.JPG", mimeType: "image/jpeg", buffer: await photograph(page, 2100) });
  const smaller = page.getByRole("button", { name: "Make smaller: IMG_2231.JPG" });
  await attached(page, "JPG ·");
  // Both in one moment: nothing has come of the one when the other begins.
  await smaller.evaluate((button: HTMLButtonElement) => {
    button.click();
    button.closest("form")?.requestSubmit();
  });
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  const picture = visitor.stage.locator("img");
  await picture.waitFor();
  assert.equal(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth), 2000);
});

test("a page with files arrives as it was sent", async (t) => {
  const { page, server, browser } = await arrive(t);
  await page.getByLabel("Your page").fill("Look & see:\n  this");
  await chooser(page).setInputFiles([gif, words]);
  await attached(page, "TXT · 7 B");
  const reader = await Visitor.arrive(t, browser, server, await share(page));
  const picture = reader.stage.locator("img");
  await picture.waitFor();
  assert.equal(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth), 1);
  assert.equal(await picture.getAttribute("alt"), "red.gif");
  await reader.sees('list "of" <things>.txt');
  assert.equal(await reader.stage.locator("pre").innerText(), "Look & see:\n  this");
});

test("a copy of a page with files is edited with its source and its files", async (t) => {
  const { page, visitor, server, browser } = await arrive(t);
  await page.locator(".kinds").getByText("Markdown").click();
  await page.getByLabel("Your page").fill("# Title\n\n*more*");
  await chooser(page).setInputFiles([gif, words]);
  await attached(page, "TXT · 7 B");
  const address = await share(page);
  await visitor.sees("Title");
  const reader = await Visitor.arrive(t, browser, server, address);
  await reader.sees("Title");
  const edit = async () => {
    await openDetails(reader.page);
    await reader.page.getByRole("button", { name: "Edit a copy" }).click();
    await attached(reader.page, "TXT · 7 B");
  };
  await edit();
  assert.equal(await reader.page.getByLabel("Your page").inputValue(), "# Title\n\n*more*");
  assert.ok(await reader.page.getByRole("radio", { name: "Markdown" }).isChecked());
  assert.deepEqual(await names(reader.page), ["red.gif", 'list "of" <things>.txt']);
  // Shared as it is, it is the same page.
  assert.equal(await share(reader.page), address);

  // What was being written is not lost to a copy.
  await reader.page.getByRole("link", { name: "ephemeral" }).click();
  await reader.page.getByLabel("Your page").fill("half a letter");
  await reader.page.goBack();
  await edit();
  await reader.page.getByRole("button", { name: "Bring it back" }).click();
  assert.equal(await reader.page.getByLabel("Your page").inputValue(), "half a letter");
  assert.deepEqual(await names(reader.page), []);
});

test("a single file of text can be made the page itself", async (t) => {
  const { page, visitor } = await arrive(t);
  await chooser(page).setInputFiles({ name: "README.md", mimeType: "", buffer: Buffer.from("# Read *me*") });
  await page.getByRole("button", { name: "Make it the page itself" }).click();
  await page.getByRole("radio", { name: "Markdown", checked: true }).waitFor({ state: "attached" }); // once the file is read
  assert.equal(await page.getByLabel("Your page").inputValue(), "# Read *me*");
  assert.ok(await page.getByRole("radio", { name: "Markdown" }).isChecked());
  assert.deepEqual(await names(page), []);
  await share(page);
  await visitor.stage.locator("h1 em").waitFor();
  // Beside other words it is a file.
  await page.getByRole("link", { name: "ephemeral" }).click();
  await page.getByLabel("Your page").fill("words");
  await chooser(page).setInputFiles({ name: "README.md", mimeType: "", buffer: Buffer.from("# Read *me*") });
  await attached(page, "MD · 11 B");
  assert.equal(await page.getByRole("button", { name: "Make it the page itself" }).count(), 0);
});

test("small files outlast a reload, large ones are said to be missing", async (t) => {
  const { page } = await arrive(t);
  await chooser(page).setInputFiles([gif, words]);
  await attached(page, "TXT · 7 B");
  await page.reload();
  await attached(page, "TXT · 7 B");
  assert.deepEqual(await names(page), ["red.gif", 'list "of" <things>.txt']);

  await chooser(page).setInputFiles({ name: "large.bin", mimeType: "", buffer: Buffer.alloc(900_000) });
  await attached(page, "BIN · 900 kB");
  await page.reload();
  const missing = page.getByRole("status").getByText("3 files did not outlast the reload.");
  await missing.waitFor();
  // Once files are added again, that is said no more, in any language.
  await chooser(page).setInputFiles([gif, words]);
  await attached(page, "TXT · 7 B");
  assert.equal(await missing.count(), 0);
  await page.getByLabel("Language").selectOption("de");
  await page.getByLabel("Deine Seite").waitFor();
  assert.equal(await page.getByText("Neuladen").count(), 0);
});

/** Lets no file be read until release says so. */
async function holdReading(page: Page): Promise<() => Promise<void>> {
  await page.addInitScript(() => {
    const held: (() => void)[] = [];
    let holding = true;
    window.FileReader = class extends FileReader {
      override readAsDataURL(blob: Blob): void {
        const read = () => { super.readAsDataURL(blob); };
        if (holding) held.push(read);
        else read();
      }
    };
    Object.assign(window, { release: () => {
      holding = false;
      for (const read of held) read();
    } });
  });
  await page.reload();
  return () => page.evaluate(() => { (window as unknown as { release: () => void }).release(); });
}

test("a file that is being read is shown to be; if the tab is loaded anew then, only that one is missing", async (t) => {
  const { page } = await arrive(t);
  const release = await holdReading(page);
  const busy = page.locator(".attached [aria-busy=true]");
  await chooser(page).setInputFiles(gif);
  await busy.getByText("GIF · 43 B").waitFor();
  assert.notEqual(await busy.locator(".thumb").evaluate((thumb) => getComputedStyle(thumb).animationName), "none");
  await release();
  await attached(page, "GIF · 43 B");
  assert.equal(await busy.count(), 0);
  await page.reload();
  await attached(page, "GIF · 43 B");

  await chooser(page).setInputFiles(words);
  await busy.getByText("TXT · 7 B").waitFor();
  await page.reload();
  await page.getByRole("status").getByText("One file did not outlast the reload.").waitFor();
  await attached(page, "GIF · 43 B");
  assert.deepEqual(await names(page), ["red.gif"]);
});

test("a file that is being read is read once and goes with the page, also if the language changes meanwhile", async (t) => {
  const { page, visitor } = await arrive(t);
  const release = await holdReading(page);
  await chooser(page).setInputFiles(words);
  await page.locator(".attached [aria-busy=true]").waitFor();
  await page.getByLabel("Language").selectOption("de");
  await page.getByRole("list", { name: "Dateien dieser Seite" }).locator("[aria-busy=true]").waitFor();
  await release();
  await attached(page, "TXT · 7 B");
  await page.getByRole("button", { name: "Seite teilen" }).click();
  await visitor.sees('list "of" <things>.txt');
});

test("files are refused with a word if what they need cannot be fetched, and can be added later", async (t) => {
  const server = await Server.start(t);
  const { page } = await Visitor.arrive(t, await launch(t), server, "/", { expected: /Failed to load resource/ });
  await page.getByLabel("Your page").fill("Look:");
  await page.route("**/static/files-*.js", (route) => route.abort());
  await chooser(page).setInputFiles(words);
  await page.getByRole("status").getByText("That needs the server").waitFor();
  assert.equal(await page.getByLabel("Your page").inputValue(), "Look:");
  await page.unroute("**/static/files-*.js");
  await page.reload();
  await chooser(page).setInputFiles(words);
  await attached(page, "TXT · 7 B");
});

test("files are kept when the language is changed, whatever their size", async (t) => {
  const { page } = await arrive(t);
  await chooser(page).setInputFiles({ name: "large.bin", mimeType: "", buffer: Buffer.alloc(2_000_000) });
  await attached(page, "BIN · 2 MB");
  await page.getByLabel("Language").selectOption("de");
  await page.getByRole("button", { name: "large.bin entfernen" }).waitFor();
});

test("whoever has an original client sees the text, the picture and the link, and no source", async (t) => {
  const browser = await launch(t);
  const page = await browser.newPage();
  const parts = {
    kind: "markdown" as const,
    text: "# Title\n\nthe *source*",
    files: [gif, words].map(({ name, mimeType, buffer }) => ({ name, type: mimeType, base64: buffer.toString("base64") })),
  };
  const content = pack(parts, "<h1>Title</h1>\n<p>the <em>source</em></p>");
  // As the original does it (PROTOCOL.md §10.3): what has come becomes the body.
  const put = (text: string) => page.evaluate((html) => { document.body.innerHTML = html; }, text);
  await put(content);
  const loaded = () => page.locator("img").evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return image.naturalWidth;
  });
  assert.equal(await loaded(), 1);
  assert.equal(await page.locator("img").getAttribute("alt"), "red.gif");
  assert.equal((await page.locator("body").innerText()).replace(/\s+/g, " ").trim(), 'Title the source list "of" <things>.txt 7 B');
  const download = page.waitForEvent("download");
  await page.getByRole("link").click();
  const stream = await (await download).createReadStream();
  assert.equal(Buffer.concat(await stream.toArray() as Buffer[]).toString(), "one\ntwo");
  assert.deepEqual(unpack(content), parts);

  // Words are words, with their lines, and these are not wider than the window.
  const text = `<b>one</b>\n  two ${"long ".repeat(200)}`;
  await put(pack({ kind: "text", text, files: [] }));
  assert.equal((await page.locator("body").innerText()).trimEnd(), text.trimEnd());
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});
