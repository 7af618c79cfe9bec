// The front page: write something and share it.

import { appLink, h, setText } from "../view/dom";
import { say } from "../words/say";

export class WriteView {
  readonly element: HTMLElement;
  readonly #text: HTMLTextAreaElement;
  readonly #button: HTMLButtonElement;
  readonly #holding: HTMLElement;

  constructor(share: (content: string) => void) {
    this.#text = h("textarea", {
      id: "content", rows: "8", placeholder: say("write.placeholder"), autocomplete: "off",
    });
    this.#button = h("button", { class: "button", type: "submit" }, say("write.share"));
    this.#holding = h("p", { class: "holding" });
    const form = h(
      "form",
      {},
      h("label", { for: "content" }, say("write.label")),
      this.#text,
      h("div", { class: "actions" }, this.#button, this.#holding),
    );
    const submit = () => { if (!this.#isEmpty()) share(this.#text.value); };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    this.#text.addEventListener("input", () => { this.#button.disabled = this.#isEmpty(); });
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
    });
    this.element = h(
      "div",
      { class: "write" },
      h("header", {}, appLink("brand", say("brand"), () => { this.focus(); })),
      h(
        "main",
        {},
        h("h1", {}, say("write.title")),
        form,
        h(
          "ul",
          { class: "facts" },
          h("li", {}, say("write.facts.stored")),
          h("li", {}, say("write.facts.passed")),
          h("li", {}, say("write.facts.gone")),
        ),
      ),
    );
    this.#button.disabled = true;
  }

  /** Called when the view is shown: how many pages this tab keeps alive. */
  update(holding: number): void {
    setText(this.#holding, holding > 0 ? say("write.holding", { n: holding }) : "");
  }

  clear(): void {
    this.#text.value = "";
    this.#button.disabled = true;
  }

  focus(): void {
    this.#text.focus();
  }

  #isEmpty(): boolean {
    return this.#text.value.trim() === "";
  }
}
