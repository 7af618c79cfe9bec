// Every state in both themes, on a small screen and on a large one: pictures for
// a person to look at, in screenshots/, and what can be checked without one.

import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { launch } from "./browser";
import { accessible, canBePressed, fits, keepsStill, reflows } from "./look";
import { type Shown, states } from "./states";

const folder = "screenshots";
const small = { width: 360, height: 740 };
const large = { width: 1280, height: 800 };
const themes = ["light", "dark"] as const;

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

/** Takes one picture, and returns what is wrong that no picture needs to show. */
async function picture({ page, name }: Shown, suffix: string, ...checks: ((page: Page) => Promise<string[]>)[]): Promise<string[]> {
  const file = `${name}-${suffix}`;
  await page.screenshot({ path: `${folder}/${file}.png`, animations: "disabled" });
  const problems: string[] = [];
  for (const check of checks) problems.push(...(await check(page)).map((problem) => `${file}: ${problem}`));
  return problems;
}

test("every state, in both themes, on a small screen and on a large one", async (t) => {
  const browser = await launch(t);
  const problems: string[] = [];
  for await (const shown of states({ t, browser, language: "en" })) {
    const { page, name } = shown;
    for (const viewport of [small, large]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        problems.push(...await picture(shown, `${colorScheme}-${viewport.width}`, fits, accessible));
      }
    }
    for (const check of [canBePressed, keepsStill, reflows]) {
      problems.push(...(await check(page)).map((problem) => `${name}: ${problem}`));
    }
    // Colours that a person has chosen for everything.
    await page.emulateMedia({ colorScheme: "dark", forcedColors: "active" });
    await page.screenshot({ path: `${folder}/${name}-forced-1280.png`, animations: "disabled" });
    await page.emulateMedia({ colorScheme: null, forcedColors: null });
  }
  assert.equal(problems.join("\n"), "");
});

test("every state in German, whose words are longer", async (t) => {
  const browser = await launch(t);
  const problems: string[] = [];
  for await (const shown of states({ t, browser, language: "de" })) {
    await shown.page.setViewportSize(small);
    problems.push(...await picture(shown, "de-360", fits, canBePressed));
  }
  assert.equal(problems.join("\n"), "");
});

/** All pictures of one kind beside each other, for a person to look at. */
after(async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png"));
  const kinds = [...new Set(names.map((name) => /(light|dark|forced|de)-\d+(?=\.png$)/.exec(name)?.[0] ?? ""))].sort();
  const sheet = (kind: string) => names.filter((name) => name.endsWith(`-${kind}.png`))
    .map((name) => `<figure><img src="${name}" width="${kind.endsWith("360") ? 240 : 480}" loading="lazy"><figcaption>${name}</figcaption></figure>`).join("");
  await writeFile(`${folder}/index.html`, `<!doctype html><meta charset="utf-8"><title>Every state</title>
<style>body { font: 14px sans-serif } figure { display: inline-block; margin: 8px; vertical-align: top } img { display: block; border: 1px solid #999 }</style>
${kinds.map((kind) => `<h1>${kind}</h1>${sheet(kind)}`).join("\n")}`);
});
