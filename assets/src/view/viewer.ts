// The place of the page itself: its safe view, its source, or, if the visitor
// said so, the page with its scripts running.

import { Stage } from "../frame/stage";
import type { Manner, Shown } from "../frame/messages";
import { h } from "./dom";

/** How the page is looked at. */
export type Mode = "page" | "source" | "scripts";

/** How long the safe view may take to say that it is there after scripts have run beside it, in milliseconds. */
const patience = 3000;

export class Viewer {
  readonly element = h("div", { class: "viewer" });
  /** Called when the mode has changed, or more is known of the page. */
  changed: () => void = () => undefined;
  /** What the safe view found the page to be; undefined until it is on show. */
  about: Omit<Shown, "type"> | undefined;
  readonly #take: (index: number) => void;
  #mode: Mode = "page";
  #content: string | undefined;
  #safe: Stage | undefined;
  #running: Stage | undefined;
  /** Until the safe view has said that it is there. */
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(take: (index: number) => void) {
    this.#take = take;
  }

  get mode(): Mode {
    return this.#mode;
  }

  show(content: string): void {
    this.#content = content;
    if (!this.#safe) this.#begin(content);
  }

  /** Looks at the page in another way. That its scripts run is never remembered. */
  look(mode: Mode): void {
    const content = this.#content;
    if (mode === this.#mode || content === undefined || !this.#safe) return;
    this.#mode = mode;
    const ran = this.#running;
    ran?.close();
    this.#running = undefined;
    if (mode === "scripts") {
      // Beside a frame that says nothing, the new one would do nothing either.
      if (this.#asking !== undefined) this.#begin(content);
      this.#running = new Stage({ scripts: true, take: this.#take, enough: () => { this.look("page"); } });
      this.#running.show(content);
      this.element.append(this.#running.element);
    } else {
      if (ran) this.#ask(content);
      this.#safe.show(content, this.#manner);
    }
    // The safe view stays: one returns to it at once, whatever the network does.
    this.#safe.element.className = mode === "scripts" ? "resting" : "stage";
    this.changed();
  }

  get #manner(): Manner {
    return this.#mode === "source" ? "text" : "auto";
  }

  /** Makes the safe view, or another in the place of one that can do nothing any more. */
  #begin(content: string): void {
    this.#answered();
    const focused = this.#safe?.element === document.activeElement;
    this.#safe?.close();
    this.#safe = new Stage({
      take: this.#take,
      shown: ({ markup, scripts }) => {
        this.#answered();
        this.about = { markup, scripts };
        this.changed();
      },
    });
    this.element.append(this.#safe.element);
    if (focused) this.#safe.element.focus();
    this.#safe.show(content, this.#manner);
  }

  /**
   * Asks the safe view whether it is there. Browsers may run both frames in one
   * process: scripts that never end then stop both, even when theirs is gone, and
   * the process with them goes only when no frame is left in it.
   */
  #ask(content: string): void {
    this.#asking = setTimeout(() => { this.#begin(content); }, patience);
    this.#safe?.ask();
  }

  #answered(): void {
    clearTimeout(this.#asking);
    this.#asking = undefined;
  }

  /** Takes the page away. */
  close(): void {
    this.#answered();
    this.#safe?.close();
    this.#running?.close();
  }

  /** Asks for what the server did not give while it could not be reached. */
  retry(): void {
    this.#safe?.retry();
    this.#running?.retry();
  }
}
