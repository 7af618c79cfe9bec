// What is being written. It outlives the view, which is made anew when the
// language changes, and, by way of sessionStorage, a reload.

import { draftPlace as key } from "../page/keep";
import { Attached } from "./attached";
import type { Kind, PackedFile, Parts } from "./envelope";

/**
 * The most that files may take in a stored draft, in characters of base64.
 * Browsers give a tab some five million in all, and its pages need them more.
 */
const mostStored = 1_000_000;

/** As it is stored. */
interface Stored {
  kind: Kind;
  chosen: boolean;
  text: string;
  files: PackedFile[];
  /** How many files were not stored: too large, or not read yet. */
  left: number;
}

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

export class Draft {
  kind: Kind = "text";
  /** Whether the visitor has chosen the kind, so that it is not to be guessed. */
  chosen = false;
  text = "";
  files: Attached[] = [];

  get isEmpty(): boolean {
    return this.text.trim() === "" && this.files.length === 0;
  }

  clear(): void {
    Object.assign(this, new Draft());
  }

  /** Becomes a copy of what a page is made of. */
  take({ kind, text, files }: Parts): void {
    this.kind = kind;
    this.chosen = true;
    this.text = text;
    this.files = files.map((file) => Attached.from(file));
  }

  /** Stores it for a reload, with those files that have been read, unless they are too large for that. */
  store(storage: () => Storage): void {
    const files = this.files.flatMap(({ packed }) => packed ?? []);
    const fits = files.reduce((sum, { base64 }) => sum + base64.length, 0) <= mostStored;
    const stored: Stored = { kind: this.kind, chosen: this.chosen, text: this.text, files, left: this.files.length - files.length };
    const bare: Stored = { ...stored, files: [], left: this.files.length };
    for (const attempt of fits ? [stored, bare] : [bare]) {
      try {
        // What was there before takes room that this needs.
        storage().removeItem(key);
        if (!this.isEmpty) storage().setItem(key, JSON.stringify(attempt));
        return;
      } catch {
        // No room, or no storage at all: with less, or not.
      }
    }
  }

  /** Takes back what was stored. */
  forget(storage: () => Storage): void {
    try {
      storage().removeItem(key);
    } catch {
      // Where nothing can be stored, nothing was.
    }
  }

  /** Takes up what was stored; returns how many of its files were not. */
  recall(storage: () => Storage): number {
    try {
      const stored: unknown = JSON.parse(storage().getItem(key) ?? "null");
      if (!isStored(stored)) return 0;
      const { kind, chosen, text, left } = stored;
      Object.assign(this, { kind, chosen, text, files: stored.files.map((file) => Attached.from(file)) });
      return left;
    } catch {
      return 0;
    }
  }
}

function isStored(value: unknown): value is Stored {
  const { kind, chosen, text, files, left } = (value ?? {}) as Partial<Record<keyof Stored, unknown>>;
  return (
    (kind === "text" || kind === "markdown" || kind === "html") &&
    typeof chosen === "boolean" &&
    typeof text === "string" &&
    typeof left === "number" &&
    Array.isArray(files) &&
    files.every(isFile)
  );
}

function isFile(value: unknown): value is PackedFile {
  const { name, type, base64 } = (value ?? {}) as Partial<Record<keyof PackedFile, unknown>>;
  return typeof name === "string" && typeof type === "string" && typeof base64 === "string";
}
