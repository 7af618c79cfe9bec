// A tab that is older than the site.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

/** What a browser says on the console about scripts that are gone. */
const expected = /ERR_FAILED|dynamically imported module|^request: /;

/** A visitor with a page, whose site is renewed before the sheet has been opened. */
async function visitor(t: TestContext): Promise<{ page: Page; reload: () => Promise<void> }> {
  const server = await Server.start(t);
  const { page, ...rest } = await arrive(t, server);
  await page.route("**/static/sheet-*.js", (route) => route.abort());
  return { page, ...rest };
}

async function arrive(t: TestContext, server: Server) {
  const writer = await Visitor.arrive(t, await launch(t), server, "/", { expected });
  await writer.share("Older than the site.");
  await writer.reads("1 copy");
  const reload = async () => {
    await writer.page.unroute("**/static/sheet-*.js");
    await writer.page.getByRole("button", { name: "Details and actions" }).click();
    await writer.page.getByRole("dialog").waitFor();
    await writer.sees("Older than the site.");
  };
  return { page: writer.page, reload };
}

test("when a script is gone because the site was renewed, the tab is loaded anew, and its page survives", async (t) => {
  const { page, reload } = await visitor(t);
  await page.route((url) => url.pathname === "/", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/app-\w+\.js/g, "app-NEWER.js") });
  });
  const anew = page.waitForEvent("load");
  await page.getByRole("button", { name: "Details and actions" }).click();
  await anew;
  await reload();
});

test("when a script cannot be fetched and the site is the same, nothing happens", async (t) => {
  const { page, reload } = await visitor(t);
  let loads = 0;
  page.on("load", () => { loads++; });
  const asked = page.waitForResponse((response) => new URL(response.url()).pathname === "/");
  await page.getByRole("button", { name: "Details and actions" }).click();
  await (await asked).finished();
  await reload();
  assert.equal(loads, 0);
});

test("a link's question that cannot be fetched is no error, and one that comes too late is not put", async (t) => {
  const server = await Server.start(t);
  const visitor = await Visitor.arrive(t, await launch(t), server, "/", { expected: /^(?!error: ).*(ERR_FAILED|request: )/ });
  const { page } = visitor;
  await visitor.share('<h1>Links</h1><a href="https://there.example/">there</a>');
  const link = visitor.stage.getByRole("link", { name: "there" });
  const script = "**/static/confirm-*.js";
  await page.route(script, (route) => route.abort());
  const asked = page.waitForResponse((response) => new URL(response.url()).pathname === "/");
  await link.click();
  await (await asked).finished();
  await page.unroute(script);

  // A browser may remember that a script could not be fetched.
  await page.reload();
  await visitor.sees("Links");
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  await page.route(script, async (route) => {
    await released;
    await route.continue();
  });
  const wanted = page.waitForRequest(script);
  await link.click();
  const fetching = await wanted;
  await page.getByRole("link", { name: "New page" }).click();
  await page.getByLabel("Your page").waitFor();
  release();
  await (await fetching.response())?.finished();
  await page.evaluate((url) => import(url), fetching.url());
  assert.equal(await page.locator("dialog.link").count(), 0);
});
