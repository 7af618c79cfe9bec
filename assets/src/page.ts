// One page in this tab, from "does anybody have it?" to "this tab keeps it
// alive". It knows nothing of how that looks.

import type { Socket } from "phoenix";
import { byteLength } from "./digest";
import { Hold } from "./hold";
import { Receive } from "./receive";
import type { Link } from "./socket";

/**
 * How far a page has come. starting: nothing is known yet; coming: somebody has
 * it; nobody: nobody does; stuck: somebody has it, but it is too large for the
 * server; kept: it is here, verified, and passed on from here; alone: it is
 * here but too large to be passed on; refused: the server wants none of it.
 */
export type Phase = "starting" | "coming" | "nobody" | "stuck" | "checking" | "kept" | "alone" | "refused";

/** What is known of a page at one moment. */
export interface PageState {
  /** The connection to the server. */
  link: Link;
  phase: Phase;
  /** The server's own word for a refusal, else "". */
  reason: string;
  /** Written in this tab, not received. */
  mine: boolean;
  /** How many have it, this tab included once it does; 0 also while that is not known. */
  holders: number;
  /** How many wait for it, this tab included while it does; 0 also while that is not known. */
  waiting: number;
  /** To how many this tab has passed it on. */
  handedOn: number;
  /** Where it is too large: its own size and the server's limit, in bytes. */
  size: number;
  limit: number;
}

export class Page {
  readonly address: string;
  /** What the page says, once it is here and verified. */
  content: string | undefined;
  state: PageState;
  /** Called after each change of the state or the content. */
  changed: () => void = () => undefined;

  readonly #socket: Socket;
  #receive: Receive | undefined;

  private constructor(socket: Socket, link: Link, address: string, mine: boolean) {
    this.#socket = socket;
    this.address = address;
    this.state = {
      link, phase: "starting", reason: "", mine,
      holders: 0, waiting: 0, handedOn: 0, size: 0, limit: 0,
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

  #keep(content: string): void {
    this.content = content;
    this.#set({ phase: "kept", holders: 0, waiting: 0 });
    new Hold(this.#socket, this.address, content, {
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
  }
}
