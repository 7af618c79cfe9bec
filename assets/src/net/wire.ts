// What the server says on have: and want:, read with care. The original's
// events are in PROTOCOL.md §10.3; what we opt into is in the manual of the Go
// package channels.

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
}

function field(payload: unknown, name: string): unknown {
  return typeof payload === "object" && payload !== null
    ? (payload as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function numberIn(payload: unknown, name: string): number | undefined {
  const value = field(payload, name);
  return typeof value === "number" ? value : undefined;
}

/** How the page stands, by a join's reply or a state event; undefined if the server knows no such thing. */
export function standingIn(payload: unknown): Standing | undefined {
  const holders = numberIn(payload, "holders");
  const waiting = numberIn(payload, "waiting");
  if (holders === undefined || waiting === undefined) return undefined;
  return { holders, waiting, tooLarge: numberIn(payload, "too_large") ?? 0 };
}

/** The largest page that the server passes on, in bytes of UTF-8. */
export function limitIn(payload: unknown): number | undefined {
  return numberIn(payload, "max_content");
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
  if (payload instanceof ArrayBuffer) return decoder.decode(payload);
  const content = field(payload, "content");
  return typeof content === "string" ? content : undefined;
}
