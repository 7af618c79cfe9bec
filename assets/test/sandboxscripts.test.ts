// A page's own scripts, run because the visitor said so, have the page to
// themselves and nothing beyond it (PRODUCT.md §3).

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Frame } from "playwright-core";
import { click, drawn, launch, openDetails, Visitor } from "./browser";
import { host } from "./hostile";
import { Server } from "./server";

/** A hostile page makes the browser talk. What counts is told by the hosts that it tries to reach. */
const expected = /^console |^violation: (frame: |application: frame-src )|^request: /;

/** Shares the page and runs its scripts. */
async function running(t: TestContext, content: string) {
  const server = await Server.start(t);
  const browser = await launch(t);
  const visitor = await Visitor.arrive(t, browser, server, "/", { expected });
  const address = await visitor.share(content);
  const frame = await run(visitor);
  return { server, browser, visitor, address, frame };
}

async function run({ page }: Visitor): Promise<Frame> {
  await openDetails(page);
  await page.getByRole("button", { name: "Run its scripts…" }).click();
  const question = page.getByRole("dialog", { name: "Run this page's scripts?" });
  await question.getByText(/learn your IP address/).waitFor();
  await click(question.getByRole("button", { name: "Run them" }));
  await page.getByText("Its scripts are running.").waitFor();
  await page.frameLocator("iframe.stage").locator("#end").waitFor();
  const element = await page.locator("iframe.stage").elementHandle();
  const frame = await element.contentFrame();
  assert.ok(frame);
  return frame;
}

/** What is shown when all of a page is. */
const end = "<p id=end>The end.</p>";

test("scripts of every kind run, in their order, and the page is built as they would have it", async (t) => {
  const { frame } = await running(
    t,
    `<!doctype html><html lang=fr><head><title>x</title><style>body { color: rgb(1, 2, 3) }</style>
     <script>window.order = ["inline"]; document.write("<b id=written>written</b>")</script>
     <script src="data:text/javascript,order.push('data')"></script></head>
     <body onload="order.push('load')"><script>order.push(eval("'eval'")); order.push(new Function("return 'function'")())</script>
     <script>const blob = document.createElement("script"); blob.src = URL.createObjectURL(new Blob(["order.push('blob')"]));
       document.body.append(blob)</script>
     <script type=module>order.push("module")</script>
     <script>addEventListener("DOMContentLoaded", () => order.push("ready"))</script>
     <button id=button onclick="order.push('click')">button</button>${end}`,
  );
  await frame.waitForFunction(() => {
    const { order } = window as unknown as { order: string[] };
    return order.includes("load") && order.includes("blob");
  });
  await click(frame.locator("#button"));
  const found = await frame.evaluate(() => ({
    order: (window as unknown as { order: string[] }).order,
    mode: document.compatMode,
    lang: document.documentElement.lang,
    written: document.getElementById("written")?.textContent,
    color: getComputedStyle(document.body).color,
  }));
  assert.deepEqual(found.order.filter((step) => step !== "blob"), [
    "inline", "data", "eval", "function", "module", "ready", "load", "click",
  ]);
  assert.deepEqual({ ...found, order: [] }, { order: [], mode: "CSS1Compat", lang: "fr", written: "written", color: "rgb(1, 2, 3)" });
});

test("they reach nothing of the application's, and nothing of the browser's", async (t) => {
  const { frame, visitor, server, address } = await running(t, `<script>1</script>${end}`);
  const reach = await frame.evaluate(async () => {
    const tried = async (action: () => unknown): Promise<string> => {
      try {
        return String(await action());
      } catch (error) {
        return (error as Error).name;
      }
    };
    return {
      origin: self.origin,
      parent: await tried(() => parent.document.title),
      address: await tried(() => top?.location.href),
      framed: await tried(() => window.frameElement),
      local: await tried(() => localStorage.length),
      session: await tried(() => sessionStorage.length),
      cookie: await tried(() => document.cookie),
      database: await tried(() => indexedDB.open("x")),
      locks: await tried(() => navigator.locks.query()),
      worker: await tried(() => navigator.serviceWorker.register("/x.js")),
      clipboard: await tried(() => navigator.clipboard.readText()),
      camera: await tried(() => navigator.mediaDevices.getUserMedia({ video: true })),
      fullscreen: await tried(() => document.documentElement.requestFullscreen()),
    };
  });
  const { origin, framed, ...rest } = reach;
  assert.equal(origin, "null");
  assert.equal(framed, "null");
  for (const [what, result] of Object.entries(rest)) assert.match(result, /Error$/, what);
  assert.equal(visitor.page.url(), server.url + address);
});

