// What the server says on have: and want:, read with care. The original's
// events are in PROTOCOL.md §10.3; what we opt into is in the manual of the Go
// package channels.

import type { Channel } from "phoenix";

/** The join payload: we speak version 1 of the extension, and content as bytes. */
export const optIn = { ephemeral: 1, binary: true } as const;

/** How a page stands. */
export interface Standing {
  /** How many can be asked for it. */
  holders: number;
  /** How many wait for it. */
  waiting: number;
  /** How many more have it, but cannot pass it on: it is over the server's limit. */
  tooLarge: number;
  /** The page's life so far; undefined while nobody has it, and where the server does not tell. */
  life: Life | undefined;
}

/** What is known of a page's life while it lives. */
export interface Life {
  /** Seconds since somebody has it without interruption. */
  age: number;
  /** The most that had it at once. */
  peak: number;
  /** How often it was handed on. */
  passed: number;
}

/** How long to wait before a channel is joined again that the server has closed. */
const returnAfter = 2000;

/** Calls back, after a while, when the server has closed a channel: it took the tab's present connection for a former one. */
export function whenClosed(channel: Channel, then: () => void): void {
  channel.on("phx_close", (why: unknown) => {
    // That is how the library says that it was left.
    if (why !== "leave") setTimeout(then, returnAfter);
  });
}

function field(payload: unknown, name: string): unknown {
  return typeof payload === "object" && payload !== null
    ? (payload as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function numberIn(payload: unknown, name: string): number | undefined {
  const value = field(payload, name);
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** How the page stands, by a join's reply or a state event; undefined if the server knows no such thing. */
export function standingIn(payload: unknown): Standing | undefined {
  const holders = numberIn(payload, "holders");
  const waiting = numberIn(payload, "waiting");
  if (holders === undefined || waiting === undefined) return undefined;
  return { holders, waiting, tooLarge: numberIn(payload, "too_large") ?? 0, life: lifeIn(payload) };
}

function lifeIn(payload: unknown): Life | undefined {
  const age = numberIn(payload, "age");
  const peak = numberIn(payload, "peak");
  const passed = numberIn(payload, "passed");
  if (age === undefined || passed === undefined || !peak) return undefined;
  return { age, peak, passed };
}

/** The largest page that the server passes on, in bytes of UTF-8. */
export function limitIn(payload: unknown): number | undefined {
  return numberIn(payload, "max_content");
}

/** How many bytes of a content go in one part, by a join's reply; undefined if it goes whole. */
export function partIn(payload: unknown): number | undefined {
  const part = numberIn(payload, "part");
  return part === 0 ? undefined : part;
}

/** How many bytes of a content have arrived, as far as an acknowledgement or a progress event says. */
export function bytesIn(payload: unknown): number | undefined {
  return numberIn(payload, "bytes");
}

/** How many bytes there are in all, by a progress event. */
export function totalIn(payload: unknown): number | undefined {
  return numberIn(payload, "of");
}

/** The number of visitors_count. */
export function countIn(payload: unknown): number | undefined {
  return numberIn(payload, "count");
}

/** To how many a holder's answer went. */
export function visitorsIn(payload: unknown): number | undefined {
  return numberIn(payload, "visitors");
}

/** The reason of a refused join, "" if it gives none. */
export function reasonIn(response: unknown): string {
  const reason = field(response, "reason");
  return typeof reason === "string" ? reason : "";
}

/** A leading U+FEFF is part of a page's text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The content that has come: bytes, or a text in JSON. */
export function contentIn(payload: unknown): string | undefined {
  if (payload instanceof ArrayBuffer || payload instanceof Uint8Array) return decoder.decode(payload);
  const content = field(payload, "content");
  return typeof content === "string" ? content : undefined;
}
