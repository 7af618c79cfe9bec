// A page's own view: the bar with its state and its address, and below it the
// page, or, while it is not here, what is being done about that.

import type { Awake } from "../page/awake";
import type { Page } from "../page/page";
import { renewIfOutdated } from "../site/renew";
import { say } from "../words/say";
import type { PackedFile } from "../write/envelope";
import { Announcer } from "./announce";
import { Bar } from "./bar";
import { h } from "./dom";
import { lifeLine, thanks } from "./life";
import { Origin } from "./origin";
import type { Sheet } from "./sheet";
import { spokenOf, statusOf } from "./status";
import { Viewer } from "./viewer";

/** What a page's view leaves to the application. */
export interface PageActions {
  /** Goes to an empty front page. What this tab holds it goes on holding. */
  write: () => Promise<void>;
  /** Goes to the front page with a copy of that content in it. */
  edit: (content: string) => Promise<void>;
  /** The switch that keeps the screen on. */
  awake: Awake;
  /** Whether copies are kept for a reload of this tab. */
  keep: { enabled: boolean };
}

/** How a page with files begins (see write/envelope.ts). */
const envelopeStart = "<!-- ephemeral 1 ";

/** How often the life-line is brought up to date, in milliseconds. */
const tick = 1000;

export class PageView {
  readonly element: HTMLElement;
  readonly #page: Page;
  readonly #actions: PageActions;
  readonly #bar: Bar;
  readonly #origin: Origin;
  readonly #viewer: Viewer;
  readonly #announcer = new Announcer();
  #files: readonly PackedFile[] = [];
  #sheet: Sheet | undefined;
  /** Under way, or done, once the page is here. */
  #unpacking: Promise<void> | undefined;
  #link: string | undefined;
  #thanks = "";
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(page: Page, actions: PageActions) {
    this.#page = page;
    this.#actions = actions;
    const write = () => { void this.#late(actions.write()); };
    const more = (part?: "files") => { void this.#more(part); };
    this.#bar = new Bar(this.address, { write, share: () => { void this.#share(); }, more: () => { more(); } });
    this.#viewer = new Viewer((index) => { void this.#takeFromLast(index); });
    this.#viewer.changed = () => { this.update(); };
    this.#origin = new Origin({
      write, safe: () => { this.#viewer.look("page"); }, files: () => { more("files"); },
    });
    this.element = h(
      "div", { class: "page" },
      this.#bar.element,
      h("main", {}, this.#origin.element, this.#viewer.element, this.#announcer.element),
    );
    this.update();
  }

  /** The page's address in full. */
  get address(): string {
    return new URL(this.#page.address, location.origin).href;
  }

  /** Shows the page's state, and the page once it is here. */
  update(): void {
    const { state, content } = this.#page;
    const status = statusOf(state);
    this.element.dataset["tone"] = status.tone;
    this.element.dataset["here"] = String(content !== undefined);
    this.element.dataset["fresh"] = String(status.fresh === true);
    this.#bar.update(state, status);
    this.#announcer.say(spokenOf(state, status));
    document.title = `${status.title} · ${say("brand")}`;
    // A view that was left and is shown again begins with the safe view.
    if (this.#viewer.mode === "scripts" && !this.element.isConnected) this.#viewer.look("page");
    if (content !== undefined) this.#show(content);
    if (state.link === "open" && this.#link === "lost") this.#viewer.retry();
    this.#link = state.link;
    this.#origin.update(state.mine, this.#viewer.mode === "scripts", this.#files.length);
    this.#tick();
    this.#thank(thanks(state));
    this.#sheet?.update();
  }

  /** Puts the focus where one who has just shared a page wants it. */
  focus(): void {
    this.#bar.focus();
  }

  /** Ends the view: another takes its place. */
  close(): void {
    this.#viewer.close();
    this.#sheet?.close();
  }

  #show(content: string): void {
    this.#viewer.show(content);
    this.#unpacking ??= content.startsWith(envelopeStart) ? this.#unpack(content) : Promise.resolve();
  }

  async #unpack(content: string): Promise<void> {
    const late = await this.#late(import("../write/envelope"));
    this.#files = late?.unpack(content)?.files ?? [];
    this.update();
  }

  /** Says it when this visitor has passed the page on to one more. */
  #thank(text: string): void {
    if (text !== "" && text !== this.#thanks) this.#announcer.show(text);
    this.#thanks = text;
  }

  /** The life-line goes on while the view is there to be seen. */
  #tick(): void {
    this.#origin.tick(lifeLine(this.#page.state, Date.now()));
    this.#ticking ??= setInterval(() => {
      if (this.element.isConnected) {
        this.#origin.tick(lifeLine(this.#page.state, Date.now()));
      } else {
        clearInterval(this.#ticking);
        this.#ticking = undefined;
      }
    }, tick);
  }

  /** What is loaded when it is wanted; undefined if it cannot be, which is then said. */
  async #late<Module>(loading: Promise<Module>): Promise<Module | undefined> {
    try {
      return await loading;
    } catch {
      this.#announcer.show(say("page.unreachable"));
      void renewIfOutdated();
      return undefined;
    }
  }

  async #share(): Promise<void> {
    const sharing = await this.#late(import("./sharing"));
    sharing?.openSharing(this.address);
  }

  async #more(part?: "files"): Promise<void> {
    const late = await this.#late(import("./sheet"));
    if (!late) return;
    this.#sheet ??= new late.Sheet({
      page: this.#page, viewer: this.#viewer, awake: this.#actions.awake, keep: this.#actions.keep,
      write: () => { void this.#late(this.#actions.write()); },
      edit: (content) => { void this.#late(this.#actions.edit(content)); },
      files: () => this.#files, take: (index) => { void this.#take(index); },
      tell: (text) => { this.#announcer.show(text); },
    });
    this.#sheet.open(part);
  }

  /** Saves one of the page's files that was clicked in the page itself, which may be seen before they are known here. */
  async #takeFromLast(index: number): Promise<void> {
    await this.#unpacking;
    await this.#take(this.#files.length - 1 - index);
  }

  /** Saves one of the page's files. */
  async #take(index: number): Promise<void> {
    const file = this.#files[index];
    if (!file) return;
    const late = await this.#late(import("./save"));
    if (!late) return;
    late.saveFile(file);
    this.#announcer.show(say("page.saved", { name: file.name }));
  }
}
