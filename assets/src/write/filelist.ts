// The list of the files that go with the page.

import { h } from "../view/dom";
import { type Icon, icon } from "../view/icons";
import styles from "../style/files.css";
import { bytes, say } from "../words/say";
import type { Attached } from "./attached";

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);
document.adoptedStyleSheets.push(sheet);

export interface FileActions {
  remove(file: Attached): void;
  /** Moves the file by so many places, up if that is negative. */
  move(file: Attached, by: number): void;
  /** Makes a picture smaller. */
  shrink(file: Attached): void;
}

/** A file's place in the list, and the address of its picture. */
interface Row {
  element: HTMLLIElement;
  up: HTMLButtonElement;
  down: HTMLButtonElement;
  smaller: HTMLButtonElement;
  close: () => void;
}

export class FileList {
  readonly element = h("ul", { class: "attached", "aria-label": say("write.files") });
  readonly #actions: FileActions;
  readonly #rows = new Map<Attached, Row>();

  constructor(actions: FileActions) {
    this.#actions = actions;
  }

  show(files: readonly Attached[]): void {
    for (const [file, row] of this.#rows) {
      if (files.includes(file)) continue;
      row.close();
      this.#rows.delete(file);
    }
    const rows = files.map((file) => this.#rowOf(file));
    for (const [i, { element, up, down }] of rows.entries()) {
      up.disabled = i === 0;
      down.disabled = i === rows.length - 1;
      // What is in its place is left there: it may have the focus.
      if (this.element.children[i] !== element) this.element.insertBefore(element, this.element.children[i] ?? null);
    }
  }

  /** Says that a file is being read or made smaller. */
  busy(file: Attached, busy: boolean): void {
    const row = this.#rows.get(file);
    if (!row) return;
    row.element.setAttribute("aria-busy", String(busy));
    row.smaller.disabled = busy;
  }

  /** Puts the focus on a file's button, by the button's class, or on its last one if that cannot be pressed. */
  focus(file: Attached | undefined, button: string): void {
    const element = file && this.#rows.get(file)?.element;
    const wanted = element?.querySelector<HTMLButtonElement>(`.${button}:enabled`);
    (wanted ?? element?.querySelector<HTMLButtonElement>(".remove"))?.focus();
  }

  #rowOf(file: Attached): Row {
    const known = this.#rows.get(file);
    if (known) return known;
    const { name } = file;
    const button = (className: string, picture: Icon, label: string, act: () => void) => {
      const made = h("button", { class: `tool ${className}`, type: "button", "aria-label": label, title: label }, icon(picture));
      made.addEventListener("click", act);
      return made;
    };
    const up = button("up", "up", say("write.files.up", { name }), () => { this.#actions.move(file, -1); });
    const down = button("down", "down", say("write.files.down", { name }), () => { this.#actions.move(file, 1); });
    const remove = button("remove", "close", say("write.files.remove", { name }), () => { this.#actions.remove(file); });
    const smaller = h("button", { class: "link-button", type: "button" }, say("write.files.shrink"));
    smaller.setAttribute("aria-label", say("write.files.shrink.name", { name }));
    smaller.hidden = !file.shrinkable;
    smaller.addEventListener("click", () => { this.#actions.shrink(file); });
    const { element: picture, close } = pictureOf(file);
    const about = h(
      "div",
      { class: "about-file" },
      // A name in another direction of writing must not reorder what is around it.
      h("bdi", { class: "file-name", title: name }, name),
      h("p", { class: "file-size" }, `${kindOf(file)} · ${bytes(file.blob.size)} `, smaller),
    );
    const element = h("li", {}, picture, about, h("div", { class: "file-tools" }, up, down, remove));
    const row = { element, up, down, smaller, close: () => { element.remove(); close(); } };
    this.#rows.set(file, row);
    return row;
  }
}

/** What a file is, in a word: the end of its name, or its type. */
function kindOf({ name, type }: Attached): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  return (ending ?? type.slice(type.indexOf("/") + 1)).toUpperCase();
}

function pictureOf(file: Attached): { element: HTMLElement; close: () => void } {
  if (!file.isPicture) {
    return { element: h("span", { class: "thumb", "aria-hidden": "true" }, kindOf(file).slice(0, 4)), close: () => undefined };
  }
  const url = URL.createObjectURL(file.blob);
  const element = h("img", { class: "thumb", src: url, alt: "", decoding: "async" });
  return { element, close: () => { URL.revokeObjectURL(url); } };
}
