// Every state in both themes, on a small screen and on a large one: pictures for
// a person to look at, in screenshots/, and what can be checked without one.

import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

const folder = "screenshots";
const sizes = [{ width: 360, height: 740 }, { width: 1280, height: 800 }];
const themes = ["light", "dark"] as const;

const letter = `Dear stranger,

this page is nowhere. It is not on a server, not in a cloud, not in a drawer. It is open in my tab, and now it is open in yours, and as long as one of us keeps it open, it is somewhere.

When you have read it, leave it open a while. Somebody may come.

— A.`;

const poster = `<style>body { background: #123; color: #fe9; font-family: monospace; text-align: center } h1 { font-size: 12vw }</style>
<h1>TONIGHT</h1><p>A page with colours of its own</p>`;

const markup = `<h1>Bread</h1><p>For one loaf, from memory:</p><ul><li>500 g of flour<li>350 g of water<li>10 g of salt</ul>
<p>Patience. See <a href="https://example.com/bread">my other recipe</a>.</p><pre>mix → wait → fold → wait → bake</pre>`;

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

/** Takes one picture and holds the page to what no picture needs to show. */
async function picture(page: Page, name: string): Promise<void> {
  const { width } = page.viewportSize() ?? { width: 0 };
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels wider than its ${width}`);
  await page.screenshot({ path: `${folder}/${name}.png`, animations: "disabled" });
}

for (const colorScheme of themes) {
  for (const viewport of sizes) {
    test(`every state, ${colorScheme}, ${viewport.width} wide`, async (t) => {
      let server = await Server.start(t, "--max-content", "100kB");
      const browser = await launch(t);
      const options = { colorScheme, viewport, expected: /404|ERR_CONNECTION_REFUSED/ };
      const arrive = (address?: string) => Visitor.arrive(t, browser, server, address, options);
      const take = (visitor: Visitor, state: string) =>
        picture(visitor.page, `${state}-${colorScheme}-${viewport.width}`);

      const writer = await arrive();
      await take(writer, "write");
      await writer.page.getByLabel("Your page").fill(letter);
      await take(writer, "write-filled");
      const address = await writer.share(letter);
      await writer.reads("1 copy");
      await writer.sees("Dear stranger,");
      await take(writer, "alone-mine");

      const reader = await arrive(address);
      await reader.reads("2 copies");
      await reader.sees("Dear stranger,");
      await take(reader, "shared");
      await take(writer, "shared-mine");

      await writer.page.getByRole("link", { name: "New page" }).click();
      await writer.page.getByText("This tab is keeping").waitFor();
      await take(writer, "write-holding");
      await writer.leave();
      await reader.reads("1 copy");
      await take(reader, "alone");

      const baker = await arrive();
      await baker.share(markup);
      await baker.reads("1 copy");
      await baker.sees("Bread");
      await take(baker, "markup");
      await baker.stage.getByText("my other recipe").click();
      await baker.page.getByRole("dialog").waitFor();
      await take(baker, "link");

      const host = await arrive();
      await host.share(poster);
      await host.reads("1 copy");
      await host.sees("TONIGHT");
      await take(host, "poster");

      const heavy = await arrive();
      await heavy.share("All work and no play. ".repeat(5000));
      await heavy.reads("This page is too large to be passed on");
      await heavy.sees("All work and no play.");
      await take(heavy, "too-large");

      const lost = await arrive("/0123");
      await take(lost, "missing");

      const nobody = `/${"0123456789abcdef".repeat(4)}`;
      const early = await arrive(nobody);
      await early.reads("Nobody has this page right now");
      await take(early, "nobody");
      await arrive(nobody);
      await early.reads("1 other is waiting too");
      await take(early, "nobody-waiting");

      await server.stop();
      await reader.reads("No connection");
      await take(reader, "lost-kept");
      await early.reads("No connection");
      await take(early, "lost");
      server = await Server.start(t, "--addr", server.host);
      await reader.reads("1 copy");
    });
  }
}
