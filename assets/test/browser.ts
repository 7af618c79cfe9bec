// Drives Chromium for the tests. A visitor is a browser context of its own, and
// whatever goes wrong in it fails the test: an error, a word on the console, a
// violated policy, a request to anybody but the server.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type FrameLocator, type Locator, type Page, type Request } from "playwright-core";
import { over, type Server } from "./server";

/** Started without these, Chromium talks to its maker's hosts in the background. */
const quiet = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

/** Starts the Chromium that the environment variable CHROMIUM names, until the test is over. */
export async function launch(t: Pick<TestContext, "after">, ...flags: string[]): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  const args = [...quiet, ...flags];
  // Chromium's own sandbox does not run as root.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  const browser = await chromium.launch({ executablePath, args, timeout: 120_000 });
  t.after(() => browser.close());
  return browser;
}

export interface VisitorOptions extends BrowserContextOptions {
  /** Reports on the console that are part of the test. */
  expected?: RegExp;
  /** What is to be done to the tab before it goes anywhere. */
  before?: (page: Page) => Promise<unknown>;
  /**
   * Whether the browser asks the last one who has a page before it leaves. Where it
   * does, a test must answer, and on a busy machine Chromium may have taken the
   * question back by then ("No dialog is showing"): it stays where it is.
   */
  asked?: boolean;
}

/** Someone with a browser of their own, at the server's front page or at the address given. */
export class Visitor {
  readonly page: Page;
  readonly #problems: string[] = [];
  readonly #expected: RegExp | undefined;
  readonly #test: object;

  private constructor(test: object, page: Page, expected: RegExp | undefined) {
    this.#test = test;
    this.page = page;
    this.#expected = expected;
  }

  static async arrive(
    t: Pick<TestContext, "after">,
    browser: Browser,
    server: Pick<Server, "url">,
    address = "/",
    { expected, before, asked = false, ...options }: VisitorOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(60_000);
    if (!asked) {
      await context.addInitScript(() => {
        addEventListener("beforeunload", (event) => { event.stopImmediatePropagation(); }, { capture: true });
      });
    }
    const visitor = new Visitor(t, await context.newPage(), expected);
    await visitor.#watch(server.url);
    t.after(() => { assert.deepEqual(visitor.#problems, []); });
    await before?.(visitor.page);
    await visitor.page.goto(new URL(address, server.url).href);
    return visitor;
  }

  async #watch(site: string): Promise<void> {
    const { page } = this;
    page.on("pageerror", (error) => { this.#note(`error: ${error.message}`); });
    page.on("console", (message) => { this.#note(`console ${message.type()}: ${message.text()}`); });
    const note = (request: Request) => {
      const url = request.url();
      if (!url.startsWith(`${site}/`) && !/^(data|blob):/.test(url)) this.#note(`request: ${url}`);
    };
    page.on("requestfinished", note);
    page.on("requestfailed", (request) => {
      // Those that the policy stopped never left.
      if (request.failure()?.errorText !== "csp") note(request);
    });
    await page.exposeFunction("noteViolation", (what: string) => { this.#note(`violation: ${what}`); });
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        const where = parent === window ? "application" : "frame";
        const { noteViolation } = window as unknown as { noteViolation: (what: string) => void };
        noteViolation(`${where}: ${event.effectiveDirective} ${event.blockedURI}`);
      });
    });
  }

  #note(problem: string): void {
    if (this.#expected?.test(problem) !== true && !over.has(this.#test)) this.#problems.push(problem);
  }

  /** Writes a page and shares it; returns its address's path. */
  async share(content: string): Promise<string> {
    await this.page.getByLabel("Your page").fill(content);
    await this.page.getByRole("button", { name: "Share this page" }).click();
    await this.page.waitForURL(/\/[0-9a-f]{64}$/);
    return new URL(this.page.url()).pathname;
  }

  /** The frame in which the page is shown. */
  get stage(): FrameLocator {
    return this.page.frameLocator("iframe.stage");
  }

  /** Waits until the page that is shown says this somewhere. */
  async sees(text: string): Promise<void> {
    await this.stage.getByText(text).first().waitFor();
  }

  /** Waits until the page that is shown has so many characters: a long one is counted before it is seen. */
  async shows(length: number): Promise<void> {
    await this.stage.locator("body").evaluate(async (_, wanted) => {
      while (document.body.textContent.length !== wanted) await new Promise(requestAnimationFrame);
    }, length);
  }

  /** Waits until the application says this, in its state or its numbers. */
  async reads(text: string): Promise<void> {
    await this.page.locator("header").getByText(text, { exact: true }).waitFor();
  }

  /** Closes the browser, tab and all. */
  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

/** Opens what else there is to see and to do of a page. */
export async function openDetails(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Details and actions" }).click();
  await page.getByRole("dialog").waitFor();
  await drawn(page);
}

/** Clicks what has just come to lie over the page's frame, or come to light in it. */
export async function click(target: Locator): Promise<void> {
  await drawn(target.page());
  await target.click();
}

/**
 * Waits until what there is, is on the screen. Chromium asks the picture there
 * whom a click hits: as long as that is the one from before, it may be the page's
 * frame, or the application in the place of the frame.
 */
export async function drawn(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.captureScreenshot");
  await session.detach();
}
