// Keeping a page alive: whoever has it joins have:<address> and hands it to
// those who are to have it next (PROTOCOL.md §10.3).

import type { Channel, Socket } from "phoenix";
import { byteLength } from "../page/digest";
import { countIn, limitIn, optIn, reasonIn, standingIn, visitorsIn } from "./wire";

export interface HoldListener {
  /** So many have the page now, this tab included. */
  counted(holders: number): void;
  /** So many wait for it. */
  awaited(waiting: number): void;
  /** The page is over the limit, in bytes of UTF-8, of what this server passes on. */
  tooLarge(limit: number): void;
  /** The page went from this tab to so many others. */
  handedOn(visitors: number): void;
  /** The server does not let this tab hold the page; the reason is its own word. */
  refused(reason: string): void;
}

export class Hold {
  readonly #channel: Channel;

  constructor(socket: Socket, address: string, content: string, listener: HoldListener) {
    const channel = socket.channel(`have:${address}`, optIn);
    this.#channel = channel;
    let binary = false;

    channel.on("visitors_count", (payload: unknown) => {
      const count = countIn(payload);
      if (count !== undefined) listener.counted(count);
    });
    channel.on("state", (payload: unknown) => {
      const standing = standingIn(payload);
      if (standing) listener.awaited(standing.waiting);
    });
    channel.on("served", (payload: unknown) => { listener.handedOn(visitorsIn(payload) ?? 0); });
    channel.on("refused", (payload: unknown) => { listener.tooLarge(limitIn(payload) ?? 0); });
    channel.on("content_request", () => {
      channel.push("content", binary ? new TextEncoder().encode(content).buffer : { content, hash: address });
    });
    channel
      .join()
      .receive("ok", (response: unknown) => {
        const limit = limitIn(response);
        binary = limit !== undefined;
        if (limit !== undefined && byteLength(content) > limit) listener.tooLarge(limit);
        const standing = standingIn(response);
        if (standing) listener.awaited(standing.waiting);
      })
      .receive("error", (response: unknown) => { listener.refused(reasonIn(response)); });
  }

  /** Stops sharing: others can no longer have the page from this tab. */
  stop(): void {
    this.#channel.leave();
  }
}
