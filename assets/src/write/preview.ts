// The page as others will see it, beside what is being written. The frame is
// there once somebody wants it.

import { Stage } from "../frame/stage";
import { h } from "../view/dom";
import { say } from "../words/say";

/** From this width on both have room side by side; as in write.css. */
const wide = "(min-width: 62rem)";

export class Preview {
  readonly element = h("div", { class: "preview" });
  readonly button = h("button", { class: "tool", type: "button", "aria-pressed": "false" }, say("write.preview"));
  readonly #toggled: () => void;
  #stage: Stage | undefined;
  /** Whether the visitor has closed it, and so does not want it to open by itself. */
  #unwanted = false;

  constructor(toggled: () => void) {
    this.#toggled = toggled;
    this.element.hidden = true;
    this.button.addEventListener("click", () => {
      this.#unwanted = this.open;
      this.#set(!this.open);
    });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  /** The visitor has chosen a kind whose look is not that of its text. */
  suggest(): void {
    if (!this.open && !this.#unwanted && matchMedia(wide).matches) this.#set(true);
  }

  close(): void {
    if (this.open) this.#set(false);
  }

  show(content: string): void {
    if (this.open) this.#stage?.show(content);
  }

  #set(open: boolean): void {
    if (!this.#stage) {
      this.#stage = new Stage();
      this.element.append(this.#stage.element);
    }
    this.element.hidden = !open;
    this.button.setAttribute("aria-pressed", String(open));
    this.#toggled();
  }
}
