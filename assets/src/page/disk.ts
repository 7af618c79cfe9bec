// Copies that are too large for sessionStorage. IndexedDB is shared by all tabs
// of a site, and what a closed tab leaves there stays. So each tab has a name and
// a key, which only its sessionStorage knows: what is left cannot be read by
// anybody, and is swept away later.

import { deleteCopiesOf, Store } from "./store";

/** Where a tab's name and key are in its sessionStorage. */
const place = "ephemeral:disk";

/** A tab holds this lock while it lives. */
const lockOf = (name: string) => `ephemeral:tab:${name}`;

/** How often a tab says that it is there, in milliseconds. */
const sayEvery = 600_000;

/**
 * How long the copies of a tab are left alone that does not live: browsers
 * discard tabs to save memory, and load them anew when they are looked at.
 */
const grace = 24 * 3_600_000;

interface Identity {
  name: string;
  /** 256 bits in hexadecimal digits. */
  key: string;
  /** The names of the tabs that this one was duplicated from, the last one first: it has their key. */
  origins: readonly string[];
}

/** No tab remembers more of those. */
const mostOrigins = 8;

/** Who this tab is, once that is settled: asked again, it would find its own name taken. */
let settled: Identity | undefined;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class Disk {
  readonly #store = new Store();
  readonly #key: CryptoKey;
  readonly #name: string;
  readonly #origins: readonly string[];

  private constructor(key: CryptoKey, { name, origins }: Identity) {
    this.#key = key;
    this.#name = name;
    this.#origins = origins;
  }

  /** Opens this tab's part; undefined where it cannot be done: plain http has no ciphers and no locks. */
  static async open(session: Storage): Promise<Disk | undefined> {
    if (!isSecureContext || !("locks" in navigator)) return undefined;
    settled ??= await identify(session);
    const cipher = await crypto.subtle.importKey("raw", bytesOf(settled.key), "AES-GCM", false, ["encrypt", "decrypt"]);
    const disk = new Disk(cipher, settled);
    await disk.#live();
    return disk;
  }

  /** Puts a copy by. */
  async save(address: string, content: string): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.#key, encoder.encode(content));
    await this.#store.write("copies", [this.#name, address], { iv, data });
  }

  /** The copy of a page, if there is one: this tab's own, or one of a tab that it was duplicated from. */
  async read(address: string): Promise<string | undefined> {
    for (const name of [this.#name, ...this.#origins]) {
      const content = await this.#decrypted(name, address);
      if (content !== undefined) return content;
    }
    return undefined;
  }

  /** Whether this tab has a copy of its own. */
  async has(address: string): Promise<boolean> {
    return this.#store.has("copies", [this.#name, address]);
  }

  /** Deletes the copy of a page. */
  async remove(address: string): Promise<void> {
    await this.#store.remove("copies", [this.#name, address]);
  }

  /** Deletes everything, of all tabs. */
  async clear(): Promise<void> {
    await this.#store.clear("copies");
  }

  /** Deletes what tabs have left that are no more. */
  async sweep(): Promise<void> {
    const { held = [] } = await navigator.locks.query();
    const living = new Set(held.map(({ name }) => name));
    const seen = await this.#store.entries("tabs");
    for (const [name, at] of seen) {
      if (!living.has(lockOf(name)) && Date.now() - at > grace) await deleteCopiesOf(this.#store, name);
    }
  }

  async #decrypted(name: string, address: string): Promise<string | undefined> {
    const copy = await this.#store.read("copies", [name, address]);
    if (!copy) return undefined;
    // What this key does not open will never be read: it is as good as nothing.
    const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: copy.iv }, this.#key, copy.data).catch(() => undefined);
    return data && decoder.decode(data);
  }

  /** Says that this tab is there, from now on. */
  async #live(): Promise<void> {
    const say = () => this.#store.write("tabs", this.#name, Date.now());
    await say();
    setInterval(() => { say().catch(() => undefined); }, sayEvery);
  }
}

/** Finds out who this tab is, and notes it for a reload. */
async function identify(session: Storage): Promise<Identity> {
  let identity = identityIn(session.getItem(place)) ?? newIdentity();
  if (!(await claim(identity.name))) {
    // A duplicate of a tab comes with a copy of its sessionStorage.
    const { name, key, origins } = identity;
    identity = { name: newIdentity().name, key, origins: [name, ...origins].slice(0, mostOrigins) };
    await claim(identity.name);
  }
  session.setItem(place, JSON.stringify(identity));
  return identity;
}

/** Takes a name until this tab ends. It fails if another tab has it. */
function claim(name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lockOf(name), { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise(() => undefined);
      })
      .catch(reject);
  });
}

function newIdentity(): Identity {
  const random = (bytes: number) => hex(crypto.getRandomValues(new Uint8Array(bytes)));
  return { name: random(16), key: random(32), origins: [] };
}

function identityIn(text: string | null): Identity | undefined {
  const [, name, key, origins] = /^\{"name":"([0-9a-f]{32})","key":"([0-9a-f]{64})","origins":\[([0-9a-f",]*)\]\}$/.exec(text ?? "") ?? [];
  if (name === undefined || key === undefined) return undefined;
  return { name, key, origins: origins?.match(/[0-9a-f]{32}/g) ?? [] };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