/** What a script can do to reach a host: each the body of a function. */
const attempts: Record<string, (url: string) => string> = {
  "fetch": (url) => `return fetch("${url}", { mode: "no-cors" })`,
  "fetch that outlives the page": (url) => `return fetch("${url}", { mode: "no-cors", keepalive: true })`,
  "XMLHttpRequest": (url) => `const request = new XMLHttpRequest(); request.open("GET", "${url}"); request.send()`,
  "beacon": (url) => `navigator.sendBeacon("${url}", "x")`,
  "WebSocket": (url) => `new WebSocket("${url.replace("http", "ws")}")`,
  "EventSource": (url) => `new EventSource("${url}")`,
  "image": (url) => `new Image().src = "${url}"`,
  "audio": (url) => `return new Audio("${url}").play()`,
  "import": (url) => `return import("${url}/module.js")`,
  "script": (url) => `document.head.append(Object.assign(document.createElement("script"), { src: "${url}" }))`,
  "style sheet": (url) => `document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "${url}" }))`,
  "prefetch": (url) => `document.head.append(Object.assign(document.createElement("link"), { rel: "prefetch", href: "${url}" }))`,
  "module preload": (url) => `document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: "${url}" }))`,
  "worker": (url) => `new Worker("data:text/javascript,fetch('${url}')")`,
  "worker of a blob": (url) => `new Worker(URL.createObjectURL(new Blob(["fetch('${url}')"])))`,
  "shared worker": (url) => `new SharedWorker("data:text/javascript,fetch('${url}')")`,
  "font": (url) => `return new FontFace("x", "url(${url})").load()`,
  "background": (url) => `document.body.style.backgroundImage = "url(${url})"`,
  "form": (url) => `const form = document.createElement("form"); form.action = "${url}"; document.body.append(form); form.submit()`,
  "popup": (url) => `open("${url}")`,
  "ping": (url) => `Object.assign(document.createElement("a"), { href: "${url}", ping: "${url}", target: "_blank" }).click()`,
  "top": (url) => `top.location = "${url}"`,
  "parent": (url) => `parent.location.replace("${url}")`,
  "refresh": (url) => `document.head.append(Object.assign(document.createElement("meta"), { httpEquiv: "refresh", content: "0;url=${url}" }))`,
  // Chromium blocks these, but connects first and then says nothing: that the
  // visitor's IP address may become known is what the visitor is told before.
  "frame": (url) => `document.body.append(Object.assign(document.createElement("iframe"), { src: "${url}" }))`,
  "object": (url) => `document.body.append(Object.assign(document.createElement("object"), { data: "${url}" }))`,
  "download": () => `Object.assign(document.createElement("a"), { href: "data:text/plain,x", download: "x.exe" }).click()`,
  // The last one, for it ends the page.
  "its own location": (url) => `location = "${url}"`,
};
const connecting = ["frame", "object", "its own location"];

test("no request of theirs leaves, and they go nowhere", async (t) => {
  const tried = await Promise.all(
    Object.entries(attempts).map(async ([name, attempt]) => {
      const outside = await host(t);
      return { name, outside, script: `(async () => { ${attempt(outside.url)} })().catch(() => 0);` };
    }),
  );
  // They are made when the visitor has clicked, for then a page may do most.
  const { visitor, browser, server, address, frame } = await running(
    t,
    `${end}<script>document.getElementById("end").onclick = () => {\n${tried.map(({ script }) => script).join("\n")}\n}</script>`,
  );
  const { page } = visitor;
  let downloads = 0;
  page.on("download", () => { downloads++; });
  await click(frame.locator("#end"));
  // What could still be under way has had its time when a whole page has crossed.
  const other = await Visitor.arrive(t, browser, server, address, { expected });
  await other.sees("The end.");
  for (const { name, outside } of tried) {
    assert.deepEqual(outside.requests, [], name);
    if (!connecting.includes(name)) assert.equal(outside.connections(), 0, name);
  }
  assert.equal(page.url(), server.url + address);
  assert.equal(page.context().pages().length, 1);
  assert.equal(downloads, 0);
  assert.ok(page.frames().every((one) => one.url() === "" || /^(about|chrome-error):/.test(one.url()) || one.url().startsWith(server.url)));
});

