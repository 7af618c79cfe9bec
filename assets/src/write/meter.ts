// How much of what the server passes on a draft takes.

import { h, setText } from "../view/dom";
import { bytes, say } from "../words/say";

export class SizeMeter {
  readonly element: HTMLElement;
  // The less the better.
  readonly #meter = h("meter", { min: "0", max: "1", low: "0.8", high: "0.9999", optimum: "0", "aria-label": say("write.size") });
  readonly #text = h("span", {});

  constructor() {
    this.element = h("p", { class: "size" }, this.#meter, this.#text);
    this.show(0, undefined);
  }

  /** Shows a size, in bytes. While the limit is not known, nothing is. */
  show(size: number, limit: number | undefined): void {
    this.element.hidden = size === 0 || limit === undefined;
    if (limit === undefined) return;
    const text = say("write.size.of", { size: bytes(size), limit: bytes(limit) });
    this.#meter.value = size / Math.max(limit, 1);
    this.#meter.setAttribute("aria-valuetext", text);
    setText(this.#text, text);
  }
}

/** What is said about a draft that is too large; "" about one that is not. */
export function excess(size: number, limit: number | undefined): string {
  if (limit === undefined || size <= limit) return "";
  return say("write.over", { size: bytes(size), limit: bytes(limit), excess: bytes(size - limit) });
}
