// What has happened to a page, for those who like to watch.

import type { Happening } from "./state";

/** How many things are remembered. */
export const longest = 200;

/** The log with one more thing in it, which happens now. */
export function noted(log: readonly Happening[], what: Happening["what"], n?: number): readonly Happening[] {
  const happening: Happening = n === undefined ? { at: Date.now(), what } : { at: Date.now(), what, n };
  return [...log.slice(1 - longest), happening];
}

/** What a change of the number of holders means to one of them; undefined if nothing is to be said. */
export function changeOfHolders(before: number, now: number): Happening["what"] | undefined {
  if (before === 0 || before === now) return undefined;
  if (now > before) return "joined";
  return now === 1 ? "alone" : "left";
}
