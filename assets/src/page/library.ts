// The pages of this tab: those that it keeps alive, and those that it waits for.

import { addressOf, wellFormed } from "./digest";
import { Page } from "./page";
import { type Link, openSocket } from "../net/socket";
import { limitIn, optIn } from "../net/wire";

export class Library {
  /** The connection of this tab. */
  link: Link = "connecting";
  /** Called after each change: a page came or went, a page's state, the connection, the limit. */
  changed: () => void = () => undefined;
  readonly #pages = new Map<string, Page>();
  readonly #socket;
  #limit: number | undefined;

  constructor(connect = openSocket) {
    this.#socket = connect((link) => {
      this.link = link;
      for (const page of this.#pages.values()) page.linked(link);
      this.changed();
    });
    // Everybody who is here is counted there, as by the original front end.
    this.#socket
      .channel("all", optIn)
      .join()
      .receive("ok", (response: unknown) => {
        this.#limit = limitIn(response);
        this.changed();
      });
  }

  /** The page of that address: the one that is here, or else one that this tab now waits for. */
  open(address: string): Page {
    return this.#pages.get(address) ?? this.#add(Page.opened(this.#socket, this.link, address));
  }

  /** Makes a page of what was written: from here on it lives. */
  async write(text: string): Promise<Page> {
    const content = wellFormed(text);
    const address = await addressOf(content);
    const known = this.#pages.get(address);
    if (known?.kept === true) {
      known.resume();
      return known;
    }
    known?.abandon();
    return this.#add(Page.written(this.#socket, this.link, address, content));
  }

  /** The pages that this tab has, the oldest first. */
  list(): readonly Page[] {
    return [...this.#pages.values()].filter((page) => page.kept);
  }

  /** Gives up waiting for whatever is not the page of that address. */
  settle(address: string): void {
    for (const page of this.#pages.values()) {
      if (page.address === address || page.kept) continue;
      page.abandon();
      this.#pages.delete(page.address);
    }
  }

  /** The largest page that the server passes on, in bytes of UTF-8, as far as it has said so. */
  limit(): number | undefined {
    return this.#limit;
  }

  #add(page: Page): Page {
    this.#pages.set(page.address, page);
    page.told = () => { this.changed(); };
    this.changed();
    return page;
  }
}
