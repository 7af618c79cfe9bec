// What is known of a page at one moment. It is all that the views are given.

import type { Link } from "../net/connection";

/**
 * How far a page has come. starting: nothing is known yet; coming: somebody has
 * it; receiving: it is on its way, see progress; nobody: nobody has it; stuck:
 * somebody does, but it is too large for the server; checking: all of it has
 * come; kept: it is here, verified, and passed on from here; alone: it is here
 * but too large to be passed on; stopped: it is here, and the visitor has
 * stopped sharing it; refused: the server wants none of it.
 */
export type Phase =
  | "starting" | "coming" | "receiving" | "nobody" | "stuck" | "checking"
  | "kept" | "alone" | "stopped" | "refused";

/** How much of a page has come so far, in bytes. */
export interface Progress {
  bytes: number;
  of: number;
  /** Where it is under way: from the holder to the server, or from there to this tab. */
  leg: "up" | "down";
}

/** The life of a page, which is known only while it lives. */
export interface Life {
  /** When it came to life, in milliseconds since 1970. */
  since: number;
  /** The most that had it at once. */
  peak: number;
  /** How often it was handed on. */
  passed: number;
}

/** One thing that happened to a page, for its log. */
export interface Happening {
  /** When, in milliseconds since 1970. */
  at: number;
  what:
    | "written" | "restored" | "asked" | "nobody" | "coming" | "received" | "wrong" | "verified" | "holding" | "requested"
    | "handed" | "joined" | "left" | "waiting" | "alone" | "tooLarge" | "lost" | "back" | "stopped" | "resumed" | "refused";
  /**
   * A number that belongs to it: how many then have the page (coming, joined,
   * left), wait for it (waiting), were given it (handed), or a size in bytes
   * (received; tooLarge, where it is the server's limit). Its text is
   * say(`log.${what}`, { n, size }).
   */
  n?: number;
}

export interface PageState {
  /** The connection to the server. */
  link: Link;
  phase: Phase;
  /** The server's own word for a refusal, else "". */
  reason: string;
  /** Written in this tab, not received. */
  mine: boolean;
  /** How many have it, this tab included once it does; 0 also while that is not known. */
  holders: number;
  /** How many wait for it, this tab included while it does; 0 also while that is not known. */
  waiting: number;
  /** To how many this tab has passed it on. */
  handedOn: number;
  /** While it is under way in parts. */
  progress: Progress | undefined;
  /** As far as the server tells; undefined while nobody has the page. */
  life: Life | undefined;
  /** What has happened, the oldest first; at most the last 200 things. */
  log: readonly Happening[];
  /** Whether the page survives a reload of this tab (see keep.ts). */
  survives: boolean;
  /** Where it is too large: its own size and the server's limit, in bytes. */
  size: number;
  limit: number;
}
