// What else there is to see of a page, and to do with it: the sheet that the bar
// opens. It is loaded when it is first wanted.

import type { Awake } from "../page/awake";
import type { Page } from "../page/page";
import { siteMenu } from "../site/menu";
import { bytes, say } from "../words/say";
import { byteCount, type PackedFile } from "../write/envelope";
import { askForScripts } from "./ask";
import { closeButton, openDialog } from "./dialog";
import { h, setText } from "./dom";
import { icon, type Icon } from "./icons";
import { lifeLine, thanks } from "./life";
import { LogView } from "./logview";
import { LivingPicture } from "./picture";
import { savePage } from "./save";
import { numbersOf, statusOf } from "./status";
import type { Viewer } from "./viewer";

/** What the sheet is about. */
export interface Subject {
  page: Page;
  viewer: Viewer;
  awake: Awake;
  keep: { enabled: boolean };
  write: () => void;
  edit: (content: string) => void;
  files: () => readonly PackedFile[];
  /** Saves one of the files. */
  take: (index: number) => void;
  /** Says that something was done. */
  tell: (text: string) => void;
}

export class Sheet {
  readonly #subject: Subject;
  readonly #picture = new LivingPicture();
  readonly #title = h("h2", { id: "sheet-title" });
  readonly #detail = h("p", { class: "detail" });
  readonly #numbers = h("p", { class: "numbers" });
  readonly #life = h("p", { class: "life" });
  readonly #thanks = h("p", { class: "thanks" });
  readonly #actions = h("div", { class: "acts" });
  readonly #files = h("section", { class: "files", "aria-labelledby": "files-title" });
  readonly #log = new LogView();
  #dialog: HTMLDialogElement | undefined;
  #offered = "";

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Opens the sheet, at its files if that is what is wanted. */
  open(part?: "files"): void {
    if (this.#dialog?.isConnected) return;
    this.#dialog = h(
      "dialog",
      { class: "drawer", "aria-labelledby": "sheet-title" },
      h("div", { class: "head" }, this.#picture.element, this.#title, closeButton()),
      h("div", { class: "state" }, this.#detail, this.#numbers, this.#life, this.#thanks),
      this.#files, this.#actions, this.#log.element, siteMenu(),
    );
    this.#offered = "";
    this.update();
    openDialog(this.#dialog);
    const ticking = setInterval(() => { this.#tick(); }, 1000);
    this.#dialog.addEventListener("close", () => { clearInterval(ticking); });
    if (part) this.#files.querySelector("button")?.focus();
  }

  update(): void {
    if (!this.#dialog) return;
    const { page: { state }, viewer, files, awake, keep } = this.#subject;
    const status = statusOf(state);
    this.#dialog.dataset["tone"] = status.tone;
    this.#picture.update(state);
    setText(this.#title, status.title);
    setText(this.#detail, status.detail);
    setText(this.#numbers, numbersOf(state));
    setText(this.#thanks, thanks(state));
    this.#tick();
    this.#log.update(state.log);
    // Made anew only if something else is on offer: what has the focus keeps it.
    const offered = [
      this.#subject.page.content !== undefined, state.phase, viewer.mode, viewer.about?.markup === true,
      viewer.about?.scripts === true, files().length, awake.on, keep.enabled, state.survives,
    ].join();
    if (offered === this.#offered) return;
    this.#offered = offered;
    this.#offer();
  }

  #tick(): void {
    setText(this.#life, lifeLine(this.#subject.page.state, Date.now()));
  }

  close(): void {
    this.#dialog?.close();
  }

  #offer(): void {
    const { page, awake, write } = this.#subject;
    this.#actions.replaceChildren(
      ...(page.content === undefined ? [] : this.#ways(page.content)),
      this.#switch(say("page.awake"), awake.on, awakeNote(awake), awake.supported, () => awake.toggle()),
      this.#diskSwitch(),
      this.#act("plus", say("page.another"), write),
    );
    this.#listFiles();
    this.#files.hidden = this.#subject.files().length === 0;
  }

  /** What can be done with a page that is here. */
  #ways(content: string): HTMLElement[] {
    const { page, viewer, edit, tell } = this.#subject;
    const { markup, scripts } = viewer.about ?? { markup: false, scripts: false };
    const ways = [
      this.#act("download", say("page.download"), () => {
        tell(say("page.saved", { name: savePage(content, page.address, markup) }));
      }),
      this.#act("edit", say("page.edit"), () => { edit(content); }),
    ];
    if (viewer.mode !== "page") ways.push(this.#act("page", say(viewer.mode === "scripts" ? "page.safe" : "page.rendered"), () => { viewer.look("page"); }));
    if (viewer.mode !== "source" && markup) ways.push(this.#act("source", say("page.source"), () => { viewer.look("source"); }));
    if (viewer.mode !== "scripts" && scripts) ways.push(this.#act("run", say("page.scripts"), () => { askForScripts(() => { viewer.look("scripts"); }); }));
    if (page.state.phase === "kept") ways.push(this.#act("stop", say("page.stop"), () => { page.stop(); }));
    if (page.state.phase === "stopped") ways.push(this.#act("again", say("page.resume"), () => { page.resume(); }));
    return ways;
  }

  #act(picture: Icon, label: string, act: () => void): HTMLElement {
    const button = h("button", { type: "button", class: "act" }, icon(picture), label);
    button.addEventListener("click", () => {
      this.close();
      act();
    });
    return button;
  }

  #diskSwitch(): HTMLElement {
    const { keep } = this.#subject;
    const note = say(!keep.enabled ? "page.disk.none" : this.#subject.page.state.survives ? "page.disk.survives" : "page.disk.not");
    return this.#switch(say("page.disk"), !keep.enabled, note, true, () => { keep.enabled = !keep.enabled; });
  }

  #switch(label: string, on: boolean, note: string, possible: boolean, toggle: () => unknown): HTMLElement {
    const input = h("input", { type: "checkbox", role: "switch" });
    input.checked = on;
    input.disabled = !possible;
    input.addEventListener("change", () => {
      void Promise.resolve(toggle()).then(() => { this.update(); });
    });
    return h("label", { class: "act" }, input, h("span", {}, label, h("small", {}, note)));
  }

  #listFiles(): void {
    const { files, take } = this.#subject;
    const items = files().map((file, index) => {
      const button = h("button", { type: "button", class: "handle", "aria-label": say("page.file", { name: file.name }) }, icon("download"));
      button.addEventListener("click", () => { take(index); });
      return h("li", {}, h("bdi", {}, file.name), h("small", {}, bytes(byteCount(file.base64))), button);
    });
    const all = h("button", { type: "button", class: "plain" }, say("page.allFiles"));
    all.addEventListener("click", () => { files().forEach((_, index) => { take(index); }); });
    this.#files.replaceChildren(
      h("h3", { id: "files-title" }, say("page.files", { n: items.length })), h("ul", {}, ...items), ...(items.length > 1 ? [all] : []),
    );
  }
}

function awakeNote(awake: Awake): string {
  if (awake.reason === "") return say("page.awake.note");
  return say(awake.reason === "insecure" ? "page.awake.insecure" : "page.awake.browser");
}
