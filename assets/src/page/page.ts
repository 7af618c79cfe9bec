// One page in this tab, from "does anybody have it?" to "this tab keeps it
// alive". It knows nothing of how that looks.

import type { Socket } from "phoenix";
import { byteLength } from "./digest";
import { Hold } from "../net/hold";
import { Receive } from "../net/receive";
import type { Link } from "../net/socket";
import type { PageState } from "./state";

export class Page {
  readonly address: string;
  /** What the page says, once it is here and verified. */
  content: string | undefined;
  state: PageState;
  /** Called after each change of the state or the content: by the one that shows the page, and by the library. */
  changed: () => void = () => undefined;
  told: () => void = () => undefined;

  readonly #socket: Socket;
  #receive: Receive | undefined;
  #hold: Hold | undefined;

  private constructor(socket: Socket, link: Link, address: string, mine: boolean) {
    this.#socket = socket;
    this.address = address;
    this.state = {
      link, phase: "starting", reason: "", mine,
      holders: 0, waiting: 0, handedOn: 0, progress: undefined, life: undefined, log: [], survives: false, size: 0, limit: 0,
    };
  }

  /** A page that was written in this tab. */
  static written(socket: Socket, link: Link, address: string, content: string): Page {
    const page = new Page(socket, link, address, true);
    page.#keep(content);
    return page;
  }

  /** A page that this tab was asked to open. */
  static opened(socket: Socket, link: Link, address: string): Page {
    const page = new Page(socket, link, address, false);
    page.#receive = new Receive(socket, address, {
      looking: () => { page.#set({ phase: "starting" }); },
      standing: ({ holders, waiting, tooLarge }) => {
        const phase = holders > 0 ? "coming" : tooLarge > 0 ? "stuck" : "nobody";
        page.#set({ phase, holders, waiting });
      },
      checking: () => { page.#set({ phase: "checking" }); },
      received: (content) => { page.#keep(content); },
      refused: (reason) => { page.#set({ phase: "refused", reason }); },
    });
    return page;
  }

  /** The connection was opened or lost. */
  linked(link: Link): void {
    this.#set({ link });
  }

  /** Whether this tab has the page, and so should go on holding it. */
  get kept(): boolean {
    return this.content !== undefined;
  }

  /** Gives up waiting for the page. */
  abandon(): void {
    this.#receive?.stop();
  }

  /** Stops sharing the page. This tab goes on showing it. */
  stop(): void {
    if (!this.#hold) return;
    this.#hold.stop();
    this.#hold = undefined;
    this.#set({ phase: "stopped", holders: 0, waiting: 0, life: undefined });
  }

  /** Shares the page again. */
  resume(): void {
    if (this.content !== undefined && !this.#hold) this.#keep(this.content);
  }

  #keep(content: string): void {
    this.content = content;
    this.#set({ phase: "kept", holders: 0, waiting: 0 });
    this.#hold = new Hold(this.#socket, this.address, content, {
      counted: (holders) => { this.#set({ holders }); },
      awaited: (waiting) => { this.#set({ waiting }); },
      handedOn: (visitors) => { this.#set({ handedOn: this.state.handedOn + visitors }); },
      tooLarge: (limit) => { this.#set({ phase: "alone", limit, size: byteLength(content) }); },
      refused: (reason) => { this.#set({ phase: "refused", reason }); },
    });
  }

  #set(change: Partial<PageState>): void {
    const refusal = change.phase === undefined ? this.state.reason : "";
    this.state = { ...this.state, reason: refusal, ...change };
    this.changed();
    this.told();
  }
}
