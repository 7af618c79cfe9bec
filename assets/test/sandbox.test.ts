// A stranger's page must not do anything but be looked at (PRODUCT.md §3).

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { click, launch, Visitor } from "./browser";
import { blocked, host } from "./hostile";
import { Server } from "./server";

/** Markup that tries to run a script: each would set escaped in the frame's window. */
function scripts(outside: string): string[] {
  const run = "escaped=1;parent.postMessage({type:'follow',href:'https://forged.example'},'*')";
  return [
    `<script>${run}</script>`,
    `<script type=module>${run}</script>`,
    `<script src="${outside}/script.js"></script>`,
    `<script src="data:text/javascript,${run}"></script>`,
    `<script nonce="{{nonce}}">${run}</script>`,
    `<svg><script>${run}</script></svg>`,
    `<svg onload="${run}"></svg>`,
    `<svg><animate onbegin="${run}" attributeName=x dur=1s /></svg>`,
    `<img src=x onerror="${run}">`,
    `<body onload="${run}" onpageshow="${run}">`,
    `<details open ontoggle="${run}"><summary>x</summary></details>`,
    `<video><source onerror="${run}" src=x></video>`,
    `<input autofocus onfocus="${run}">`,
    `<style onload="${run}"></style>`,
    `<iframe srcdoc="<script>${run}</script>"></iframe>`,
    `<iframe src="javascript:${run}"></iframe>`,
    `<object data="javascript:${run}"></object>`,
    `<embed src="javascript:${run}">`,
    `<math><mtext><mglyph><style><img src onerror="${run}"></style></mglyph></mtext></math>`,
    `<noscript><img title="</noscript><img src=x onerror='${run}'>"></noscript>`,
    `<template shadowrootmode=open><img src=x onerror="${run}"></template>`,
    `<div style="animation:none" onanimationend="${run}"></div>`,
    `<meta http-equiv=refresh content="0;url=javascript:${run}">`,
    `<a id=js href="javascript:${run}">javascript link</a>`,
    `<svg><a id=svgjs xlink:href="javascript:${run}"><text y=20>svg javascript link</text></a></svg>`,
    `<form action="javascript:${run}"><button id=jsform>javascript form</button></form>`,
  ];
}

/** Markup that tries to reach a host. */
function requests(outside: string): string[] {
  return [
    `<img src="${outside}/img">`,
    `<img srcset="${outside}/srcset 1x">`,
    `<picture><source srcset="${outside}/picture"><img></picture>`,
    `<video src="${outside}/video" poster="${outside}/poster" autoplay></video>`,
    `<audio src="${outside}/audio" autoplay></audio>`,
    `<video><track default src="${outside}/track"></video>`,
    `<input type=image src="${outside}/input">`,
    `<body background="${outside}/background">`,
    `<iframe src="${outside}/iframe"></iframe>`,
    `<iframe src="${outside}/lazy" loading=lazy></iframe>`,
    `<object data="${outside}/object"></object>`,
    `<embed src="${outside}/embed">`,
    `<link rel=stylesheet href="${outside}/stylesheet">`,
    `<link rel=preload as=image href="${outside}/preload">`,
    `<link rel=prefetch href="${outside}/prefetch">`,
    `<link rel=preconnect href="${outside}">`,
    `<link rel=dns-prefetch href="${outside}">`,
    `<link rel=prerender href="${outside}/prerender">`,
    `<link rel=icon href="${outside}/icon">`,
    `<link rel=manifest href="${outside}/manifest">`,
    `<meta http-equiv=refresh content="0;url=${outside}/refresh">`,
    `<base href="${outside}/base/"><img src=relative>`,
    `<style>@import "${outside}/import"; @font-face { font-family: x; src: url(${outside}/font) }
      body { background: url(${outside}/css); font-family: x; cursor: url(${outside}/cursor), auto }
      p::before { content: url(${outside}/content) } li { list-style: url(${outside}/list) }</style><p>p<li>li`,
    `<div style="background: image-set(url(${outside}/set) 1x)">styled</div>`,
    `<svg><image href="${outside}/svgimage" width=9 height=9 /><use href="${outside}/use#x" />
      <filter id=f><feImage href="${outside}/feimage" /></filter><rect filter="url(#f)" width=9 height=9 />
      <rect fill="url(${outside}/paint#x)" width=9 height=9 /></svg>`,
    `<script type=speculationrules>{"prefetch":[{"urls":["${outside}/speculation"]}]}</script>`,
    `<fencedframe src="${outside}/fenced"></fencedframe><portal src="${outside}/portal"></portal>`,
    `<form action="${outside}/form" method=post><button id=form>form</button></form>`,
    `<form action="${outside}/form" target=_blank><button id=formblank>form in a new tab</button></form>`,
  ];
}

async function writerOf(t: TestContext, content: string) {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server, "/", { expected: blocked });
  const address = await visitor.share(content);
  await visitor.sees("The end.");
  const frame = visitor.page.frames().find((candidate) => candidate.url() === `${server.url}/frame`);
  assert.ok(frame);
  return { server, browser, visitor, address, frame };
}

