// The two roles of the original front end (PROTOCOL.md §10.5), played in Node by
// the library it came with: phoenix.js 1.3.0, unchanged.

import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import type { Channel, Socket } from "phoenix";
import WebSocket from "ws";
import { originalAddressOf } from "../src/page/digest";
import type { Server } from "./server";

// The library is written for a browser's window.
Object.assign(globalThis, { window: { WebSocket } });
const library = createRequire(import.meta.url)("phoenix-1.3.0") as { Socket: typeof Socket };

/** What the library keeps to itself. */
interface Timers {
  heartbeatTimer: NodeJS.Timeout;
  reconnectTimer: { reset(): void };
  channels: { rejoinTimer: { reset(): void } }[];
}

/** How often the original asks, in milliseconds: it waits as long before it asks at all. */
const askEvery = 2000;

/** One visitor with the original's page open. */
export class Original {
  /** What is shown: its own page, or the one that came. */
  content: string | undefined;
  /** The number beside "visitors". */
  count = 0;
  readonly #socket: Socket;
  readonly #have = new Map<string, Channel>();

  constructor(t: Pick<TestContext, "after">, server: Pick<Server, "host">) {
    this.#socket = new library.Socket(`ws://${server.host}/ws`);
    this.#socket.connect();
    this.#socket.channel("all").join();
    t.after(() => { this.leave(); });
  }

  /** The front page's button: share what was written. Returns its address. */
  async create(content: string): Promise<string> {
    const hash = await originalAddressOf(content);
    this.content = content;
    this.#hold(hash, content);
    return hash;
  }

  /** The page at an address: ask until somebody sends it, then hold it. */
  show(hash: string): void {
    const want = this.#socket.channel(`want:${hash}`);
    let timer: ReturnType<typeof setInterval> | undefined;
    want.on("content", ({ content }: { content: string }) => {
      clearInterval(timer);
      this.content = content;
      want.leave();
      this.#hold(hash, content);
    });
    want.join().receive("ok", () => {
      timer = setInterval(() => want.push("content_request", { hash }), askEvery);
      timer.unref();
    });
  }

  #hold(hash: string, content: string): void {
    if (this.#have.has(hash)) return;
    const have = this.#socket.channel(`have:${hash}`);
    this.#have.set(hash, have);
    have.on("content_request", () => { have.push("content", { content, hash }); });
    have.on("visitors_count", ({ count }: { count: number }) => { this.count = count; });
    have.join();
  }

  /** Closes the tab. */
  leave(): void {
    this.#socket.disconnect();
    // A browser's tab takes its timers along. This library leaves them running.
    const { heartbeatTimer, reconnectTimer, channels } = this.#socket as unknown as Timers;
    clearInterval(heartbeatTimer);
    for (const timer of [reconnectTimer, ...channels.map((channel) => channel.rejoinTimer)]) timer.reset();
  }
}
