// What has happened to a page, line by line, for those who like to watch.

import type { Happening } from "../page/state";
import { bytes, currentLanguage, say } from "../words/say";
import { h } from "./dom";

/** One line: what happened, in words. */
export function logText({ what, n = 0 }: Happening): string {
  return say(`log.${what}`, { n, size: bytes(n) });
}

export class LogView {
  readonly element: HTMLDetailsElement;
  readonly #lines = h("ol", { reversed: "" });
  #shown: readonly Happening[] = [];

  constructor() {
    this.element = h("details", { class: "log" }, h("summary", {}, say("page.log")), this.#lines);
    this.element.addEventListener("toggle", () => { this.#write(); });
  }

  update(log: readonly Happening[]): void {
    if (log === this.#shown) return;
    this.#shown = log;
    this.element.hidden = log.length === 0;
    this.#write();
  }

  /** The newest stands first. Nothing is written for one who does not look. */
  #write(): void {
    if (!this.element.open) return;
    const time = new Intl.DateTimeFormat(currentLanguage(), { hour: "2-digit", minute: "2-digit" });
    this.#lines.replaceChildren(
      ...[...this.#shown].reverse().map((happening) => {
        const at = new Date(happening.at);
        return h("li", {}, h("time", { datetime: at.toISOString() }, time.format(at)), " ", logText(happening));
      }),
    );
  }
}