test("nobody is asked about a link unless it was the visitor who clicked, only once at a time, and can end it", async (t) => {
  const { visitor } = await running(
    t,
    `<h1>Click here</h1>${end}<script>
      const storm = () => { for (let i = 0; i < 50; i++) parent.postMessage({ type: "follow", href: "https://storm.example/" + i }, "*") };
      setInterval(storm, 100);
      for (let i = 0; i < 50; i++) { alert(i); confirm(i); prompt(i); print() }
      const nested = document.createElement("iframe"); document.body.append(nested);
      const forge = "top.postMessage({ type: 'follow', href: 'https://nested.example' }, '*')";
      addEventListener("click", () => { nested.srcdoc = "<script>" + forge + "</" + "script>" });
    </script>`,
  );
  const { page } = visitor;
  const dialogs = page.locator("dialog.link");
  // Whatever is evaluated as usual counts as the visitor's doing; this does not.
  const devtools = await page.context().newCDPSession(page);
  const alone = (expression: string) => devtools.send("Runtime.evaluate", { expression, awaitPromise: true });
  // The mouse alone: to look for a place in the frame would count, too.
  const top = (await alone('Math.round(document.querySelector("iframe.stage").getBoundingClientRect().top)')).result.value as number;
  const clickThere = async () => {
    await drawn(page);
    await page.mouse.click(300, top + 50);
  };
  await clickThere();
  await dialogs.getByText("storm.example", { exact: true }).waitFor();

  // Any click is the visitor's for some seconds: until that is over, there may be a question.
  await alone(`new Promise((over) => {
    const look = () => { if (navigator.userActivation.isActive) setTimeout(look, 50); else over() };
    look();
  })`);
  await alone('document.querySelectorAll("dialog.link").forEach((dialog) => dialog.close())');
  await alone('new Promise((over) => { let n = 0; addEventListener("message", () => { if (++n === 150) over() }) })');
  assert.equal((await alone('document.querySelectorAll("dialog.link").length')).result.value, 0);

  await clickThere();
  await dialogs.getByText("storm.example", { exact: true }).waitFor();
  assert.equal(await dialogs.count(), 1);
  await click(dialogs.getByRole("button", { name: "Stop its scripts" }));
  await page.getByText("Its scripts are running.").waitFor({ state: "hidden" });
  await visitor.sees("The end.");
  assert.equal(await dialogs.count(), 0);
  assert.equal(page.frames().filter((one) => one.url().endsWith("/frame/scripts")).length, 0);
});

test("a page saves none of its files because of a click elsewhere, and one for a click in it", async (t) => {
  const server = await Server.start(t);
  const visitor = await Visitor.arrive(t, await launch(t), server, "/", { expected });
  const { page } = visitor;
  await page.getByLabel("Your page").fill(
    `<h1>Click here</h1>${end}<input id=field><script>
      field.focus();
      const storm = () => { for (let i = 0; i < 3; i++) parent.postMessage({ type: "file", index: i }, "*") };
      storm();
      setInterval(storm, 100);
    </script>`,
  );
  await page.locator("input[type=file]").setInputFiles(
    ["a.txt", "b.txt", "c.txt"].map((name) => ({ name, mimeType: "text/plain", buffer: Buffer.from(name) })),
  );
  await page.getByText("c.txt").first().waitFor();
  await page.getByRole("button", { name: "Share this page" }).click();
  await page.waitForURL(/\/[0-9a-f]{64}$/);
  let downloads = 0;
  page.on("download", () => { downloads++; });
  await openDetails(page);
  await page.getByRole("button", { name: "Run its scripts…" }).click();
  await page.getByRole("button", { name: "Run them" }).focus();
  const devtools = await page.context().newCDPSession(page);
  const alone = (expression: string) => devtools.send("Runtime.evaluate", { expression, awaitPromise: true });
  const messages = (count: number) => alone(
    `new Promise((over) => { let n = 0; addEventListener("message", () => { if (++n === ${count}) over() }) })`,
  );
  // From here on as above: whatever is evaluated as usual counts as the visitor's doing.
  await page.keyboard.press("Enter");
  await messages(9);
  // It takes the focus a moment after its first words have come, or it never will.
  const focused = await alone(`new Promise((over) => {
    const deadline = Date.now() + 60_000;
    const look = () => {
      const { className } = document.activeElement;
      if (className === "stage" || Date.now() > deadline) over(className); else setTimeout(look, 50);
    };
    look();
  })`);
  assert.equal(focused.result.value, "stage");
  const top = (await alone('document.querySelector("iframe.stage").getBoundingClientRect().top')).result.value as number;
  // Three in each tenth of a second: for seven seconds, longer than any click counts.
  await messages(210);
  assert.equal(downloads, 0);

  const saving = page.waitForEvent("download");
  await drawn(page);
  await page.mouse.click(300, Math.round(top) + 50);
  await saving;
  await messages(210);
  assert.equal(downloads, 1);
});

test("a click in the page counts also soon after one in the application", async (t) => {
  const { visitor, frame } = await running(t, `${end}<a id=link href="https://there.example/">there</a><script>1</script>`);
  await click(frame.locator("#link"));
  await visitor.page.locator("dialog.link").getByText("there.example", { exact: true }).waitFor();
});

