// The application's side of the frame in which a page is shown (PRODUCT.md §3).

import { renewIfOutdated } from "../site/renew";
import { h } from "../view/dom";
import { say } from "../words/say";
import { destinationOf } from "./links";
import { type Ask, fromFrame, type Manner, type Show, type Shown } from "./messages";

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

/**
 * How long a click counts as the visitor's, in milliseconds: browsers say five
 * seconds, and a little is for their clocks.
 */
const lasting = 5200;

/** What makes a browser say that the visitor is active. */
const touches = ["keydown", "mousedown", "pointerdown", "pointerup", "touchend"];

/** Shows content in a sandboxed frame of its own. */
export class Stage {
  readonly element: HTMLIFrameElement;
  readonly #options: StageOptions;
  readonly #hear = (event: MessageEvent) => { this.#heard(event); };
  readonly #touch = () => { this.#touched(); };
  #show: Show | undefined;
  #ready = false;
  /** Until when the visitor may be active for another reason than a click in the page. */
  #unsure = 0;
  /** What the page says that the visitor wants, while that is unsure. */
  #held: ReturnType<typeof setTimeout> | undefined;

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
    if (!options.scripts) return;
    for (const touch of touches) addEventListener(touch, this.#touch, true);
    this.#touched();
  }

  /** Shows that content. The same content, or another in its place, stays where the visitor has scrolled to. */
  show(content: string, as: Manner = "auto"): void {
    const before = this.#show;
    if (content === before?.content && as === before.as) return;
    this.#show = { type: "show", content, as, keep: before?.as === as };
    if (this.#ready) this.#send();
  }

  /** Has the frame say once more what is on show, if it can. */
  ask(): void {
    this.#post({ type: "ask" });
  }

  /** Asks for the frame once more if the server did not give it. */
  retry(): void {
    if (!this.#ready && this.element.isConnected) this.element.src = this.element.getAttribute("src") ?? "/frame";
  }

  /** Takes the frame away, and listens no more. */
  close(): void {
    removeEventListener("message", this.#hear);
    for (const touch of touches) removeEventListener(touch, this.#touch, true);
    clearTimeout(this.#held);
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
        this.#ifVisitor(() => { this.#options.take?.(message.index); });
        return;
      case "follow":
        this.#ifVisitor(() => { this.#follow(message.href).catch(renewIfOutdated); });
    }
  }

  async #follow(href: string): Promise<void> {
    const destination = destinationOf(href, location.href);
    if (!destination) return;
    const { confirmLink } = await import("./confirm");
    // The visitor may have gone elsewhere meanwhile.
    if (this.element.isConnected) confirmLink(destination, this.#options.enough);
  }

  /**
   * Does what the page says that the visitor wants, if it was the visitor who
   * clicked: a page that runs could say so itself. The browser tells only that
   * there was a click, perhaps one in the application, and a page can take the
   * focus. So it waits until a click of which that may be true no longer counts:
   * the visitor who is active even then has clicked in the page.
   */
  #ifVisitor(act: () => void): void {
    if (!this.#options.scripts) {
      act();
      return;
    }
    clearTimeout(this.#held);
    const wait = this.#unsure - performance.now();
    if (wait > 0) {
      this.#held = setTimeout(() => { this.#ifVisitor(act); }, wait);
      return;
    }
    // Browsers before 2023 do not tell.
    const activation = navigator.userActivation as UserActivation | undefined;
    if (activation?.isActive !== true) return;
    // One click is for one thing.
    this.#touched();
    act();
  }

  /** The visitor did something in the application, or what a click in the page was for was done. */
  #touched(): void {
    clearTimeout(this.#held);
    this.#unsure = performance.now() + lasting;
  }

  #send(): void {
    if (this.#show) this.#post(this.#show);
  }

  #post(message: Show | Ask): void {
    // A sandboxed frame has no origin that could be named here.
    this.element.contentWindow?.postMessage(message, "*");
  }
}
