// What a screen reader says, without being asked, of what happens: not more
// often than one can listen to, and the last word is always said.

import { h } from "./dom";

/** At least that much time lies between two announcements, in milliseconds. */
const pause = 2000;

export class Announcer {
  readonly element = h("div", { class: "heard" });
  readonly #spoken = h("p", { role: "status", "aria-live": "polite" });
  readonly #toast = h("p", { class: "toast", "aria-hidden": "true" });
  #next: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #gone: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.element.append(this.#spoken, this.#toast);
  }

  /** Says it, at once or after a moment. */
  say(text: string): void {
    if (text === this.#spoken.textContent && this.#next === undefined) return;
    this.#next = text;
    if (this.#timer === undefined) this.#speak();
  }

  /** Says it, and shows it for a while. */
  show(text: string): void {
    this.say(text);
    this.#toast.textContent = text;
    clearTimeout(this.#gone);
    this.#gone = setTimeout(() => { this.#toast.textContent = ""; }, 4000);
  }

  #speak(): void {
    this.#timer = undefined;
    if (this.#next === undefined) return;
    this.#spoken.textContent = this.#next;
    this.#next = undefined;
    this.#timer = setTimeout(() => { this.#speak(); }, pause);
  }
}
