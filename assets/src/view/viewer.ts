// The place of the page itself: its safe view, its source, or, if the visitor
// said so, the page with its scripts running.

import { Stage } from "../frame/stage";
import type { Shown } from "../frame/messages";
import { h } from "./dom";

/** How the page is looked at. */
export type Mode = "page" | "source" | "scripts";

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

  constructor(take: (index: number) => void) {
    this.#take = take;
  }

  get mode(): Mode {
    return this.#mode;
  }

  show(content: string): void {
    this.#content = content;
    if (this.#safe) return;
    this.#safe = new Stage({
      take: this.#take,
      shown: ({ markup, scripts }) => {
        this.about = { markup, scripts };
        this.changed();
      },
    });
    this.element.append(this.#safe.element);
    this.#safe.show(content);
  }

  /** Looks at the page in another way. That its scripts run is never remembered. */
  look(mode: Mode): void {
    if (mode === this.#mode || this.#content === undefined || !this.#safe) return;
    this.#mode = mode;
    this.#running?.close();
    this.#running = undefined;
    if (mode === "scripts") {
      this.#running = new Stage({ scripts: true, take: this.#take, enough: () => { this.look("page"); } });
      this.#running.show(this.#content);
      this.element.append(this.#running.element);
    } else {
      this.#safe.show(this.#content, mode === "source" ? "text" : "auto");
    }
    // The safe view stays: one returns to it at once, whatever the network does.
    this.#safe.element.className = mode === "scripts" ? "resting" : "stage";
    this.changed();
  }

  /** Takes the page away. */
  close(): void {
    this.#safe?.close();
    this.#running?.close();
  }

  /** Asks for what the server did not give while it could not be reached. */
  retry(): void {
    this.#safe?.retry();
    this.#running?.retry();
  }
}