test("no script of a page runs, and no request leaves", async (t) => {
  const outside = await host(t);
  const content = [...scripts(outside.url), ...requests(outside.url), "<h1>The end.</h1>"].join("\n");
  const { server, browser, visitor, address, frame } = await writerOf(t, content);
  const { page } = visitor;

  for (const id of ["js", "svgjs", "jsform", "form", "formblank"]) {
    await visitor.stage.locator(`#${id}`).click({ force: true });
  }
  await visitor.stage.locator("#js").click({ modifiers: ["ControlOrMeta"], force: true });
  await visitor.stage.locator("#js").click({ button: "middle", force: true });
  // What could still be under way has had its time when a whole page has crossed.
  const other = await Visitor.arrive(t, browser, server, address, { expected: blocked });
  await other.sees("The end.");

  assert.equal(await frame.evaluate(() => "escaped" in window), false);
  assert.equal(outside.connections(), 0);
  assert.equal(page.url(), server.url + address);
  assert.equal(frame.url(), `${server.url}/frame`);
  assert.equal(page.context().pages().length, 1);
  assert.equal(await page.locator("dialog").count(), 0);
  assert.equal(
    await visitor.stage.locator("script, iframe, object, embed, link, meta, base, portal, fencedframe").count(),
    0,
  );
});

test("the page's own looks are kept: styles, inline pictures, its colours", async (t) => {
  const pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==";
  const { visitor } = await writerOf(
    t,
    `<style>h1 { color: rgb(1, 2, 3) }</style><h1 style="letter-spacing: 5px">The end.</h1><img src="${pixel}">`,
  );
  const looks = await visitor.stage.locator("h1").evaluate((h1) => {
    const { color, letterSpacing } = getComputedStyle(h1);
    return { color, letterSpacing };
  });
  assert.deepEqual(looks, { color: "rgb(1, 2, 3)", letterSpacing: "5px" });
  const width = await visitor.stage.locator("img").evaluate(async (img: HTMLImageElement) => {
    await img.decode();
    return img.naturalWidth;
  });
  assert.equal(width, 1);
});

test("the frame has no origin: no storage, no cookies, no parent to look into", async (t) => {
  const { frame } = await writerOf(t, "The end.");
  const reach = await frame.evaluate(() => {
    const tried = (action: () => unknown) => {
      try {
        return String(action());
      } catch (error) {
        return (error as Error).name;
      }
    };
    return {
      origin: self.origin,
      storage: tried(() => localStorage.length),
      cookie: tried(() => document.cookie),
      parent: tried(() => parent.document.title),
    };
  });
  assert.deepEqual(reach, { origin: "null", storage: "SecurityError", cookie: "SecurityError", parent: "SecurityError" });
});

test("a link is followed by the visitor only: its host is shown, and it learns nothing", async (t) => {
  const outside = await host(t);
  const { visitor, server, address, frame } = await writerOf(
    t,
    `<a id=out href="${outside.url}/there" target=_top>bank.example</a> <a id=in href="#below">down</a>
     <p style="height: 300vh"></p><h2 id=below>Below</h2><p>The end.</p>`,
  );
  const { page } = visitor;
  await click(visitor.stage.locator("#in"));
  await frame.waitForFunction(() => {
    const below = document.getElementById("below");
    return below !== null && below.getBoundingClientRect().top < innerHeight;
  });

  await click(visitor.stage.locator("#out"));
  const dialog = page.getByRole("dialog");
  await dialog.getByText(new URL(outside.url).host, { exact: true }).waitFor();
  assert.equal(outside.connections(), 0);
  await click(dialog.getByRole("button", { name: "Stay here" }));
  await dialog.waitFor({ state: "detached" });
  assert.equal(outside.connections(), 0);

  await click(visitor.stage.locator("#out"));
  const opening = page.context().waitForEvent("page");
  await click(dialog.getByRole("link", { name: "Open it in a new tab" }));
  const opened = await opening;
  await opened.waitForURL(`${outside.url}/there`, { waitUntil: "commit" });
  assert.equal(await opened.evaluate(() => opener === null && document.referrer === ""), true);
  assert.match(outside.requests[0] ?? "", /^GET \/there /);
  assert.doesNotMatch(outside.requests[0] ?? "", /referer/i);
  assert.equal(page.url(), server.url + address);
});

test("the application listens to its frame and to nobody else", async (t) => {
  const { visitor, server } = await writerOf(t, "The end.");
  const { page } = visitor;
  await page.evaluate(async () => {
    // What the application has heard before this listener.
    const heard: unknown[] = [];
    Object.assign(window, { heard });
    addEventListener("message", ({ data }) => { heard.push((data as { type: unknown }).type); });
    window.postMessage({ type: "follow", href: "https://forged.example" }, "*");
    const other = document.createElement("iframe");
    other.src = "/frame";
    const loaded = new Promise((resolve) => { other.addEventListener("load", resolve); });
    document.body.append(other);
    await loaded;
  });
  const forger = page.frameLocator("iframe:not(.stage)").locator("body");
  await forger.evaluate(() => {
    parent.postMessage({ type: "follow", href: "https://forged.example" }, "*");
    parent.postMessage({ type: "ready" }, "*");
    parent.postMessage({ type: "over" }, "*");
  });
  await page.waitForFunction(() => (window as unknown as { heard: unknown[] }).heard.includes("over"));
  // The frame's own word, said after those, is heard.
  await visitor.stage.locator("body").evaluate(() => {
    parent.postMessage({ type: "follow", href: "/honest" }, "*");
  });
  await page.getByRole("dialog").getByText(`${server.url}/honest`).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 1);
  assert.equal(await forger.innerText(), "");
});
