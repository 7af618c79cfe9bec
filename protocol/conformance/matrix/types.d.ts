// What the tests see of a client: the same for all of them.

import type { Journal } from "./journal.mjs";

/** What happened on the WebSocket connections of one client connection. */
export interface Wire {
  opens: Journal<string>;
  /** ours: the client asked for it, the server answered. */
  closes: Journal<{ code: number; ours: boolean }>;
  /** Frames from the server, as they came. */
  received: Journal<string | ArrayBuffer>;
}

export interface Reply {
  /** "ok", "error", whatever else the server says, or "timeout": the client gave up. */
  status: string;
  response: any;
}

export interface Channel {
  /** The client's own word for it: "joined", "closed" and so on. */
  readonly state: string;
  /** The responses of joins that were accepted, the first and later ones. */
  readonly joins: Journal<any>;
  /** What the client says when the channel has gone wrong. */
  readonly errors: Journal<any>;
  /** What the client says when the channel has closed. */
  readonly closes: Journal<any>;
  join(timeoutMs?: number): Promise<Reply>;
  /** Changes what the next joins send. */
  setParams(params: Record<string, unknown>): void;
  push(event: string, payload: unknown, timeoutMs?: number): Promise<Reply>;
  /** The payloads of an event, from now on. */
  on(event: string): Journal<any>;
  leave(): Promise<Reply>;
}

export interface Connection {
  readonly wire: Wire;
  /** What the client says of its connection. */
  readonly opens: Journal<unknown>;
  readonly closes: Journal<{ code: number | undefined; comesBack: boolean }>;
  connect(): void;
  disconnect(): void;
  channel(topic: string, params?: Record<string, unknown>): Channel;
}

export interface Options {
  params?: Record<string, unknown>;
  /** Between heartbeats, in milliseconds. */
  heartbeatMs?: number;
  longPoll?: boolean;
  fallbackMs?: number;
  authToken?: string;
  /** The wait before it connects or joins again: short, if nothing is said. */
  againMs?: number;
}

/** The presence of a topic as the client keeps it. */
export interface PresenceView {
  /** Something changed. */
  readonly changes: Journal<unknown>;
  /** The metas of each key. */
  read(): Record<string, any[]>;
}

export interface Client {
  /** The head of its column. */
  readonly label: string;
  /** The version of the protocol that it asks for. */
  readonly vsn: "1.0.0" | "2.0.0";
  /** It has a long-poll transport. */
  readonly hasLongPoll: boolean;
  /** It has the option longPollFallbackMs. */
  readonly hasFallback: boolean;
  /** It cannot have two channels on a topic. */
  readonly onePerTopic: boolean;
  /** It looks whether its heartbeats are answered. */
  readonly checksHeartbeats: boolean;
  open(url: string, options?: Options): Connection;
  /** To be called before the channel joins. */
  presence(channel: Channel): PresenceView;
  /** Sends what this client calls a broadcast, if it has a form of its own for it. */
  sendBroadcast?(channel: Channel): void;
  /** Lets the client's own code merge a presence state into an empty one. */
  mergePresence(state: Record<string, { metas: object[] }>): Record<string, any>;
}

/** What a test found. Nothing: it works. */
export type Finding = { result: "–" | "no"; note: string } | { result: "yes"; note: string } | void;

export interface Capability {
  /** The head of its row. */
  name: string;
  test(client: Client, lab: import("./server.mjs").Server): Promise<Finding>;
}

/** One cell of the table. */
export interface Cell {
  client: string;
  capability: string;
  result: "yes" | "no" | "–";
  note: string;
}
