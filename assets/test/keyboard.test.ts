// Everything can be done without a pointer, and one sees where one is.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

/** What has the focus: its number among all that can have it, and how it looks. */
interface Stop {
  index: number;
  html: string;
  seen: boolean;
}

/** What can have the focus; of radio buttons that is the one that is chosen. */
const reachable = 'a[href], button:not(:disabled), select, textarea, summary, iframe, input:not([type="radio"], [type="file"], :disabled), input[type="radio"]:checked';

/** Goes through everything by Tab, from where the focus is to the end, and back to the beginning. */
async function walk(page: Page, within = "body"): Promise<{ stops: Stop[]; missed: string[] }> {
  const all = await page.evaluate(([scope, selector]) => {
    const found = Array.from(document.querySelector(scope)?.querySelectorAll<HTMLElement>(selector) ?? [])
      .filter((element) => element.checkVisibility({ visibilityProperty: true }));
    Object.assign(window, { found });
    return found.map(({ outerHTML }) => outerHTML.slice(0, 120));
  }, [within, reachable] as const);
  const stops = new Map<number, Stop>();
  for (let i = 0; i < 3 * all.length + 5; i++) {
    await page.keyboard.press(i <= all.length ? "Tab" : "Shift+Tab");
    const stop = await page.evaluate(() => {
      const { found } = window as unknown as { found: HTMLElement[] };
      const element = document.activeElement as HTMLElement;
      // A control that is drawn by its label shows its focus there.
      const places = [element, element.nextElementSibling, element.closest("label"), element.closest(".sheet")];
      const seen = places.some((place) => {
        if (!place) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(place);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      });
      return { index: found.indexOf(element), html: element.outerHTML.slice(0, 120), seen };
    });
    if (stop.index >= 0) stops.set(stop.index, stop);
  }
  return { stops: [...stops.values()], missed: all.filter((_, index) => !stops.has(index)) };
}

function holds({ stops, missed }: { stops: Stop[]; missed: string[] }): void {
  assert.deepEqual(missed, [], "never has the focus");
  assert.deepEqual(stops.filter(({ seen, html }) => !seen && !html.startsWith("<iframe")).map(({ html }) => html), [], "has it, and it cannot be seen");
}

test("one gets everywhere by Tab, and sees where one is", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server);
  const { page } = visitor;
  await page.getByLabel("Your page").fill("Something");
  holds(await walk(page));
  await visitor.share("Something");
  await visitor.sees("Something");
  await visitor.reads("1 copy");
  holds(await walk(page));
  await page.goto(`${server.url}/about`);
  await page.locator("footer.site").waitFor();
  holds(await walk(page));
});

test("a long page is scrolled by keys", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server);
  const { page } = visitor;
  await visitor.share("line\n".repeat(500));
  await visitor.sees("line");
  for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement instanceof HTMLIFrameElement)); i++) {
    await page.keyboard.press("Tab");
  }
  const frame = page.frames().find((one) => one.url().endsWith("/frame"));
  assert.ok(frame);
  // It has the focus before what is in it has it.
  await frame.waitForFunction(() => document.activeElement === document.documentElement);
  await page.keyboard.press("End");
  await frame.waitForFunction(() => scrollY > 1000);
});

test("a dialog keeps the focus, closes by Escape, and gives it back", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server);
  const { page } = visitor;
  await visitor.share('<p>Something</p><a href="https://example.com">elsewhere</a>');
  await visitor.sees("Something");
  await visitor.reads("1 copy");
  for (const name of ["Share", "Details and actions"]) {
    const opener = page.getByRole("button", { name, exact: true });
    await opener.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    assert.ok(await page.evaluate(() => document.querySelector("dialog")?.contains(document.activeElement) === true), name);
    holds(await walk(page, "dialog"));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.ok(await opener.evaluate((element) => element === document.activeElement), `${name} has the focus again`);
  }
});

test("a page is written, shared and stopped without a pointer", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server);
  const { page } = visitor;
  await page.getByLabel("Your page").focus();
  await page.keyboard.type("# By hand");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.locator("input[value=markdown]").isChecked());
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  await visitor.stage.getByRole("heading", { name: "By hand" }).waitFor();
  await visitor.reads("1 copy");
  await page.getByRole("button", { name: "Details and actions" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Stop sharing" }).focus();
  await page.keyboard.press("Enter");
  await visitor.reads("You no longer share this page");
});
