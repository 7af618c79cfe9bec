// What survives a reload of this tab: copies of its pages. Small ones are in
// sessionStorage, which belongs to the tab; large ones are in IndexedDB, in a
// cipher whose key is in sessionStorage, so that they are gone with the tab, too.

import type { Disk } from "./disk";

/** What is noted of a page beside its content. */
export interface Note {
  address: string;
  /** It was written in this tab. */
  mine: boolean;
  /** To how many this tab has passed it on. */
  handedOn: number;
}

interface Entry extends Note {
  /** Its copy is on disk and not in sessionStorage. */
  large: boolean;
}

/** Where copies are kept. A browser may have none of these, and whatever they do may throw. */
export interface Places {
  /** What belongs to this tab. */
  session: Storage | undefined;
  /** What belongs to the whole site: here is only whether the visitor wants any of this. */
  local: Storage | undefined;
  /** For what is large; undefined where that cannot be done. */
  disk: () => Promise<Shelf | undefined>;
}

type Shelf = Pick<Disk, "save" | "read" | "has" | "remove" | "clear">;

const index = "ephemeral:pages";
const copyOf = (address: string) => `ephemeral:page:${address}`;

/** The name of the visitor's choice in local storage. It is "off", or it is not there. */
export const choice = "ephemeral:keep";

/** Where in sessionStorage the draft is (see draft.ts): the choice is about that, too. */
export const draftPlace = "ephemeral:draft";

/** The most characters that are put in sessionStorage if there is a better place. */
const small = 1 << 20;

export class Keep {
  /** Called when the visitor has changed their mind, here or in another tab. */
  changed: () => void = () => undefined;
  readonly #places: Places;
  #entries: Entry[] = [];
  #enabled: boolean;
  /** What is being saved. Who forgets it meanwhile takes it out. */
  readonly #saving = new Map<string, object>();

