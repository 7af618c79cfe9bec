// The line between the bar and the page: who has written what is below, and how
// long it has lived.

import { say } from "../words/say";
import { appLink, h, setText } from "./dom";
import { icon } from "./icons";

export interface OriginActions {
  write: () => void;
  /** Ends the page's scripts. */
  safe: () => void;
  /** Shows the page's files. */
  files: () => void;
}

export class Origin {
  readonly element: HTMLElement;
  readonly #by = h("p", { class: "by" });
  readonly #life = h("p", { class: "life" });
  readonly #files = h("button", { class: "plain", type: "button", hidden: "" });
  readonly #safe = h("button", { class: "plain", type: "button", hidden: "" }, say("page.safe"));

  constructor(actions: OriginActions) {
    this.#safe.addEventListener("click", actions.safe);
    this.#files.addEventListener("click", actions.files);
    this.element = h(
      "div", { class: "origin" },
      icon("shield"), this.#by, this.#life, this.#files, this.#safe, appLink("another", say("page.another"), actions.write),
    );
  }

  update(mine: boolean, running: boolean, files: number): void {
    this.element.dataset["running"] = String(running);
    setText(this.#by, say(running ? "page.by.scripts" : mine ? "page.by.you" : "page.by.visitor"));
    this.#safe.hidden = !running;
    this.#files.hidden = files === 0;
    setText(this.#files, say("page.files", { n: files }));
  }

  /** Sets the life-line, which ticks. */
  tick(life: string): void {
    setText(this.#life, life);
  }
}
