// Starts the built server for a test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

// npm runs the tests in assets. EPHEMERAL_BIN names another build of the program.
const program = process.env["EPHEMERAL_BIN"] ?? path.resolve("..", "bin", "ephemeral");

/** The tests that are over: their servers stop, and what their browsers say of that is not their fault. */
export const over = new WeakSet();

export class Server {
  /** Where it is: "http://127.0.0.1:41234". */
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  /** Starts bin/ephemeral, on a free port unless told otherwise, until the test is over. */
  static async start(t: Pick<TestContext, "after">, ...flags: string[]): Promise<Server> {
    const child = spawn(program, ["serve", "--addr", "127.0.0.1:0", "--log-level", "error", ...flags], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface(child.stdout)) {
      const url = /http:\/\/\S+/.exec(line)?.[0];
      if (url === undefined) continue;
      const server = new Server(url, child);
      t.after(() => {
        over.add(t);
        return server.stop();
      });
      return server;
    }
    throw new Error(`${program} ended without saying where it serves: make build builds it`);
  }

  /** host:port. */
  get host(): string {
    return new URL(this.url).host;
  }

  get port(): string {
    return new URL(this.url).port;
  }

  /** Stops it as a service manager would, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await gone;
  }
}
