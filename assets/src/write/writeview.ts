// The front page: write something and share it.

import type { Page } from "../page/page";
import { appLink, h, setText } from "../view/dom";
import { say } from "../words/say";

/** What the view asks of the application. */
export interface WriteActions {
  /** Makes a page of the content and shows it. */
  share(content: string): void;
  /** The largest content that the server passes on, in bytes; undefined while that is not known. */
  limit(): number | undefined;
  /** The pages that this tab has. */
  pages(): readonly Page[];
  /** Goes to a page. */
  show(page: Page): void;
}

export class WriteView {
  readonly element: HTMLElement;
  readonly #text: HTMLTextAreaElement;
  readonly #button: HTMLButtonElement;
  readonly #holding: HTMLElement;

  readonly #actions: WriteActions;

  constructor(actions: WriteActions) {
    this.#actions = actions;
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
    const submit = () => {
      if (this.#isEmpty()) return;
      actions.share(this.#text.value);
      this.load("");
    };
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

  /** Called when the view is shown, and when something of what it shows has changed. */
  update(): void {
    const holding = this.#actions.pages().length;
    setText(this.#holding, holding > 0 ? say("write.holding", { n: holding }) : "");
  }

  /** Takes up a page's content, to be written on. An empty one makes the view empty. */
  load(content: string): void {
    this.#text.value = content;
    this.#button.disabled = this.#isEmpty();
  }

  focus(): void {
    this.#text.focus();
  }

  #isEmpty(): boolean {
    return this.#text.value.trim() === "";
  }
}
