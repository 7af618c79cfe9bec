// Draws the pictures that are files of the project: the icons that are not SVG,
// and what messengers show beside a link to the site. `npm run pictures` does it
// anew; it is no test, and nothing needs it but a new design.

import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { siteTexts } from "../src/site/text";
import { launch } from "./browser";
import { palettePNG } from "./palette";

const endings: (() => unknown)[] = [];
const icon = readFileSync("src/site/icon.svg", "utf8");
const night = "#15120e";

async function draw(page: Page, name: string, width: number, height: number, markup: string, transparent = false): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.setContent(`<style>* { margin: 0; box-sizing: border-box } body { height: 100vh; display: grid; place-items: center }</style>${markup}`);
  const picture = (await page.screenshot({ omitBackground: transparent })).toString("base64");
  const pixels = await page.evaluate(async (source) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${source}`)).blob(), { premultiplyAlpha: "none" });
    const surface = new OffscreenCanvas(image.width, image.height).getContext("2d");
    surface?.drawImage(image, 0, 0);
    const data = surface?.getImageData(0, 0, image.width, image.height).data ?? [];
    // Gradients are drawn with a little noise, which does not compress.
    return Array.from(data, (value) => Math.min(255, 4 * Math.round(value / 4)));
  }, picture);
  writeFileSync(`src/site/${name}.png`, palettePNG({ width, height, data: Uint8Array.from(pixels) }));
}

/** The ember on the ground that systems cut to a shape of theirs: they leave at least the middle four fifths. */
const onGround = `<style>body { background: ${night} } svg { width: 78vw }</style>${icon}`;

/** A few embers, of which one glows: who has a page open. */
function embers(): string {
  const places: [x: number, y: number, size: number, light: number][] = [
    [960, 230, 150, 1], [770, 110, 34, 0.75], [1110, 400, 44, 0.85], [850, 440, 58, 0.9], [720, 300, 24, 0.55],
    [1010, 520, 28, 0.6], [1130, 90, 26, 0.5], [740, 540, 18, 0.4], [640, 130, 14, 0.3], [1150, 560, 16, 0.35],
  ];
  return places.map(([x, y, size, light]) =>
    `<div style="position:absolute;left:${x - size}px;top:${y - size}px;width:${2 * size}px;opacity:${light}">${icon}</div>`).join("");
}

try {
  const browser = await launch({ after: (end: () => unknown) => { endings.push(end); } });
  const page = await browser.newPage();
  await draw(page, "icon32", 32, 32, `<style>svg { width: 100vw }</style>${icon}`, true);
  for (const size of [180, 192, 512]) await draw(page, `icon${size}`, size, size, onGround);
  await draw(page, "preview", 1200, 630, `
    <style>
      body { display: block; position: relative; background: ${night}; color: #ece6da; font-family: Palatino, Georgia, serif; overflow: hidden }
      svg { display: block; width: 100% }
      h1 { position: absolute; left: 90px; top: 150px; font: italic 600 104px/1 Palatino, Georgia, serif; letter-spacing: -0.02em }
      p { position: absolute; left: 94px; top: 300px; width: 560px; font-size: 44px; line-height: 1.3; color: #d8cdb9 }
    </style>${embers()}<h1>ephemeral</h1><p>${siteTexts.en.description}</p>`);
} finally {
  for (const end of endings) await end();
}
