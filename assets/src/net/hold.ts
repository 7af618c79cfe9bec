// Keeping a page alive: whoever has it joins have:<address> and hands it to
// those who are to have it next (PROTOCOL.md §10.3).

import type { Channel } from "phoenix";
import type { Line } from "./connection";
import { Outgoing } from "./parts";
import { bytesIn, countIn, limitIn, optIn, partIn, reasonIn, standingIn, type Standing, visitorsIn, whenClosed } from "./wire";

export interface HoldListener {
  /** The server knows that this tab has the page, and will ask for it. Told at each join. */
  holding(): void;
  /** So many have the page now, this tab included. */
  counted(holders: number): void;
  /** How the page stands. */
  standing(standing: Standing): void;
  /** Somebody is to have the page from this tab. */
  requested(): void;
  /** The page went from this tab to so many others. */
  handedOn(visitors: number): void;
  /** The page is over the limit, in bytes of UTF-8, of what this server passes on. */
  tooLarge(limit: number): void;
  /** The server does not let this tab hold the page; the reason is its own word. */
  refused(reason: string): void;
}

export class Hold {
  readonly #line: Line;
  #channel: Channel;
  readonly #address: string;
  readonly #content: string;
  readonly #size: number;
  readonly #listener: HoldListener;
  /** Whether the server takes content as bytes. */
  #bytes = false;
  /** How much of it goes in one part; undefined where it goes whole. */
  #part: number | undefined;
  #outgoing: Outgoing | undefined;
  #stopped = false;

  /** Holds a page of so many bytes. */
  constructor(line: Line, address: string, content: string, size: number, listener: HoldListener) {
    this.#line = line;
    this.#address = address;
    this.#content = content;
    this.#size = size;
    this.#listener = listener;
    this.#channel = this.#join();
  }

  #join(): Channel {
    const listener = this.#listener;
    const channel = this.#line.channel(`have:${this.#address}`, optIn);
    channel.on("visitors_count", (payload: unknown) => {
      const count = countIn(payload);
      if (count !== undefined) listener.counted(count);
    });
    channel.on("state", (payload: unknown) => {
      const standing = standingIn(payload);
      if (standing) listener.standing(standing);
    });
    channel.on("served", (payload: unknown) => { listener.handedOn(visitorsIn(payload) ?? 0); });
    channel.on("refused", (payload: unknown) => {
      this.#outgoing = undefined;
      listener.tooLarge(limitIn(payload) ?? 0);
    });
    channel.on("content_request", () => { this.#answer(); });
    channel.on("got", (payload: unknown) => {
      if (this.#outgoing?.got(bytesIn(payload) ?? 0) === true) this.#outgoing = undefined;
    });
    channel.on("enough", () => { this.#outgoing = undefined; });
    channel.onError(() => { this.#outgoing = undefined; });
    whenClosed(channel, () => {
      this.#outgoing = undefined;
      if (!this.#stopped) this.#channel = this.#join();
    });
    channel
      .join()
      .receive("ok", (response: unknown) => {
        const limit = limitIn(response);
        this.#bytes = limit !== undefined;
        this.#part = partIn(response);
        if (limit !== undefined && this.#size > limit) listener.tooLarge(limit);
        else listener.holding();
        const standing = standingIn(response);
        if (standing) listener.standing(standing);
      })
      .receive("error", (response: unknown) => { listener.refused(reasonIn(response)); });
    return channel;
  }

  /** Stops sharing: others can no longer have the page from this tab. */
  stop(): void {
    this.#stopped = true;
    this.#outgoing = undefined;
    this.#channel.leave();
  }

  /** Hands the page to the server, for whoever waits. */
  #answer(): void {
    // The answer under way is for those, too, who have come since.
    if (this.#outgoing) return;
    this.#listener.requested();
    if (!this.#bytes || !this.#line.carriesBytes) {
      this.#channel.push("content", { content: this.#content, hash: this.#address });
      return;
    }
    const content = new TextEncoder().encode(this.#content);
    if (this.#part === undefined || content.length <= this.#part) {
      this.#channel.push("content", content.buffer);
    } else {
      this.#outgoing = new Outgoing(content, this.#part, (part) => { this.#channel.push("part", part); });
    }
  }
}
