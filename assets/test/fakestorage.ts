// A Storage in memory, with a quota, as browsers have one.

export class FakeStorage implements Storage {
  readonly #items = new Map<string, string>();

  /** It takes so many characters in all, names and values. */
  constructor(readonly quota = Infinity) {}

  get length(): number {
    return this.#items.size;
  }

  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    let size = key.length + value.length;
    for (const [other, text] of this.#items) if (other !== key) size += other.length + text.length;
    if (size > this.quota) throw new DOMException("there is no room", "QuotaExceededError");
    this.#items.set(key, value);
  }

  removeItem(key: string): void {
    this.#items.delete(key);
  }

  clear(): void {
    this.#items.clear();
  }
}

/** A storage that the visitor forbids: all that it does is an error. */
export function forbiddenStorage(): Storage {
  const refuse = () => { throw new DOMException("not allowed", "SecurityError"); };
  return { length: 0, key: refuse, getItem: refuse, setItem: refuse, removeItem: refuse, clear: refuse };
}
