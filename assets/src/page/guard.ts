// The last one who has a page is asked before closing it, and nobody else is.

import type { PageState } from "./state";

/** Whether the page is lost if this tab is closed. */
export function wouldBeLost({ phase, holders, mine }: PageState): boolean {
  if (phase === "alone") return true;
  // Until the server has counted, what was written here is nowhere else.
  return phase === "kept" && (holders === 1 || (holders === 0 && mine));
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
  // Browsers before 2023 go by this. What it says is up to them.
  (event as { returnValue: unknown }).returnValue = true;
}

/** Asks before this tab is closed, from now on or no longer. It costs a browser its cache of tabs, so it is never there in vain. */
export function guard(needed: boolean): void {
  if (needed) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
}
