// What the text is written in: one of three.

import { h } from "../view/dom";
import { type Key, say } from "../words/say";
import type { Kind } from "./envelope";

const names: Readonly<Record<Kind, Key>> = {
  text: "write.kind.text",
  markdown: "write.kind.markdown",
  html: "write.kind.html",
};

const kinds = Object.keys(names) as Kind[];

export class KindChoice {
  readonly element: HTMLFieldSetElement;
  readonly #choices: HTMLInputElement[];

  /** chosen is called when the visitor chooses. */
  constructor(chosen: (kind: Kind) => void) {
    this.#choices = kinds.map((kind) => {
      const choice = h("input", { type: "radio", name: "kind", value: kind, autocomplete: "off" });
      // Not "change": who clicks on what is chosen already has chosen it.
      choice.addEventListener("click", () => { chosen(kind); });
      return choice;
    });
    this.element = h(
      "fieldset",
      { class: "kinds" },
      h("legend", { class: "unseen" }, say("write.kind")),
      ...this.#choices.map((choice, i) => h("label", {}, choice, h("span", {}, say(names[kinds[i] ?? "text"])))),
    );
  }

  show(kind: Kind): void {
    for (const choice of this.#choices) choice.checked = choice.value === kind;
  }
}
