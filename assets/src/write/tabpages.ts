// What this tab keeps alive, on the front page.

import type { Page } from "../page/page";
import type { PageState } from "../page/state";
import { h, setText } from "../view/dom";
import { say } from "../words/say";
import { glance } from "./glance";

interface Row {
  element: HTMLLIElement;
  count: HTMLElement;
  button: HTMLButtonElement;
}

export class TabPages {
  readonly element: HTMLElement;
  readonly #show: (page: Page) => void;
  readonly #title = h("h2", { class: "holding" });
  readonly #list = h("ul", {});
  readonly #rows = new Map<Page, Row>();

  constructor(show: (page: Page) => void) {
    this.#show = show;
    this.element = h("section", { class: "tab-pages" }, this.#title, this.#list);
    this.element.hidden = true;
  }

  update(pages: readonly Page[]): void {
    this.element.hidden = pages.length === 0;
    const alive = pages.filter(({ state }) => state.phase !== "stopped").length;
    setText(this.#title, alive > 0 ? say("write.holding", { n: alive }) : say("write.pages"));
    for (const [page, { element }] of this.#rows) {
      if (pages.includes(page)) continue;
      element.remove();
      this.#rows.delete(page);
    }
    for (const page of pages) {
      const { element, count, button } = this.#rowOf(page);
      setText(count, standingOf(page.state));
      setText(button, say(page.state.phase === "stopped" ? "write.pages.resume" : "write.pages.stop"));
      if (!element.parentNode) this.#list.prepend(element);
    }
  }

  #rowOf(page: Page): Row {
    const known = this.#rows.get(page);
    if (known) return known;
    const words = glance(page.content ?? "") || say("write.pages.wordless");
    const link = h("a", { href: `/${page.address}`, id: `page-${page.address}` }, h("bdi", {}, words));
    link.addEventListener("click", (event) => {
      if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.#show(page);
    });
    const count = h("span", { class: "count" });
    const button = h("button", { class: "link-button", type: "button", "aria-describedby": link.id });
    button.addEventListener("click", () => {
      if (page.state.phase === "stopped") page.resume();
      else page.stop();
    });
    const row = { element: h("li", {}, link, count, button), count, button };
    this.#rows.set(page, row);
    return row;
  }
}

/** How a page of this tab stands, in a few words. */
export function standingOf({ link, phase, holders, waiting }: PageState): string {
  if (phase === "stopped") return say("write.pages.stopped");
  if (phase === "alone") return say("write.pages.tooLarge");
  if (phase === "refused") return say("write.pages.refused");
  if (link !== "open" || holders === 0) return say("write.pages.unknown");
  const copies = say("page.holders", { n: holders });
  return waiting > 0 ? `${copies} · ${say("page.waiting", { n: waiting })}` : copies;
}
