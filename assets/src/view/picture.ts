// The living picture of a page: a dot for each who has it, and a hollow one for
// each who waits, this tab's with a ring around it. It stands in the middle once
// it has the page. When the page is handed on, a ring goes out from there.

import type { PageState } from "../page/state";
import { type Place, drawn, placesOf } from "./places";
import { svg } from "./icons";
import { pictureText } from "./life";

export class LivingPicture {
  readonly element: SVGSVGElement;
  readonly #dots = svg("g", {});
  readonly #heart = dot("heart hollow");
  readonly #holders: SVGGElement[] = [];
  readonly #waiting: SVGGElement[] = [];
  #handedOn: number | undefined;
  #passed: number | undefined;

  constructor() {
    this.element = svg("svg", { class: "picture", viewBox: "-50 -50 100 100", role: "img" }, this.#dots);
    this.#dots.append(this.#heart);
  }

  update(state: PageState): void {
    this.element.setAttribute("aria-label", pictureText(state));
    const here = state.phase === "kept" || state.phase === "alone";
    this.#heart.classList.toggle("hollow", !here && state.holders === 0);
    const crowd = drawn({ holders: Math.max(0, state.holders - 1), waiting: state.waiting });
    this.#gather(crowd.holders, crowd.waiting);
    this.#heart.classList.toggle("you", here);
    const waits = !here && state.phase !== "stopped";
    this.#waiting.forEach((waiting, index) => waiting.classList.toggle("you", waits && index === 0));
    this.#pulse(state);
  }

  /** Lets dots come and go, and sends each to its place. */
  #gather(holders: number, waiting: number): void {
    // Who has waited and has it now is the same one: the dot lights up.
    while (this.#holders.length < holders && this.#waiting.length > waiting) {
      const lit = this.#waiting.shift();
      if (!lit) break;
      lit.classList.remove("hollow", "you");
      this.#holders.push(lit);
    }
    this.#resize(this.#holders, holders, "");
    this.#resize(this.#waiting, waiting, "hollow");
    const places = placesOf({ holders, waiting });
    [this.#heart, ...this.#holders, ...this.#waiting].forEach((element, index) => {
      const there = places[index];
      if (there) place(element, there);
    });
  }

  #resize(dots: SVGGElement[], count: number, className: string): void {
    for (const gone of dots.splice(count)) gone.remove();
    while (dots.length < count) {
      const born = dot(className);
      // It comes from the middle.
      place(born, { x: 0, y: 0, size: 0.5 });
      this.#dots.prepend(born);
      born.getBoundingClientRect();
      dots.push(born);
    }
  }

  /** Shows that the page was handed on since the last time: from here, or by one of the others. */
  #pulse({ handedOn, life }: PageState): void {
    const passed = life?.passed ?? this.#passed;
    const mine = this.#handedOn !== undefined && handedOn > this.#handedOn;
    const others = this.#passed !== undefined && passed !== undefined && passed > this.#passed;
    this.#handedOn = handedOn;
    this.#passed = passed;
    if (!mine && !others) return;
    const giver = mine ? this.#heart : (this.#holders[Math.floor(Math.random() * this.#holders.length)] ?? this.#heart);
    const ring = svg("circle", { class: "pulse", r: "1" });
    // The style sheet moves it, or, for those who want no motion, does not show it.
    ring.addEventListener("animationend", () => { ring.remove(); });
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    giver.querySelector(".pulse")?.remove();
    giver.prepend(ring);
  }
}

function dot(className: string): SVGGElement {
  return svg("g", { class: `dot ${className}`.trim() }, svg("circle", { class: "core", r: "1" }), svg("circle", { class: "ring", r: "1.6" }));
}

function place(element: SVGGElement, { x, y, size }: Place): void {
  element.style.transform = `translate(${x.toFixed(2)}px, ${y.toFixed(2)}px) scale(${size.toFixed(2)})`;
}
