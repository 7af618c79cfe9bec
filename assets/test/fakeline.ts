// A connection without a server: the test is the server.

import type { Channel } from "phoenix";
import type { Line } from "../src/net/connection";

type Callback = (payload: unknown) => void;

/** One channel, as the code under test joined it. */
export class FakeChannel {
  readonly pushed: { event: string; payload: unknown }[] = [];
  left = false;
  readonly #replies: { status: string; callback: Callback }[] = [];
  readonly #events: { event: string; callback: Callback }[] = [];
  readonly #errors: (() => void)[] = [];

  constructor(
    readonly topic: string,
    readonly params: unknown,
  ) {}

  on(event: string, callback: Callback): void {
    this.#events.push({ event, callback });
  }

  onError(callback: () => void): void {
    this.#errors.push(callback);
  }

  join(): this {
    return this;
  }

  receive(status: string, callback: Callback): this {
    this.#replies.push({ status, callback });
    return this;
  }

  push(event: string, payload: unknown): void {
    this.pushed.push({ event, payload });
  }

  /** The names of the events that were pushed. */
  get events(): string[] {
    return this.pushed.map(({ event }) => event);
  }

  leave(): void {
    this.left = true;
  }

  /** The server answers the join; again, if the connection was lost meanwhile. */
  reply(status: "ok" | "error", response: unknown): void {
    for (const reply of this.#replies) if (reply.status === status) reply.callback(response);
  }

  /** The server sends an event. */
  send(event: string, payload: unknown): void {
    for (const entry of this.#events) if (entry.event === event) entry.callback(payload);
  }

  /** The connection is lost, or the server ends the channel. */
  fail(): void {
    for (const callback of this.#errors) callback();
  }
}

export class FakeLine {
  readonly channels: FakeChannel[] = [];
  carriesBytes = true;

  channel(topic: string, params?: unknown): FakeChannel {
    const channel = new FakeChannel(topic, params);
    this.channels.push(channel);
    return channel;
  }

  /** The channel that was joined last. */
  get last(): FakeChannel {
    const channel = this.channels.at(-1);
    if (!channel) throw new Error("nothing was joined");
    return channel;
  }

  /** As the code under test sees it. */
  get asLine(): Line {
    const channel = (topic: string, params?: unknown) => this.channel(topic, params) as unknown as Channel;
    const carriesBytes = () => this.carriesBytes;
    return { channel, get carriesBytes() { return carriesBytes(); } };
  }
}
