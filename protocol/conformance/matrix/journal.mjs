// What happened, in order, and waiting for what is to happen: the tests wait for
// events and not for time.

import { clearTimeout, setTimeout } from "node:timers";

/** How long something may take, in milliseconds, before a test gives up. */
const patience = 15_000;

/**
 * A list that grows, with a place up to which it has been read.
 * @template T
 */
export class Journal {
  /** Everything that was written, read or not. @type {T[]} */
  entries = [];
  #read = 0;
  /** @type {Set<() => void>} */
  #readers = new Set();
  #what;

  /** @param {string} what is written here, for the sentence when it does not come */
  constructor(what) {
    this.#what = what;
  }

  /** @param {T} entry */
  write(entry) {
    this.entries.push(entry);
    for (const look of [...this.#readers]) look();
  }

  /**
   * The next entry that was not read and matches. What comes before it counts as read.
   * @param {(entry: T) => boolean} [matches]
   * @returns {Promise<T>}
   */
  next(matches = () => true) {
    return waitFor([this], () => {
      const found = this.entries.findIndex((entry, index) => index >= this.#read && matches(entry));
      if (found < 0) return undefined;
      this.#read = found + 1;
      return { value: /** @type {T} */ (this.entries[found]) };
    });
  }

  /** Whether something was written that was not read. */
  get unread() {
    return this.entries.length > this.#read;
  }

  /**
   * Calls look whenever something is written, until the returned function is called.
   * @param {() => void} look
   */
  watch(look) {
    this.#readers.add(look);
    return () => this.#readers.delete(look);
  }

  toString() {
    return `${this.#what}, of which there came ${JSON.stringify(this.entries.slice(-5))}`;
  }

  /**
   * Waits until a condition holds, looking at it now and whenever something is written.
   * @param {() => boolean} condition
   */
  async until(condition) {
    while (!condition()) await this.next();
  }
}

/**
 * The first of some journals in which there is something unread. It stays unread.
 * @param {...Journal<any>} journals
 * @returns {Promise<Journal<any>>}
 */
export function firstOf(...journals) {
  return waitFor(journals, () => {
    const value = journals.find(({ unread }) => unread);
    return value && { value };
  });
}

/**
 * Waits until look finds a value, looking now and whenever something is written.
 * @template T
 * @param {Journal<any>[]} journals
 * @param {() => { value: T } | undefined} look
 * @returns {Promise<T>}
 */
function waitFor(journals, look) {
  const late = new Error("did not come"); // made here, where it is seen who waits
  return new Promise((resolve, reject) => {
    const again = () => {
      const found = look();
      if (found === undefined) return;
      done();
      resolve(found.value);
    };
    const timer = setTimeout(() => {
      done();
      late.message = `within ${patience / 1000} s there did not come ${journals.join(" or ")}`;
      reject(late);
    }, patience);
    const ends = journals.map((journal) => journal.watch(again));
    const done = () => {
      clearTimeout(timer);
      for (const end of ends) end();
    };
    again();
  });
}
