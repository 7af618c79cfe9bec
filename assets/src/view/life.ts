// The life of a page in words: what the picture shows, how long it has lived,
// and what this visitor has done for it.

import type { PageState } from "../page/state";
import { duration, say } from "../words/say";

/** The living picture, for those who do not see it. */
export function pictureText(state: PageState): string {
  const { phase, holders, waiting } = state;
  const here = phase === "kept" || phase === "alone";
  const parts = [];
  if (here) parts.push(say("picture.you", { n: Math.max(1, holders) }));
  else parts.push(holders > 0 ? say("picture.others", { n: holders }) : say("picture.nobody"));
  if (waiting > 0) parts.push(say(here || phase === "stopped" ? "picture.waiting" : "picture.waitingYou", { n: waiting }));
  return parts.join("; ");
}

/** "alive for 12 minutes · at most 7 at once · handed on 23 times"; empty while that is not known. */
export function lifeLine({ life, link }: PageState, now: number): string {
  if (!life || link !== "open") return "";
  const parts = [say("life.alive", { time: duration(now - life.since) })];
  if (life.peak > 1) parts.push(say("life.peak", { n: life.peak }));
  if (life.passed > 0) parts.push(say("life.passed", { n: life.passed }));
  return parts.join(" · ");
}

/** "You passed this on to 3 people."; empty before the first. */
export function thanks({ handedOn }: PageState): string {
  return handedOn > 0 ? say("life.yours", { n: handedOn }) : "";
}
