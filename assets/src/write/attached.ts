// A file that goes with a page while the page is being written.

import { type PackedFile, typeOf } from "./envelope";
import { cleanName } from "./filename";

/** Pictures that can be made smaller, and are worth it from this many bytes on. */
const shrinkable = /^image\/(jpeg|png|webp|avif|heic|heif|bmp)$/;
const worthShrinking = 1e6;

export class Attached {
  readonly name: string;
  readonly type: string;
  readonly blob: Blob;
  /** What it says, in base64, once it has been read. */
  base64: string | undefined;
  #reading: Promise<string> | undefined;

  constructor(blob: Blob, name: string, base64?: string) {
    this.blob = blob;
    this.name = cleanName(name);
    this.type = typeOf(blob.type);
    this.base64 = base64;
  }

  /** A file as it was in a page or in a draft. */
  static from({ name, type, base64 }: PackedFile): Attached {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new Attached(new Blob([bytes], { type }), name, base64);
  }

  get isPicture(): boolean {
    return this.type.startsWith("image/");
  }

  /** Whether "make smaller" is worth to be offered. */
  get shrinkable(): boolean {
    return shrinkable.test(this.type) && this.blob.size > worthShrinking;
  }

  /** How many bytes it takes in a page, without its name. */
  get weight(): number {
    return weightOf(this.blob.size);
  }

  /** The file as it goes into an envelope; undefined while it has not been read. */
  get packed(): PackedFile | undefined {
    return this.base64 === undefined ? undefined : { name: this.name, type: this.type, base64: this.base64 };
  }

  /** Reads the file, once however often it is asked. It fails if that is not possible: a folder, or the file is gone. */
  async read(): Promise<void> {
    this.#reading ??= base64Of(this.blob);
    this.base64 ??= await this.#reading;
  }
}

/** How many characters of base64 so many bytes take. */
export function weightOf(size: number): number {
  return Math.ceil(size / 3) * 4;
}

function base64Of(blob: Blob): Promise<string> {
  return new Promise((read, failed) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = reader.result as string;
      const base64 = url.slice(url.indexOf(",") + 1);
      // An empty file's data URL has no comma in some browsers.
      read(blob.size === 0 ? "" : base64);
    };
    reader.onerror = () => { failed(reader.error ?? new Error("the file cannot be read")); };
    reader.readAsDataURL(blob);
  });
}
