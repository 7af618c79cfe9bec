// The front page: write something and share it.

import { choice } from "../page/keep";
import type { Page } from "../page/page";
import { siteMenu } from "../site/menu";
import { remembered } from "../site/remember";
import { appLink, h } from "../view/dom";
import { renewIfOutdated } from "../site/renew";
import { say } from "../words/say";
import type { Attached } from "./attached";
import { compose, type Composed } from "./compose";
import { looksLikeHtml } from "./detect";
import { Draft } from "./draft";
import { type Kind, mayBeMarkup, unpack } from "./envelope";
import { factsList } from "./facts";
import type { Files } from "./files";
import { fileButton, takeDrops, takePastes } from "./intake";
import { KindChoice } from "./kinds";
import { excess, SizeMeter } from "./meter";
import { Notice } from "./notice";
import { Preview } from "./preview";
import type { TabPages } from "./tabpages";

/** What the view asks of the application. */
export interface WriteActions {
  /** Makes a page of the content and shows it. It rejects if a script that this needs cannot be fetched. */
  share(content: string): Promise<void>;
  /** The largest content that the server passes on, in bytes; undefined while that is not known. */
  limit(): number | undefined;
  /** The pages that this tab has. */
  pages(): readonly Page[];
  /** Goes to a page. */
  show(page: Page): void;
}

/** How long the visitor rests before the preview follows, in milliseconds; longer for long texts. */
const rest = 200;
const longRest = 1000;
const long = 200_000;

/** What is being written in this tab. The views come and go. */
const draft = new Draft();
/** How many files of the draft did not outlast a reload, as long as that is to be said. */
let left: number | undefined;

/** Stores the draft for a reload, unless the visitor wants nothing kept. */
function store(): void {
  if (remembered(choice) === "off") draft.forget(() => sessionStorage);
  else draft.store(() => sessionStorage);
}

/** Takes up what was stored, unless the visitor wants nothing kept; returns how many of its files were not. */
function recall(): number {
  if (remembered(choice) !== "off") return draft.recall(() => sessionStorage);
  draft.forget(() => sessionStorage);
  return 0;
}

addEventListener("pagehide", store);

export class WriteView {
  readonly element: HTMLElement;
  readonly #actions: WriteActions;
  readonly #text: HTMLTextAreaElement;
  readonly #share: HTMLButtonElement;
  readonly #kinds: KindChoice;
  readonly #notice = new Notice("write-notice");
  readonly #warning = new Notice("write-warning");
  readonly #meter = new SizeMeter();
  readonly #preview: Preview;
  /** The list of files comes when there is one. */
  readonly #attached = h("div", { hidden: "" });
  #files: Files | undefined;
  /** Fulfilled once all that was added has been read. */
  #settled: Promise<unknown> = Promise.resolve();
  /** What this tab keeps alive is listed once there is something. */
  readonly #held = h("div", { hidden: "" });
  #tabPages: TabPages | undefined;
  #composed: Composed | undefined;
  #composing: ReturnType<typeof setTimeout> | undefined;
  #sharing = false;

