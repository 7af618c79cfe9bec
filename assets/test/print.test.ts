// A page on paper: all of it, and where it was, and nothing that one could press.

import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, Visitor } from "./browser";
import { Server } from "./server";

const lines = Array.from({ length: 200 }, (_, i) => `This is line ${i + 1}.`);

test("a page is printed whole, under its address", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server, "/", { colorScheme: "dark" });
  const { page } = visitor;
  await visitor.share(lines.join("\n"));
  await visitor.sees("This is line 200.");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  // The frame is as high as what it shows.
  await page.waitForFunction(() => {
    const stage = document.querySelector(".stage");
    return stage !== null && stage.getBoundingClientRect().height > 200 * 20;
  });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  assert.ok(await page.getByLabel("Address of this page").first().isVisible());
  for (const name of ["Share", "Details and actions", "Copy address"]) {
    assert.equal(await page.getByRole("button", { name, exact: true }).count(), 0, name);
  }
  // So many lines are more than one sheet and less than ten.
  const paper = (await page.pdf({ format: "A4" })).toString("latin1");
  const sheets = paper.match(/\/Type \/Page\b/g)?.length ?? 0;
  assert.ok(sheets > 2 && sheets < 10, `${sheets} sheets`);
});
