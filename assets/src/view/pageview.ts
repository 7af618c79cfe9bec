// A page's own view: the bar with its state and its address, and below it the
// page, or, while it is not here, what is being done about that.

import { copyFrom } from "./copy";
import { appLink, h, setText } from "./dom";
import type { Page } from "../page/page";
import { Stage } from "../frame/stage";
import { numbersOf, statusOf } from "./status";
import { say } from "../words/say";

/** What a page's view leaves to the application. */
export interface PageActions {
  /** Goes to an empty front page. What this tab holds it goes on holding. */
  write: () => void;
  /** Goes to the front page with a copy of that content in it. */
  edit: (content: string) => void;
}

export class PageView {
  readonly element: HTMLElement;
  readonly #page: Page;
  readonly #title = h("p", { class: "title" });
  readonly #detail = h("p", { class: "detail" });
  readonly #holders = h("p", { class: "holders" });
  readonly #by = h("p", {});
  readonly #copy: HTMLButtonElement;
  readonly #main: HTMLElement;
  #stage: Stage | undefined;

  constructor(page: Page, actions: PageActions) {
    this.#page = page;
    const address = new URL(page.address, location.origin).href;
    const field = h("input", {
      type: "text", readonly: "", spellcheck: "false", value: address, "aria-label": say("page.address"),
    });
    field.addEventListener("focus", () => { field.select(); });
    this.#copy = h("button", { class: "button", type: "button" }, say("page.copy"));
    this.#copy.addEventListener("click", () => { void this.#copyAddress(field); });

    const origin = h("div", { class: "origin" }, this.#by, appLink("another", say("page.another"), actions.write));
    this.#main = h("main", {}, origin);
    this.element = h(
      "div",
      { class: "page" },
      h(
        "header",
        { class: "bar" },
        appLink("brand", say("brand"), actions.write),
        h(
          "div",
          { class: "status" },
          h("span", { class: "ember", "aria-hidden": "true" }),
          h("div", { role: "status", "aria-live": "polite" }, this.#title, this.#detail),
        ),
        this.#holders,
        h("div", { class: "address" }, field, this.#copy),
      ),
      this.#main,
    );
    this.update();
  }

  /** Shows the page's state, and the page once it is here. */
  update(): void {
    const { state, content } = this.#page;
    const status = statusOf(state);
    this.element.dataset["tone"] = status.tone;
    this.element.dataset["here"] = String(content !== undefined);
    setText(this.#title, status.title);
    setText(this.#detail, status.detail);
    setText(this.#holders, numbersOf(state));
    setText(this.#by, say(state.mine ? "page.by.you" : "page.by.visitor"));
    document.title = `${status.title} · ${say("brand")}`;
    if (content !== undefined) this.#show(content);
  }

  /** Puts the focus where one who has just shared a page wants it. */
  focus(): void {
    this.#copy.focus();
  }

  #show(content: string): void {
    if (!this.#stage) {
      this.#stage = new Stage();
      this.#main.append(this.#stage.element);
    }
    this.#stage.show(content);
  }

  async #copyAddress(field: HTMLInputElement): Promise<void> {
    const copied = await copyFrom(field);
    setText(this.#copy, say(copied ? "page.copied" : "page.copyByHand"));
    setTimeout(() => { setText(this.#copy, say("page.copy")); }, 2500);
  }
}
