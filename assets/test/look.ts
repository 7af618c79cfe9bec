// What can be checked of a view without a person who looks at it. Each check
// returns what is wrong, in words.

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

interface Axe {
  run(context: unknown, options: unknown): Promise<{ violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[] }>;
}

/** Holds what is shown now to WCAG 2.2 AA, as far as a program can. A visitor's page in its frame is the visitor's. */
export async function accessible(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    const { violations } = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      iframes: false,
      resultTypes: ["violations"],
    });
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}: ${failureSummary}`));
  });
}

/** Nothing may stick out to the right of the screen. */
export async function fits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const over = document.documentElement.scrollWidth - innerWidth;
    if (over <= 0) return [];
    const widest = Array.from(document.body.querySelectorAll("*")).filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5);
    return [`${over} pixels wider than ${innerWidth}: ${widest.map(({ outerHTML }) => outerHTML.slice(0, 120)).join(" ")}`];
  });
}

/** On a narrow screen, and in letters twice as large, everything is still there, in one column (WCAG 1.4.4, 1.4.10). */
export async function reflows(page: Page): Promise<string[]> {
  await page.setViewportSize({ width: 320, height: 640 });
  const narrow = await fits(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
  const enlarged = await fits(page);
  await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
  return [...narrow, ...enlarged.map((problem) => `in large letters ${problem}`)];
}

/** Nothing moves for those who do not want it to. */
export async function keepsStill(page: Page): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const moving = await page.evaluate(() => document.getAnimations()
    .filter(({ playState }) => playState === "running")
    .map((animation) => `${animation instanceof CSSAnimation ? animation.animationName : "a transition"} of ${
      (animation.effect as KeyframeEffect | null)?.target?.outerHTML.slice(0, 80) ?? "?"}`));
  await page.emulateMedia({ reducedMotion: null });
  return moving.map((what) => `moves: ${what}`);
}

/** What can be pressed is large enough for a finger (WCAG 2.5.8), but for links in a line of text. */
export async function canBePressed(page: Page): Promise<string[]> {
  return page.evaluate(() => Array.from(document.querySelectorAll<HTMLElement>("button, select, summary, input, a, [role=switch]"))
    .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest(".unseen, p"))
    .map((element) => ({ element, box: (element.closest("label") ?? element).getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
    .map(({ element, box }) => `${element.outerHTML.slice(0, 100)}: ${box.width} × ${box.height} is small`));
}
