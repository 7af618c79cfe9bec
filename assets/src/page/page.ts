// One page in this tab, from "does anybody have it?" to "this tab keeps it
// alive". It knows nothing of how that looks.

import type { Line, Link } from "../net/connection";
import { Hold } from "../net/hold";
import { Receive } from "../net/receive";
import type { Standing } from "../net/wire";
import { belongsTo, byteLength } from "./digest";
import type { Keep, Note } from "./keep";
import { changeOfHolders, noted } from "./log";
import type { Happening, Life, PageState, Phase } from "./state";

/** What the pages of a tab share. */
export interface Tab {
  readonly line: Line;
  readonly link: Link;
  readonly keep: Keep;
}

/** Ages are told in whole seconds, so that what they are counted from seems to move, in milliseconds. */
const trembling = 2000;

/** When to look again for a copy that could not be looked for, in milliseconds. */
const lookAgainAfter = 3000;

/** When to try again to put a copy by for which there was no room, in milliseconds. */
const secureAgainAfter = 30_000;

export class Page {
  readonly address: string;
  /** What the page says, once it is here and verified. */
  content: string | undefined;
  state: PageState;
  /** Called after each change of the state or the content: by the one that shows the page, and by the library. */
  changed: () => void = () => undefined;
  told: () => void = () => undefined;

  readonly #tab: Tab;
  #receive: Receive | undefined;
  #hold: Hold | undefined;
  #restoring = false;
  #lookingAgain: ReturnType<typeof setTimeout> | undefined;
  #securingAgain: ReturnType<typeof setTimeout> | undefined;

  private constructor(tab: Tab, address: string, mine: boolean) {
    this.#tab = tab;
    this.address = address;
    this.state = {
      link: tab.link, phase: "starting", reason: "", mine,
      holders: 0, waiting: 0, handedOn: 0, progress: undefined, life: undefined, log: [], survives: false, size: 0, limit: 0,
    };
  }

  /** A page that was written in this tab. */
  static written(tab: Tab, address: string, content: string): Page {
    const page = new Page(tab, address, true);
    page.#note("written");
    page.#have(content);
    return page;
  }

  /** A page that this tab was asked to open. */
  static opened(tab: Tab, address: string): Page {
    const page = new Page(tab, address, false);
    page.#ask();
    return page;
  }

  /** A page that this tab had before it was loaded anew. */
  static restored(tab: Tab, note: Note): Page {
    const page = new Page(tab, note.address, note.mine);
    page.#restoring = true;
    page.#set({ phase: "checking", handedOn: note.handedOn });
    void page.#restore();
    return page;
  }

  /** The connection was opened or lost. */
  linked(link: Link): void {
    const before = this.state.link;
    if (link === "lost" && before === "open") this.#note("lost");
    if (link === "open" && before === "lost") this.#note("back");
    this.#set({ link });
  }

  /** Whether this tab has the page, and so should not forget it. */
  get kept(): boolean {
    return this.content !== undefined || this.#restoring;
  }

  /** Gives up waiting for the page. */
  abandon(): void {
    this.#endRestoring();
    this.#receive?.stop();
    this.#receive = undefined;
  }

