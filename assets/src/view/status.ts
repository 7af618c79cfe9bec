// What a page's state is called, in plain words.

import type { PageState, Progress } from "../page/state";
import { bytes, type Key, say } from "../words/say";

/** How a state looks: the ember breathes faster or slower, glows, or is out. */
export type Tone = "seeking" | "waiting" | "alive" | "alone" | "lost";

export interface Status {
  tone: Tone;
  title: string;
  detail: string;
  /** What matters most of the detail, where there is no room for it. */
  brief?: string;
  /** What is wanted next is to send the address to somebody. */
  fresh?: boolean;
}

/** The words for a state, and its look. */
export function statusOf(state: PageState): Status {
  if (state.phase === "refused") {
    const detail = state.reason ? say("status.refused.detail", { reason: state.reason }) : say("status.refused.silent");
    return { tone: "lost", title: say("status.refused"), detail };
  }
  if (state.link === "lost") {
    const here = state.phase === "kept" || state.phase === "alone" || state.phase === "stopped";
    const detail = here ? "status.lost.kept" : "status.lost.waiting";
    return words("lost", "status.lost", detail);
  }
  switch (state.phase) {
    case "kept":
      return keptStatus(state);
    case "alone":
      return {
        tone: "lost",
        title: say("status.tooLarge"),
        detail: say("status.tooLarge.detail", { size: bytes(state.size), limit: bytes(state.limit) }),
      };
    case "coming":
      return words("seeking", "status.coming", "status.coming.detail", state.holders);
    case "receiving":
      return receivingStatus(state.progress);
    case "stopped":
      return words("waiting", "status.stopped", "status.stopped.detail");
    case "checking":
      return words("seeking", "status.checking", "status.checking.detail");
    case "stuck":
      return words("waiting", "status.stuck", "status.stuck.detail");
    case "nobody":
      return words("waiting", "status.nobody", "status.nobody.detail");
    case "starting":
      return state.link === "connecting"
        ? words("seeking", "status.connecting", "status.connecting.detail")
        : words("seeking", "status.looking", "status.looking.detail");
  }
}

function receivingStatus(progress: Progress | undefined): Status {
  const percent = progress ? Math.floor((100 * progress.bytes) / Math.max(1, progress.of)) : 0;
  const title = progress?.leg === "up" ? "status.sending" : "status.receiving";
  return { tone: "seeking", title: say(title, { n: percent }), detail: say("status.receiving.detail", { size: bytes(progress?.of ?? 0) }) };
}

function keptStatus({ mine, holders, handedOn, life }: PageState): Status {
  if (holders === 0) return { ...words("seeking", "status.joining", "status.joining.detail"), fresh: mine };
  if (holders === 1) {
    const brief = say("status.alone.brief");
    const neverShared = mine && handedOn === 0 && (life?.peak ?? 1) <= 1;
    return neverShared
      ? { ...words("alone", "status.alone.mine", "status.alone.mine.detail"), brief, fresh: true }
      : { ...words("alone", "status.alone", "status.alone.detail"), brief };
  }
  return mine
    ? words("alive", "status.shared.mine", "status.shared.mine.detail")
    : { ...words("alive", "status.shared", "status.shared.detail"), brief: say("status.shared.brief") };
}

function words(tone: Tone, title: Key, detail: Key, n = 0): Status {
  return { tone, title: say(title), detail: say(detail, { n }) };
}

/** The numbers beside the state: "2 copies · 1 waiting". Empty while they are not known. */
export function numbersOf(state: PageState): string {
  if (state.link !== "open" || state.phase === "refused") return "";
  const waiting = state.phase === "kept" ? state.waiting : state.waiting - 1;
  const parts = [];
  if (state.phase === "kept" && state.holders > 0) parts.push(say("page.holders", { n: state.holders }));
  if (waiting > 0) parts.push(say(state.phase === "kept" ? "page.waiting" : "page.waitingToo", { n: waiting }));
  return parts.join(" · ");
}

/** What is said aloud of a state: not every percent of what is on its way, but its quarters. */
export function spokenOf(state: PageState, { title, detail }: Status): string {
  if (state.phase !== "receiving" || state.link !== "open") return `${title}. ${detail}`.replace(/([.…!?])\./, "$1");
  const { bytes: come, of } = state.progress ?? { bytes: 0, of: 1 };
  return say("status.receiving", { n: 25 * Math.floor((4 * come) / Math.max(1, of)) });
}
