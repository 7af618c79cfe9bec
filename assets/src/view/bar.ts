// The bar above a page: how the page is doing, its address, and what can be done
// with it. While the page is not here, it is the whole view.

import type { PageState } from "../page/state";
import { say } from "../words/say";
import { copyFrom } from "./copy";
import { appLink, h, setText } from "./dom";
import { icon, type Icon } from "./icons";
import { LivingPicture } from "./picture";
import { numbersOf, type Status } from "./status";

export interface BarActions {
  write: () => void;
  share: () => void;
  more: () => void;
}

export class Bar {
  readonly element: HTMLElement;
  readonly #picture = new LivingPicture();
  readonly #title = h("h1", { class: "title" });
  readonly #detail = h("span", { class: "detail" });
  readonly #brief = h("span", { class: "brief" });
  readonly #numbers = h("span", { class: "holders" });
  readonly #progress = h("progress", { "aria-label": say("page.progress"), max: "1" });
  readonly #copy = h("button", { class: "button", type: "button" }, say("page.copy"));
  readonly #share = tool("share", say("page.share"));
  #restored: ReturnType<typeof setTimeout> | undefined;

  constructor(address: string, actions: BarActions) {
    const field = addressField(address);
    this.#copy.addEventListener("click", () => { void this.#copyAddress(field); });
    this.#share.addEventListener("click", actions.share);
    const more = tool("more", say("page.more"));
    more.classList.add("more");
    more.setAttribute("aria-haspopup", "dialog");
    more.addEventListener("click", actions.more);
    this.#progress.hidden = true;
    this.element = h(
      "header",
      { class: "bar" },
      appLink("brand", say("brand"), actions.write),
      h(
        "div",
        { class: "status" },
        this.#picture.element,
        h("div", { class: "telling" }, this.#title, h("p", { class: "under" }, this.#numbers, this.#brief, this.#detail), this.#progress),
      ),
      h("div", { class: "address" }, field, this.#copy),
      h("div", { class: "handles" }, this.#share, more),
    );
  }

  update(state: PageState, status: Status): void {
    this.#picture.update(state);
    setText(this.#title, status.title);
    setText(this.#detail, status.detail);
    setText(this.#brief, status.brief ?? "");
    setText(this.#numbers, numbersOf(state));
    const progress = state.phase === "receiving" && state.link === "open" ? state.progress : undefined;
    this.#progress.hidden = !progress;
    if (progress) this.#progress.value = progress.bytes / Math.max(1, progress.of);
  }

  /** Puts the focus where one who has just shared a page wants it. */
  focus(): void {
    (this.#copy.offsetParent ? this.#copy : this.#share).focus();
  }

  async #copyAddress(field: HTMLInputElement): Promise<void> {
    const copied = await copyFrom(field);
    setText(this.#copy, say(copied ? "page.copied" : "page.copyByHand"));
    clearTimeout(this.#restored);
    this.#restored = setTimeout(() => { setText(this.#copy, say("page.copy")); }, 2500);
  }
}

/** A field with the address of a page, to be copied from. */
export function addressField(address: string): HTMLInputElement {
  const field = h("input", {
    type: "text", readonly: "", spellcheck: "false", value: address, "aria-label": say("page.address"),
  });
  field.addEventListener("focus", () => { field.select(); });
  return field;
}

/** A button that is a picture, with its name in words. */
export function tool(name: Icon, label: string): HTMLButtonElement {
  return h("button", { class: "handle", type: "button", "aria-label": label, title: label }, icon(name));
}
