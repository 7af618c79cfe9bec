// Receiving a page: join want:<address>, and believe what comes only when its
// digest is the address (PROTOCOL.md §10.3).

import type { Channel, Socket } from "phoenix";
import { belongsTo } from "../page/digest";
import { contentIn, optIn, reasonIn, standingIn, type Standing } from "./wire";

/** How often a visitor of a server like the original asks again, in milliseconds. */
const askEvery = 2000;

/** How long such a server's silence is taken for "not yet" and not for "nobody". */
const patience = 3500;

export interface ReceiveListener {
  /** The server was asked. What comes of that is not known yet. */
  looking(): void;
  /** How the page stands, and so whether it can be expected. */
  standing(standing: Standing): void;
  /** Something has come and is being checked. */
  checking(): void;
  /** The page: its digest is its address. It is the last thing told. */
  received(content: string): void;
  /** The server does not let this tab ask; the reason is its own word. */
  refused(reason: string): void;
}

export class Receive {
  readonly #channel: Channel;
  readonly #address: string;
  readonly #listener: ReceiveListener;
  #asking: ReturnType<typeof setInterval> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #done = false;

  constructor(socket: Socket, address: string, listener: ReceiveListener) {
    this.#address = address;
    this.#listener = listener;
    this.#channel = socket.channel(`want:${address}`, optIn);
    this.#channel.on("content", (payload: unknown) => { void this.#check(payload); });
    this.#channel.on("state", (payload: unknown) => {
      const standing = standingIn(payload);
      if (standing) listener.standing(standing);
    });
    this.#channel.onError(() => { this.#rest(); });
    this.#channel
      .join()
      .receive("ok", (response: unknown) => { this.#begin(response); })
      .receive("error", (response: unknown) => { listener.refused(reasonIn(response)); });
  }

  /** Gives up. Nothing is told any more. */
  stop(): void {
    this.#done = true;
    this.#rest();
    this.#channel.leave();
  }

  /** Runs at each join, so also when the connection is back. */
  #begin(response: unknown): void {
    this.#rest();
    const standing = standingIn(response);
    if (standing) {
      // The join was the request, and the server will say how it goes.
      this.#listener.standing(standing);
      return;
    }
    this.#listener.looking();
    const ask = () => this.#channel.push("content_request", { hash: this.#address });
    ask();
    this.#asking = setInterval(ask, askEvery);
    this.#patience = setTimeout(() => {
      this.#listener.standing({ holders: 0, waiting: 0, tooLarge: 0 });
    }, patience);
  }

  #rest(): void {
    clearInterval(this.#asking);
    clearTimeout(this.#patience);
  }

  async #check(payload: unknown): Promise<void> {
    const content = contentIn(payload);
    if (content === undefined || this.#isDone()) return;
    this.#listener.checking();
    const right = await belongsTo(this.#address, content);
    // Meanwhile it may have been stopped, or another copy may have been first.
    if (this.#isDone()) return;
    if (right) {
      this.stop();
      this.#listener.received(content);
    } else {
      this.#listener.looking();
    }
  }

  #isDone(): boolean {
    return this.#done;
  }
}
