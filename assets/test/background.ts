// A tab in the background. Playwright makes every tab believe that it is looked
// at, and such a tab is never frozen: this one is driven by DevTools alone.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";

interface Answer {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

export class Background {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #calls = 0;
  #target = "";
  #session: string | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      const answer = JSON.parse(data.toString()) as Answer;
      if (answer.id !== undefined) this.#answers.get(answer.id)?.(answer);
    });
  }

  /** Opens an address in a browser of its own, until the test is over. */
  static async open(t: Pick<TestContext, "after">, url: string): Promise<Background> {
    const profile = await mkdtemp(path.join(tmpdir(), "ephemeral-"));
    const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const flags = [...sandbox, "--headless=new", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${profile}`, url];
    const child = spawn(process.env["CHROMIUM"] ?? "/usr/bin/chromium", flags, { stdio: ["ignore", "ignore", "pipe"] });
    const gone = once(child, "exit");
    t.after(async () => {
      child.kill();
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    });
    for await (const line of createInterface(child.stderr)) {
      const address = /ws:\/\/\S+/.exec(line)?.[0];
      if (address === undefined) continue;
      // What else it has to say must not wait for a reader.
      child.stderr.resume();
      const socket = new WebSocket(address);
      await once(socket, "open");
      const tab = new Background(socket);
      await tab.#attach(url);
      return tab;
    }
    throw new Error("Chromium ended without saying where its DevTools are");
  }

  /** Waits until the application says this. */
  async reads(text: string): Promise<void> {
    const expression = `document.querySelector("header")?.innerText.includes(${JSON.stringify(text)}) === true`;
    await this.#until(text, async () => (await this.#evaluate(expression)) === true);
  }

  /** Puts another tab before it. */
  async hide(): Promise<void> {
    await this.#call("Target.createTarget", { url: "about:blank" });
    await this.#until("it is out of sight", async () => (await this.#evaluate("document.visibilityState")) === "hidden");
  }

  /** Stops everything in the tab, as browsers do with those that are out of sight for long. */
  async freeze(): Promise<void> {
    await this.#evaluate('document.addEventListener("freeze", () => { globalThis.frozen = true })');
    await this.#call("Page.setWebLifecycleState", { state: "frozen" });
    await this.#until("it is frozen", async () => (await this.#evaluate("globalThis.frozen")) === true);
  }

  async thaw(): Promise<void> {
    await this.#call("Page.setWebLifecycleState", { state: "active" });
  }

  async #attach(url: string): Promise<void> {
    await this.#until("the tab is there", async () => {
      const { targetInfos } = (await this.#call("Target.getTargets", {})) as { targetInfos: { targetId: string; url: string }[] };
      this.#target = targetInfos.find((target) => target.url === url)?.targetId ?? "";
      return this.#target !== "";
    });
    const { sessionId } = await this.#call("Target.attachToTarget", { targetId: this.#target, flatten: true });
    this.#session = sessionId as string;
  }

  async #evaluate(expression: string): Promise<unknown> {
    const { result } = (await this.#call("Runtime.evaluate", { expression, returnByValue: true })) as { result: { value: unknown } };
    return result.value;
  }

  async #call(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++this.#calls;
    const answered = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    const session = method.startsWith("Target.") ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    const { result, error } = await answered;
    this.#answers.delete(id);
    if (!result) throw new Error(`${method}: ${error?.message ?? "no result"}`);
    return result;
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await condition())) {
      assert.ok(Date.now() < deadline, what);
      await pause(50);
    }
  }
}