  constructor(places: Places) {
    this.#places = places;
    this.#enabled = attempt(() => places.local?.getItem(choice)) !== "off";
    if (this.#enabled) this.#entries = entriesIn(attempt(() => places.session?.getItem(index)));
    // A tab that was discarded has not heard of the choice.
    else this.#clearSession();
  }

  /** What this tab has put by, also before it was loaded anew. */
  get notes(): readonly Note[] {
    return this.#entries;
  }

  /** Whether copies are kept at all. Setting it to false deletes them at once, those of all tabs. */
  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(on: boolean) {
    attempt(() => {
      if (on) this.#places.local?.removeItem(choice);
      else this.#places.local?.setItem(choice, "off");
    });
    this.obey(on);
    if (!on) void this.#onDisk((disk) => disk.clear());
  }

  /** Does as the visitor has chosen, maybe in another tab. */
  obey(on: boolean): void {
    if (on === this.#enabled) return;
    this.#enabled = on;
    if (!on) {
      this.#saving.clear();
      for (const { address } of this.#entries) this.forget(address);
      this.#clearSession();
    }
    this.changed();
  }

  /** Puts a copy by, unless there is one. Tells whether the page survives a reload. */
  async save(note: Note, content: string): Promise<boolean> {
    const { address } = note;
    if (!this.#enabled) return false;
    const saving = {};
    this.#saving.set(address, saving);
    const large = (await this.#largeOf(address)) ?? (await this.#put(address, content));

    if (this.#saving.get(address) !== saving) {
      // Forgotten meanwhile. If it is being saved once more, or was, that is the one that counts.
      const saved = this.#entryOf(address) !== undefined;
      if (!saved && !this.#saving.has(address)) this.#delete(address, large === true);
      return saved;
    }
    this.#saving.delete(address);
    if (large === undefined) return false;
    if (this.#write([...this.#entries.filter((entry) => entry.address !== address), { ...note, large }])) return true;
    this.forget(address);
    return false;
  }

  /** The copy of a page, which is to be verified; undefined if there is none. It rejects if that cannot be seen now. */
  async read(address: string): Promise<string | undefined> {
    if (this.#entryOf(address)?.large === true) return (await this.#places.disk())?.read(address);
    return attempt(() => this.#places.session?.getItem(copyOf(address))) ?? undefined;
  }

  /** Deletes the copy of a page. */
  forget(address: string): void {
    this.#saving.delete(address);
    const entry = this.#entryOf(address);
    if (!entry) return;
    this.#write(this.#entries.filter((other) => other !== entry));
    this.#delete(address, entry.large);
  }

  /** Notes what has become of a page that is kept. */
  note(note: Note): void {
    if (!this.#entryOf(note.address)) return;
    this.#write(this.#entries.map((entry) => entry.address === note.address ? { ...entry, ...note } : entry));
  }

  #entryOf(address: string): Entry | undefined {
    return this.#entries.find((entry) => entry.address === address);
  }

  /** Whether the copy that there is, is on disk; undefined if there is none, or it is not this tab's own. */
  async #largeOf(address: string): Promise<boolean | undefined> {
    const large = this.#entryOf(address)?.large;
    if (large !== true) return large;
    // Its note alone is no copy: the tab may be a duplicate, and browsers make room for others.
    return (await this.#onDisk((disk) => disk.has(address))) === true ? true : undefined;
  }

  /** Puts a copy where there is room, and tells whether that is on disk; undefined if there is none. */
  async #put(address: string, content: string): Promise<boolean | undefined> {
    const isSmall = content.length <= small;
    if (isSmall && this.#saveInSession(address, content)) return false;
    if (await this.#saveOnDisk(address, content)) return true;
    return !isSmall && this.#saveInSession(address, content) ? false : undefined;
  }

  #saveInSession(address: string, content: string): boolean {
    return attempt(() => {
      this.#places.session?.setItem(copyOf(address), content);
      return this.#places.session !== undefined;
    }) === true;
  }

  async #saveOnDisk(address: string, content: string): Promise<boolean> {
    const saved = await this.#onDisk(async (disk) => {
      await disk.save(address, content);
      return true;
    });
    return saved === true;
  }

  #delete(address: string, large: boolean): void {
    attempt(() => { this.#places.session?.removeItem(copyOf(address)); });
    if (large) void this.#onDisk((disk) => disk.remove(address));
  }

  /** Leaves nothing of what is written or held here. */
  #clearSession(): void {
    attempt(() => {
      const { session } = this.#places;
      if (!session) return;
      const names = Array.from({ length: session.length }, (_, i) => session.key(i) ?? "");
      for (const name of names) {
        if (name.startsWith("ephemeral:page") || name === draftPlace) session.removeItem(name);
      }
    });
  }

  async #onDisk<Result>(act: (disk: Shelf) => Promise<Result>): Promise<Result | undefined> {
    try {
      const disk = await this.#places.disk();
      return disk && (await act(disk));
    } catch {
      // There is no room, or the browser has taken it away: what that means for a page is told by who asked.
      return undefined;
    }
  }

  /** Notes what there is. Without its note, a copy is not found again. */
  #write(entries: Entry[]): boolean {
    this.#entries = entries;
    return attempt(() => {
      if (entries.length > 0) this.#places.session?.setItem(index, JSON.stringify(entries));
      else this.#places.session?.removeItem(index);
      return true;
    }) === true;
  }
}

/** What it returns, or undefined if it throws. */
function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** Reads what was noted, with care: other versions of this program may have written it. */
function entriesIn(text: string | null | undefined): Entry[] {
  const list = attempt(() => JSON.parse(text ?? "[]") as unknown);
  return Array.isArray(list) ? list.filter(isEntry) : [];
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { address, mine, handedOn, large } = value as Partial<Record<keyof Entry, unknown>>;
  return typeof address === "string" && typeof mine === "boolean" && typeof handedOn === "number" && typeof large === "boolean";
}
