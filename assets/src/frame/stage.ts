// The application's side of the frame in which a page is shown (PRODUCT.md §3).

import { h } from "../view/dom";
import { say } from "../words/say";
import { destinationOf } from "./links";
import { fromFrame, type Manner, type Show, type Shown } from "./messages";

export interface StageOptions {
  /** Runs the page's own scripts. The visitor was asked. */
  scripts?: boolean;
  /** The page is on show. With scripts, that is the page's own word. */
  shown?: (shown: Shown) => void;
  /** The visitor wants one of the page's files, counted from the last, which is 0. */
  take?: (index: number) => void;
  /** The visitor has had enough of the page's scripts. */
  enough?: () => void;
}

/** Shows content in a sandboxed frame of its own. */
export class Stage {
  readonly element: HTMLIFrameElement;
  readonly #options: StageOptions;
  readonly #hear = (event: MessageEvent) => { this.#heard(event); };
  #show: Show | undefined;
  #ready = false;

  constructor(options: StageOptions = {}) {
    this.#options = options;
    this.element = h("iframe", {
      class: "stage",
      // Never allow-same-origin beside it: the page could then take off its own sandbox.
      sandbox: "allow-scripts",
      src: options.scripts ? "/frame/scripts" : "/frame",
      title: say("page.frame"),
      referrerpolicy: "no-referrer",
    });
    addEventListener("message", this.#hear);
  }

  /** Shows that content. The same content, or another in its place, stays where the visitor has scrolled to. */
  show(content: string, as: Manner = "auto"): void {
    const before = this.#show;
    if (content === before?.content && as === before.as) return;
    this.#show = { type: "show", content, as, keep: before?.as === as };
    if (this.#ready) this.#send();
  }

  /** Asks for the frame once more if the server did not give it. */
  retry(): void {
    if (!this.#ready && this.element.isConnected) this.element.src = this.element.getAttribute("src") ?? "/frame";
  }

  /** Takes the frame away, and listens no more. */
  close(): void {
    removeEventListener("message", this.#hear);
    this.element.remove();
  }

  /** Hears what the frame says, and nobody else. */
  #heard(event: MessageEvent): void {
    if (event.source === null || event.source !== this.element.contentWindow || event.origin !== "null") return;
    const message = fromFrame(event.data);
    switch (message?.type) {
      case "ready":
        // A page that runs could say so again and again, and be sent all of it each time.
        if (this.#ready && this.#options.scripts) return;
        this.#ready = true;
        this.#send();
        return;
      case "shown":
        this.#options.shown?.(message);
        return;
      case "height":
        // For print.css.
        this.element.style.setProperty("--height", `${message.height}px`);
        return;
      case "file":
        if (this.#isVisitor()) this.#options.take?.(message.index);
        return;
      case "follow":
        if (this.#isVisitor()) void this.#follow(message.href);
    }
  }

  async #follow(href: string): Promise<void> {
    const destination = destinationOf(href, location.href);
    if (!destination) return;
    const { confirmLink } = await import("./confirm");
    confirmLink(destination, this.#options.enough);
  }

  /** Whether it was the visitor who clicked: a page that runs could say so itself. */
  #isVisitor(): boolean {
    if (!this.#options.scripts) return true;
    // Browsers before 2023 do not tell.
    const activation = navigator.userActivation as UserActivation | undefined;
    return activation?.isActive === true;
  }

  #send(): void {
    // A sandboxed frame has no origin that could be named here.
    if (this.#show) this.element.contentWindow?.postMessage(this.#show, "*");
  }
}