  constructor(actions: WriteActions) {
    this.#actions = actions;
    this.#text = h("textarea", {
      id: "content", rows: "7", placeholder: say("write.placeholder"), autocomplete: "off", dir: "auto",
    });
    this.#share = h("button", { class: "button", type: "submit", "aria-describedby": "write-warning" }, say("write.share"));
    this.#kinds = new KindChoice((kind) => { this.#choose(kind); });
    this.#preview = new Preview(() => { this.#togglePreview(); });
    const taken = (files: readonly File[], folders: readonly string[]) => {
      left = 0;
      this.#attend((part) => part.add(files, folders));
    };
    const add = fileButton(taken);
    const form = h(
      "form",
      {},
      h("label", { for: "content", class: "unseen" }, say("write.label")),
      h(
        "div",
        { class: "sheet" },
        h("div", { class: "panes" }, this.#text, this.#preview.element),
        this.#attached,
        h("div", { class: "tools" }, this.#kinds.element, add.button, add.field, this.#preview.button),
      ),
      this.#notice.element,
      this.#warning.element,
      h("div", { class: "actions" }, this.#share, this.#meter.element),
    );
    this.element = h(
      "div",
      { class: "write" },
      h("header", {}, appLink("brand", say("brand"), () => { this.focus(); })),
      h("main", {}, h("h1", {}, say("write.title")), h("p", { class: "lede" }, say("write.lede")), form, this.#held, factsList()),
      siteMenu(),
      h("p", { class: "drop", "aria-hidden": "true" }, say("write.drop")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || this.#share.disabled) return;
      event.preventDefault();
      void this.#submit();
    });
    this.#text.addEventListener("input", (event) => { this.#typed(event instanceof InputEvent ? event.inputType : ""); });
    takeDrops(this.element, taken);
    takePastes(this.element, taken);

    left ??= recall();
    if (left > 0) this.#notice.tell(say("write.draft.left", { n: left }));
    this.#reflect();
  }

  /** Called when the view is shown, and when something of what it shows has changed. */
  update(): void {
    const pages = this.#actions.pages();
    if (this.#tabPages) this.#tabPages.update(pages);
    else if (pages.length > 0) this.#list().catch(renewIfOutdated);
    this.#weigh();
  }

  async #list(): Promise<void> {
    const { TabPages } = await import("./tabpages");
    if (this.#tabPages) return;
    this.#tabPages = new TabPages((page) => { this.#actions.show(page); });
    this.#tabPages.update(this.#actions.pages());
    this.#held.replaceWith(this.#tabPages.element);
  }

  /** Does something with the files. What that needs is fetched with the first of them. */
  #attend(act: (files: Files) => Promise<void>): void {
    const done = import("./files").then(({ Files }) => act((this.#files ??= this.#filesOf(Files)))).catch(() => {
      this.#notice.tell(say("page.unreachable"));
      void renewIfOutdated();
    });
    this.#settled = Promise.all([this.#settled, done]);
  }

  #filesOf(part: typeof Files): Files {
    const files = new part(draft, this.#notice, {
      limit: () => this.#actions.limit(),
      changed: () => { this.#changed(0); },
      shrink: (pictures) => { this.#shrink(pictures); },
      meant: (meant, text) => {
        Object.assign(draft, { kind: meant, chosen: true, text });
        this.#notice.clear();
        this.#reflect();
        this.focus();
      },
    });
    this.#attached.replaceWith(files.element);
    return files;
  }

  #shrink(pictures: readonly Attached[]): void {
    this.#attend((files) => files.shrink(pictures));
  }

  /** Takes up a page's content, to be written on. */
  load(content: string): void {
    const before = { kind: draft.kind, chosen: draft.chosen, text: draft.text, files: draft.files };
    const had = !draft.isEmpty;
    const parts = unpack(content) ?? { kind: mayBeMarkup(content) ? "html" as const : "text" as const, text: content, files: [] };
    draft.take(parts);
    this.#reflect();
    this.#notice.clear();
    if (!had) return;
    this.#notice.tell(say("write.draft.aside"), {
      text: say("write.draft.back"),
      act: () => {
        Object.assign(draft, before);
        this.#reflect();
        this.#notice.clear();
        this.focus();
      },
    });
  }

  focus(): void {
    this.#text.focus();
  }

  /** Shows the draft as it is. */
  #reflect(): void {
    this.#text.value = draft.text;
    this.#kinds.show(draft.kind);
    if (this.#files || draft.files.length > 0) this.#attend((files) => files.show());
    if (draft.isEmpty) this.#preview.close();
    this.#changed(0);
  }

  #typed(how: string): void {
    const { value } = this.#text;
    // All of it at once: nobody types so.
    const pasted = how === "insertFromPaste" || how === "insertFromDrop" || (draft.text === "" && value.length > 1);
    draft.text = value;
    if (!draft.chosen) this.#guess(pasted);
    this.#changed(value.length > long ? longRest : rest);
  }

  /** Pasted source of a page is HTML, which the visitor is told. */
  #guess(pasted: boolean): void {
    if (draft.kind === "text" && pasted && looksLikeHtml(draft.text)) {
      this.#become("html");
      this.#notice.tell(say("write.guess.html"), {
        text: say("write.guess.keep"),
        act: () => {
          this.#choose("text");
          this.focus();
        },
      });
    } else if (draft.kind === "html" && draft.text === "") {
      this.#become("text");
      this.#notice.clear();
    }
  }

  #choose(kind: Kind): void {
    draft.chosen = true;
    this.#notice.clear();
    this.#become(kind);
    if (kind !== "text") this.#preview.suggest();
    this.#changed(0);
  }

  #become(kind: Kind): void {
    draft.kind = kind;
    this.#kinds.show(kind);
  }

  #togglePreview(): void {
    this.element.toggleAttribute("data-preview", this.#preview.open);
    this.#changed(0);
  }

  /** The draft is another: once the visitor rests, what it becomes is shown, measured and stored. */
  #changed(after: number): void {
    this.#enable();
    clearTimeout(this.#composing);
    this.#composing = setTimeout(() => { void this.#compose(); }, after);
  }

  async #compose(): Promise<Composed | undefined> {
    const mine = this.#composing;
    try {
      const composed = await compose(draft);
      // Another change, which came meanwhile, will be composed in its turn.
      if (mine !== this.#composing) return composed;
      this.#composed = composed;
      this.#preview.show(composed.content);
      this.#weigh();
      store();
      return composed;
    } catch {
      this.#notice.tell(say("write.markdown.missing"));
      void renewIfOutdated();
      return undefined;
    }
  }

  /** Whether the draft has changed since sharing began. */
  #isToCompose(): boolean {
    return this.#composing !== undefined;
  }

  /** Measures the draft against the server's limit. */
  #weigh(): void {
    const size = draft.isEmpty ? 0 : (this.#composed?.size ?? 0);
    const limit = this.#actions.limit();
    this.#meter.show(size, limit);
    const warning = excess(size, limit);
    const pictures = warning === "" ? [] : draft.files.filter(({ shrinkable }) => shrinkable);
    const offer = {
      text: say("write.files.shrink.all", { n: pictures.length }),
      act: () => { this.#shrink(pictures); },
    };
    this.#warning.tell(warning, ...(pictures.length > 0 ? [offer] : []));
    this.#enable();
  }

  #enable(): void {
    const over = !draft.isEmpty && excess(this.#composed?.size ?? 0, this.#actions.limit()) !== "";
    this.#share.disabled = draft.isEmpty || over;
    this.element.toggleAttribute("data-over", over);
  }

  async #submit(): Promise<void> {
    if (draft.isEmpty || this.#sharing) return;
    this.#sharing = true;
    try {
      await this.#settled;
      clearTimeout(this.#composing);
      this.#composing = undefined;
      const composed = await this.#compose();
      if (!composed?.whole || this.#share.disabled) return;
      await this.#actions.share(composed.content);
      // What was written meanwhile is not in the page.
      if (this.#isToCompose()) return;
      draft.clear();
      store();
      this.#notice.clear();
      this.#reflect();
    } catch {
      this.#notice.tell(say("write.share.not"));
      void renewIfOutdated();
    } finally {
      this.#sharing = false;
    }
  }
}