test("a page that says it is ready is not sent everything again", async (t) => {
  const { visitor, frame } = await running(
    t,
    `${end}<script>window.heard = 0; addEventListener("message", () => { heard++ });
      for (let i = 0; i < 20; i++) parent.postMessage({ type: "ready" }, "*")</script>`,
  );
  // There and back again: by then the application has heard it, and what it had to say has come.
  await visitor.page.evaluate(() => {
    addEventListener("message", ({ data, source }) => {
      if (data === "over") source?.postMessage("over", { targetOrigin: "*" });
    });
  });
  const heard = await frame.evaluate(() => new Promise<number>((resolve) => {
    addEventListener("message", ({ data }) => {
      if (data === "over") resolve((window as unknown as { heard: number }).heard);
    });
    parent.postMessage("over", "*");
  }));
  assert.equal(heard, 1);
});

test("one click leads back to the safe view, and a reload forgets that scripts ran", async (t) => {
  const { visitor } = await running(t, `<p id=mark>still</p><script>mark.textContent = "moved"</script>${end}`);
  const { page } = visitor;
  await visitor.sees("moved");
  await page.getByRole("button", { name: "Back to the safe view" }).click();
  await visitor.sees("still");
  assert.equal(await page.locator("iframe").count(), 1);

  await run(visitor);
  await visitor.sees("moved");
  await page.reload();
  await visitor.sees("still");

  await run(visitor);
  await page.getByRole("link", { name: "New page" }).click();
  await page.getByLabel("Your page").waitFor();
  await page.goBack();
  await visitor.sees("still");
  await page.getByText("Its scripts are running.").waitFor({ state: "hidden" });
});

test("the safe view is there at once and as it was left, also without a network, and stays", async (t) => {
  const server = await Server.start(t);
  const visitor = await Visitor.arrive(t, await launch(t), server, "/", { expected, before: (page) => page.clock.install() });
  const { page } = visitor;
  await visitor.share(`<details><summary>more</summary><p>unfolded</p></details><script>1</script>${end}`);
  await click(visitor.stage.getByText("more"));
  await visitor.sees("unfolded");
  await run(visitor);
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Back to the safe view" }).click();
  await visitor.sees("unfolded");
  // Asked here as well, it has answered the application before. It is not waited for any more.
  await page.evaluate(() => new Promise<void>((resolve) => {
    addEventListener("message", ({ data }) => { if ((data as { type: unknown }).type === "shown") resolve(); });
    document.querySelector<HTMLIFrameElement>("iframe.stage")?.contentWindow?.postMessage({ type: "ask" }, "*");
  }));
  await page.clock.runFor(10_000);
  await visitor.sees("unfolded");
});

/** Runs the scripts of a page until they loop, and leaves them. */
async function left(t: TestContext): Promise<Visitor> {
  const { visitor } = await running(
    t,
    `<p>still</p>${end}<script>addEventListener("message", () => { parent.postMessage("loops", "*"); setTimeout(() => { for (;;); }) })</script>`,
  );
  await visitor.page.evaluate(() => new Promise<void>((resolve) => {
    addEventListener("message", ({ data }) => { if (data === "loops") resolve(); });
    document.querySelector<HTMLIFrameElement>("iframe.stage")?.contentWindow?.postMessage("loop", "*");
  }));
  await visitor.page.getByRole("button", { name: "Back to the safe view" }).click();
  return visitor;
}

test("a page whose scripts never end can be left", async (t) => {
  const visitor = await left(t);
  const { page } = visitor;
  // Who waits for it has it when it is there.
  await page.locator("iframe.stage").focus();
  await visitor.sees("still");
  assert.equal(await page.evaluate(() => document.activeElement?.className), "stage");
  assert.equal(await page.locator("iframe").count(), 1);
  assert.equal(page.frames().length, 2);
  await run(visitor);
});

test("a page whose scripts never end can be left, and run again at once", async (t) => {
  const visitor = await left(t);
  await run(visitor);
  await visitor.page.getByRole("button", { name: "Back to the safe view" }).click();
  await visitor.sees("still");
});

test("scripts are offered only where there are some", async (t) => {
  const server = await Server.start(t);
  const browser = await launch(t);
  for (const [content, offered] of [
    ["only text <script", false],
    ["<h1>Markup</h1><script type='application/json'>{}</script>", false],
    ["<h1 onclick='x()'>Handlers</h1>", true],
    ["<a href='javascript:x()'>A link</a>", true],
    ["<svg><script>x()</script></svg>", true],
  ] as const) {
    const visitor = await Visitor.arrive(t, browser, server, "/", { expected });
    const { page } = visitor;
    await visitor.share(content);
    await page.frameLocator("iframe.stage").locator("body:not(:empty)").waitFor();
    await openDetails(page);
    await page.getByRole("button", { name: "Save this page" }).waitFor();
    const offer = page.getByRole("button", { name: "Run its scripts…" });
    if (offered) await offer.waitFor();
    assert.equal(await offer.count(), offered ? 1 : 0, content);
  }
});
