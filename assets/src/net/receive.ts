// Receiving a page: join want:<address>, and believe what comes only when its
// digest is the address (PROTOCOL.md §10.3).

import type { Channel } from "phoenix";
import { belongsTo } from "../page/digest";
import type { Progress } from "../page/state";
import type { Line } from "./connection";
import { Incoming } from "./parts";
import { bytesIn, contentIn, limitIn, optIn, reasonIn, standingIn, type Standing, totalIn, whenClosed } from "./wire";

/** How often a visitor of a server like the original asks again, in milliseconds. */
const askEvery = 2000;

/** How long such a server's silence is taken for "not yet" and not for "nobody". */
const patience = 3500;

export interface ReceiveListener {
  /** The server was asked. What comes of that is not known yet. */
  asked(): void;
  /** The connection is gone, and whatever was known with it. */
  interrupted(): void;
  /** How the page stands, and so whether it can be expected. */
  standing(standing: Standing, limit: number): void;
  /** So much of it has come, to the server or to this tab. */
  progress(progress: Progress): void;
  /** All of it has come and is being checked. */
  checking(): void;
  /** What has come is not the page. Another copy is asked for. */
  wrong(): void;
  /** The page: its digest is its address. It is the last thing told. */
  received(content: string): void;
  /** The server does not let this tab ask; the reason is its own word. */
  refused(reason: string): void;
}

export class Receive {
  readonly #line: Line;
  readonly #address: string;
  readonly #listener: ReceiveListener;
  #channel: Channel;
  #incoming = new Incoming(0);
  /** The server's limit of a page, in bytes; undefined of a server like the original. */
  #limit: number | undefined;
  #asking: ReturnType<typeof setInterval> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #done = false;

  constructor(line: Line, address: string, listener: ReceiveListener) {
    this.#line = line;
    this.#address = address;
    this.#listener = listener;
    this.#channel = this.#join();
  }

  /** Gives up. Nothing is told any more. */
  stop(): void {
    this.#done = true;
    this.#rest();
    this.#channel.leave();
  }

  #join(): Channel {
    const channel = this.#line.channel(`want:${this.#address}`, optIn);
    channel.on("content", (payload: unknown) => { void this.#check(payload); });
    channel.on("part", (payload: unknown) => { this.#collect(payload); });
    channel.on("progress", (payload: unknown) => {
      const bytes = bytesIn(payload);
      const of = totalIn(payload);
      if (bytes !== undefined && of !== undefined && !this.#done) this.#listener.progress({ bytes, of, leg: "up" });
    });
    channel.on("state", (payload: unknown) => {
      const standing = standingIn(payload);
      if (standing && !this.#done) this.#listener.standing(standing, this.#limit ?? 0);
    });
    channel.onError(() => {
      this.#rest();
      if (!this.#done) this.#listener.interrupted();
    });
    whenClosed(channel, () => { if (!this.#done) this.#channel = this.#join(); });
    channel
      .join()
      .receive("ok", (response: unknown) => { this.#begin(response); })
      .receive("error", (response: unknown) => { this.#listener.refused(reasonIn(response)); });
    return channel;
  }

  /** Runs at each join, so also when the connection is back. */
  #begin(response: unknown): void {
    this.#rest();
    this.#listener.asked();
    this.#limit = limitIn(response);
    this.#incoming = new Incoming(this.#limit ?? 0);
    const standing = standingIn(response);
    if (standing) {
      // The join was the request, and the server will say how it goes.
      this.#listener.standing(standing, this.#limit ?? 0);
      return;
    }
    const ask = () => this.#channel.push("content_request", { hash: this.#address });
    ask();
    this.#asking = setInterval(ask, askEvery);
    this.#patience = setTimeout(() => {
      this.#listener.standing({ holders: 0, waiting: 0, tooLarge: 0, life: undefined }, 0);
    }, patience);
  }

  #rest(): void {
    clearInterval(this.#asking);
    clearTimeout(this.#patience);
    this.#incoming.clear();
  }

  #collect(payload: unknown): void {
    const progress = this.#incoming.add(payload);
    if (!progress || this.#done) return;
    this.#channel.push("got", { bytes: progress.bytes });
    this.#listener.progress({ ...progress, leg: "down" });
    const content = this.#incoming.take();
    if (content) void this.#check(content);
  }

  async #check(payload: unknown): Promise<void> {
    const content = contentIn(payload);
    if (content === undefined || this.#isDone()) return;
    clearTimeout(this.#patience);
    this.#listener.checking();
    // What cannot be checked, for want of a script, is not believed.
    const right = await belongsTo(this.#address, content).catch(() => false);
    // Meanwhile it may have been stopped, or another copy may have been first.
    if (this.#isDone()) return;
    if (right) {
      this.stop();
      this.#listener.received(content);
    } else {
      this.#listener.wrong();
      this.#askAnew();
    }
  }

  /** For a server that answers a join, that was the answer: only another join brings another. */
  #askAnew(): void {
    if (this.#limit === undefined) return;
    this.#rest();
    this.#channel.leave();
    this.#patience = setTimeout(() => { this.#channel = this.#join(); }, askEvery);
  }

  #isDone(): boolean {
    return this.#done;
  }
}