  /** Stops sharing the page. This tab goes on showing it, but does not keep it. */
  stop(): void {
    if (!this.#hold) return;
    this.#hold.stop();
    this.#hold = undefined;
    this.#tab.keep.forget(this.address);
    this.#note("stopped");
    this.#set({ phase: "stopped", holders: 0, waiting: 0, life: undefined, survives: false });
  }

  /** Shares the page again. */
  resume(): void {
    if (this.content === undefined || this.#hold) return;
    this.#note("resumed");
    this.#have(this.content);
  }

  /** Puts a copy by, so that the page survives a reload of this tab, or says that it does not. */
  async secure(): Promise<void> {
    if (this.content === undefined || !this.#hold) return;
    const { address, state: { mine, handedOn } } = this;
    const survives = await this.#tab.keep.save({ address, mine, handedOn }, this.content);
    clearTimeout(this.#securingAgain);
    if (!this.#isHeld()) return;
    this.#set({ survives });
    if (!survives && this.#tab.keep.enabled) this.#securingAgain = setTimeout(() => { void this.secure(); }, secureAgainAfter);
  }

  async #restore(): Promise<void> {
    let content: string | undefined;
    try {
      content = await this.#tab.keep.read(this.address);
      if (content !== undefined && !(await belongsTo(this.address, content))) content = undefined;
    } catch {
      if (this.#restoring) this.#lookAgain();
      return;
    }
    // Meanwhile it may have come from somebody else.
    if (!this.#restoring) return;
    if (content !== undefined) {
      this.abandon();
      this.#note("restored");
      this.#have(content);
    } else {
      this.#endRestoring();
      this.#tab.keep.forget(this.address);
      if (!this.#receive) this.#start();
      this.#set({ mine: false, handedOn: 0 });
    }
  }

  /** There may be a copy, but it could not be looked for. Somebody else may have the page until then. */
  #lookAgain(): void {
    this.#lookingAgain = setTimeout(() => { void this.#restore(); }, lookAgainAfter);
    if (!this.#receive) this.#start();
  }

  #endRestoring(): void {
    this.#restoring = false;
    clearTimeout(this.#lookingAgain);
  }

  #start(): void {
    this.#ask();
    this.#set({ phase: "starting" });
  }

  #ask(): void {
    this.#receive = new Receive(this.#tab.line, this.address, {
      asked: () => {
        this.#note("asked");
        this.#set({ phase: "starting" });
      },
      interrupted: () => { this.#set({ phase: "starting", progress: undefined, holders: 0, waiting: 0, life: undefined }); },
      standing: (standing, limit) => { this.#await(standing, limit); },
      progress: (progress) => { this.#set({ phase: "receiving", progress }); },
      checking: () => { this.#set({ phase: "checking", progress: undefined }); },
      wrong: () => {
        this.#note("wrong");
        this.#set({ phase: "starting" });
      },
      received: (content) => {
        this.#receive = undefined;
        this.#note("received", byteLength(content));
        this.#note("verified");
        this.#have(content);
      },
      refused: (reason) => { this.#refuse(reason); },
    });
  }

  /** How the page stands while this tab waits for it. */
  #await({ holders, waiting, tooLarge, life }: Standing, limit: number): void {
    const { state } = this;
    const phase: Phase = holders > 0 ? "coming" : tooLarge > 0 ? "stuck" : "nobody";
    if (phase === "coming" && state.phase !== "coming" && state.phase !== "receiving") this.#note("coming", holders);
    if (phase === "stuck" && state.phase !== "stuck") this.#note("tooLarge", limit);
    if (phase === "nobody" && state.phase !== "nobody") this.#note("nobody");
    if (waiting > Math.max(1, state.waiting)) this.#note("waiting", waiting);
    const numbers = { holders, waiting, limit, life: this.#lifeOf(life) };
    // What is on its way to this tab comes, whatever becomes of who sent it. What
    // is on its way to the server does not if its sender has left.
    const { progress } = state;
    if (progress && (progress.leg === "down" || holders >= state.holders)) this.#set(numbers);
    else this.#set({ ...numbers, phase, progress: undefined });
  }

  /** The page is here. From now on this tab passes it on. */
  #have(content: string): void {
    this.#endRestoring();
    this.content = content;
    const size = byteLength(content);
    this.#set({ phase: "kept", holders: 0, waiting: 0, progress: undefined, size });
    let told = false;
    this.#hold = new Hold(this.#tab.line, this.address, content, size, {
      holding: () => {
        if (!told) this.#note("holding");
        told = true;
        this.#set({ phase: "kept", holders: 0 });
      },
      counted: (holders) => {
        const change = changeOfHolders(this.state.holders, holders);
        if (change) this.#note(change, holders);
        this.#set({ holders });
      },
      standing: ({ waiting, life }) => {
        if (waiting > this.state.waiting) this.#note("waiting", waiting);
        this.#set({ waiting, life: this.#lifeOf(life) });
      },
      requested: () => {
        this.#note("requested");
        this.#set({});
      },
      handedOn: (visitors) => {
        this.#note("handed", visitors);
        this.#set({ handedOn: this.state.handedOn + visitors });
        this.#tab.keep.note({ address: this.address, mine: this.state.mine, handedOn: this.state.handedOn });
      },
      tooLarge: (limit) => {
        if (this.state.phase !== "alone") this.#note("tooLarge", limit);
        this.#set({ phase: "alone", limit });
      },
      refused: (reason) => { this.#refuse(reason); },
    });
    void this.secure();
  }

  #refuse(reason: string): void {
    if (this.state.phase !== "refused") this.#note("refused");
    this.#set({ phase: "refused", reason });
  }

  #isHeld(): boolean {
    return this.#hold !== undefined;
  }

  #lifeOf(life: Standing["life"]): Life | undefined {
    if (!life) return undefined;
    const { age, peak, passed } = life;
    const since = Date.now() - 1000 * age;
    const known = this.state.life?.since;
    return { since: known !== undefined && Math.abs(known - since) < trembling ? known : since, peak, passed };
  }

  /** Puts something into the log. The change is told with the next one of the state. */
  #note(what: Happening["what"], n?: number): void {
    this.state = { ...this.state, log: noted(this.state.log, what, n) };
  }

  #set(change: Partial<PageState>): void {
    const refusal = change.phase === undefined ? this.state.reason : "";
    this.state = { ...this.state, reason: refusal, ...change };
    this.changed();
    this.told();
  }
}
