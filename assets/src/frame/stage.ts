// The application's side of the frame in which a page is shown (PRODUCT.md §3).

import { h } from "../view/dom";
import { confirmLink, destinationOf } from "./links";
import { fromFrame, type Show } from "./messages";
import { say } from "../words/say";

/** Shows content in a sandboxed frame of its own. */
export class Stage {
  readonly element: HTMLIFrameElement;
  #content: string | undefined;
  #ready = false;

  constructor() {
    this.element = h("iframe", {
      class: "stage",
      // Never allow-same-origin beside it: the page could then take off its own sandbox.
      sandbox: "allow-scripts",
      src: "/frame",
      title: say("page.frame"),
      referrerpolicy: "no-referrer",
    });
    addEventListener("message", (event) => { this.#hear(event); });
  }

  show(content: string): void {
    if (content === this.#content) return;
    this.#content = content;
    if (this.#ready) this.#send();
  }

  /** Hears what the frame says, and nobody else. */
  #hear(event: MessageEvent): void {
    if (event.source === null || event.source !== this.element.contentWindow) return;
    const message = fromFrame(event.data);
    if (message?.type === "ready") {
      this.#ready = true;
      this.#send();
    }
    if (message?.type === "follow") {
      const destination = destinationOf(message.href, location.href);
      if (destination) confirmLink(destination);
    }
  }

  #send(): void {
    if (this.#content === undefined) return;
    const message: Show = { type: "show", content: this.#content };
    // A sandboxed frame has no origin that could be named here.
    this.element.contentWindow?.postMessage(message, "*");
  }
}
