// The pages of this tab: those that it keeps alive, and those that it waits for.

import { Connection, type Line, type Link } from "../net/connection";
import { limitIn, optIn } from "../net/wire";
import { addressOf, wellFormed } from "./digest";
import { Keep } from "./keep";
import { Page, type Tab } from "./page";
import { placesOfBrowser } from "./places";

export class Library implements Tab {
  /** The state of this tab's connection. */
  link: Link = "connecting";
  readonly line: Line;
  readonly keep: Keep;
  /** Called after each change: a page came or went, a page's state, the connection, the limit. */
  changed: () => void = () => undefined;
  readonly #pages = new Map<string, Page>();
  #limit: number | undefined;
  /** The address of the page that is shown. */
  #shown = "";

  /** Connects, and takes up again what this tab had before it was loaded anew. */
  constructor(
    connect: (changed: (link: Link) => void) => Line = (changed) => new Connection(changed),
    keep = new Keep(placesOfBrowser()),
  ) {
    this.keep = keep;
    keep.changed = () => {
      for (const page of this.#pages.values()) void page.secure();
      this.changed();
    };
    this.line = connect((link) => {
      this.link = link;
      for (const page of this.#pages.values()) page.linked(link);
      this.changed();
    });
    for (const note of keep.notes) this.#add(Page.restored(this, note));
    // Everybody who is here is counted there, as by the original front end.
    this.line
      .channel("all", optIn)
      .join()
      .receive("ok", (response: unknown) => {
        this.#limit = limitIn(response);
        this.changed();
      });
  }

  /** The page of that address: the one that is here, or else one that this tab now waits for. */
  open(address: string): Page {
    return this.#pages.get(address) ?? this.#add(Page.opened(this, address));
  }

  /** Makes a page of what was written: from here on it lives. */
  async write(text: string): Promise<Page> {
    const content = wellFormed(text);
    const address = await addressOf(content);
    const known = this.#pages.get(address);
    if (known?.content !== undefined) {
      known.resume();
      return known;
    }
    known?.abandon();
    return this.#add(Page.written(this, address, content));
  }

  /** The pages that this tab has, the oldest first; also those that it no longer shares. */
  list(): readonly Page[] {
    return [...this.#pages.values()].filter((page) => page.content !== undefined);
  }

  /** From now on the page of that address is shown, or none. What this tab waits for beside it is given up. */
  show(address: string): void {
    this.#shown = address;
    for (const page of this.#pages.values()) this.#sort(page);
  }

  /** The largest page that the server passes on, in bytes of UTF-8, as far as it has said so. */
  limit(): number | undefined {
    return this.#limit;
  }

  #add(page: Page): Page {
    this.#pages.set(page.address, page);
    page.told = () => {
      this.#sort(page);
      this.changed();
    };
    this.changed();
    return page;
  }

  /** Gives a page up that is neither here nor looked at. */
  #sort(page: Page): void {
    if (page.kept || page.address === this.#shown || this.#pages.get(page.address) !== page) return;
    this.#pages.delete(page.address);
    page.abandon();
  }
}
