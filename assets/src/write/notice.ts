// A sentence about what has just happened, and what can be done about it.

import { h, setText } from "../view/dom";

export class Notice {
  /** It is a live region, so it is there before it says anything. */
  readonly element = h("div", { class: "notice", role: "status" });
  readonly #text = h("p", {});

  constructor(id: string) {
    this.element.id = id;
  }

  tell(text: string, ...actions: readonly { text: string; act: () => void }[]): void {
    setText(this.#text, text);
    const buttons = actions.map((action) => {
      const button = h("button", { class: "link-button", type: "button" }, action.text);
      button.addEventListener("click", action.act);
      return button;
    });
    const old = this.element.querySelectorAll("button");
    // Said once is enough: what stays the same is left where it is.
    if (text === "") this.element.replaceChildren();
    else if (!this.#text.parentNode || buttons.length !== old.length) this.element.replaceChildren(this.#text, ...buttons);
    else for (const [i, button] of buttons.entries()) old[i]?.replaceWith(button);
  }

  clear(): void {
    this.tell("");
  }
}
