// Servers under test: the programs of this project.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomInt } from "node:crypto";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../../bin", import.meta.url));

/** A program that serves: see {@link laboratory} and {@link ephemeral}. */
export class Server {
  #program;
  #args;
  #port = 0;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;

  /**
   * @param {string} program
   * @param {string[]} args
   */
  constructor(program, args) {
    this.#program = path.join(bin, program);
    this.#args = args;
  }

  /** host:port. */
  get host() {
    return `127.0.0.1:${this.#port}`;
  }

  /** @param {string} mount */
  url(mount) {
    return `ws://${this.host}${mount}`;
  }

  /** Starts it on a port of its own. */
  async start() {
    // Below the ports that outgoing connections take: it must be free again for restart.
    for (let tries = 0; tries < 20; tries++) {
      this.#port = randomInt(20_000, 30_000);
      if (await this.#run()) return;
    }
    throw new Error(`${this.#program} cannot listen: make build builds it`);
  }

  /**
   * Stops it, as a service manager would unless told otherwise, and waits until it has ended.
   * @param {NodeJS.Signals} [signal]
   */
  async stop(signal = "SIGTERM") {
    const process = this.#process;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, "exit");
    process.kill(signal);
    await gone;
  }

  /** Stops it and starts it again, on the same port. */
  async restart() {
    await this.stop();
    if (!(await this.#run())) throw new Error(`${this.#program} does not start a second time on ${this.host}`);
  }

  /** @returns {Promise<boolean>} whether it serves; if not it has ended */
  async #run() {
    const child = spawn(this.#program, [...this.#args, "--addr", this.host], { stdio: ["ignore", "pipe", "ignore"] });
    this.#process = child;
    const failed = new Promise((resolve) => child.on("error", () => resolve(false)));
    const said = (async () => {
      for await (const line of createInterface(child.stdout)) if (line.includes("http://")) return true;
      return false;
    })();
    return /** @type {Promise<boolean>} */ (Promise.race([said, failed]));
  }
}

/** @returns {Server} the conformance laboratory, where every mount's behaviour is known */
export function laboratory() {
  return new Server("phxlab", []);
}

/**
 * @param {string[]} flags
 * @returns {Server} the application, which serves the clients of 2015 at /ws
 */
export function ephemeral(...flags) {
  return new Server("ephemeral", ["serve", ...flags]);
}
