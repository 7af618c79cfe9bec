// The files of a draft, and what becomes of those that are added to it.

import { bytes, say } from "../words/say";
import { Attached } from "./attached";
import type { Draft } from "./draft";
import { mostFiles } from "./envelope";
import type { FileList } from "./filelist";
import type { Notice } from "./notice";

/** No browser should be made to read more than this, in bytes, whatever the server's limit. */
const hardest = 100_000_000;

export class Files {
  readonly element: HTMLElement;
  readonly #draft: Draft;
  readonly #notice: Notice;
  readonly #limit: () => number | undefined;
  readonly #changed: () => void;
  #list: FileList | undefined;
  /** Fulfilled once all that was added has been read. */
  settled: Promise<unknown> = Promise.resolve();

  /** element is where their list is put. changed is called after each change. */
  constructor(element: HTMLElement, draft: Draft, notice: Notice, limit: () => number | undefined, changed: () => void) {
    this.element = element;
    this.#draft = draft;
    this.#notice = notice;
    this.#limit = limit;
    this.#changed = changed;
  }

  /** Adds files to the page, as far as that is possible, and says what was not. */
  add(added: readonly File[], folders: readonly string[]): void {
    this.settled = Promise.all([this.settled, this.#add(added, folders)]);
  }

  async #add(added: readonly File[], folders: readonly string[]): Promise<void> {
    const problems = folders.map((name) => say("write.files.folder", { name }));
    const room = mostFiles - this.#draft.files.length;
    if (added.length > room) problems.push(say("write.files.many", { n: mostFiles }));
    const files: Attached[] = [];
    for (const file of added.slice(0, room)) {
      const attached = new Attached(file, file.name);
      const problem = this.#refusal(attached);
      if (problem === "") files.push(attached);
      else problems.push(problem);
    }
    this.#draft.files = [...this.#draft.files, ...files];
    await this.show();
    for (const file of files) {
      const problem = await this.#read(file);
      if (problem !== "") problems.push(problem);
    }
    this.#notice.tell(problems.join(" "));
    this.#changed();
  }

  /** Shows them as they are in the draft. */
  async show(): Promise<void> {
    if (!this.#list) {
      if (this.#draft.files.length === 0) return;
      const { FileList } = await import("./filelist");
      this.#list ??= new FileList({
        remove: (file) => { this.#remove(file); },
        move: (file, by) => { void this.#move(file, by); },
        shrink: (file) => { void this.shrink([file]); },
      });
      this.element.append(this.#list.element);
    }
    this.element.hidden = this.#draft.files.length === 0;
    this.#list.show(this.#draft.files);
  }

  /** Makes pictures smaller, and says what came of it. */
  async shrink(pictures: readonly Attached[]): Promise<void> {
    const { shrink } = await import("./shrink");
    const problems: string[] = [];
    let n = 0;
    let before = 0;
    let size = 0;
    for (const file of pictures) {
      this.#list?.busy(file, true);
      const small = await shrink(file.blob, file.name);
      this.#list?.busy(file, false);
      // Meanwhile it may have been removed.
      if (!this.#draft.files.includes(file)) continue;
      if (!small) {
        problems.push(say("write.files.shrink.not", { name: file.name }));
        continue;
      }
      const smaller = new Attached(small, small.name);
      this.#draft.files = this.#draft.files.map((other) => (other === file ? smaller : other));
      n++;
      before += file.blob.size;
      size += small.size;
      await this.#read(smaller);
      await this.show();
      if (pictures.length === 1) this.#list?.focus(smaller, "remove");
    }
    const done = n > 0 ? [say("write.files.shrunk", { n, size: bytes(size), before: bytes(before) })] : [];
    this.#notice.tell([...done, ...problems].join(" "));
    this.#changed();
  }

  /** Those that "make smaller" is worth for. */
  get shrinkable(): readonly Attached[] {
    return this.#draft.files.filter((file) => file.shrinkable);
  }

  /** Why a file cannot go with the page; "" if it can. It is known before the file is read. */
  #refusal({ name, blob, weight, shrinkable }: Attached): string {
    const limit = shrinkable ? hardest : Math.min(this.#limit() ?? hardest, hardest);
    if ((shrinkable ? blob.size : weight) <= limit) return "";
    return say("write.files.large", { name, size: bytes(blob.size), limit: bytes(this.#limit() ?? hardest) });
  }

  /**
   * Reads a file, unless it is a picture that must become smaller first. What
   * cannot be read is taken from the draft; returns what is to be said of that.
   */
  async #read(file: Attached): Promise<string> {
    if (file.weight > (this.#limit() ?? hardest)) return "";
    try {
      await file.read();
      return "";
    } catch {
      this.#draft.files = this.#draft.files.filter((other) => other !== file);
      await this.show();
      return say("write.files.unreadable", { name: file.name });
    }
  }

  #remove(file: Attached): void {
    const place = this.#draft.files.indexOf(file);
    this.#draft.files = this.#draft.files.filter((other) => other !== file);
    void this.show();
    this.#list?.focus(this.#draft.files[Math.min(place, this.#draft.files.length - 1)], "remove");
    this.#notice.clear();
    this.#changed();
  }

  async #move(file: Attached, by: number): Promise<void> {
    const place = this.#draft.files.indexOf(file);
    const rest = this.#draft.files.filter((other) => other !== file);
    this.#draft.files = [...rest.slice(0, place + by), file, ...rest.slice(place + by)];
    await this.show();
    this.#list?.focus(file, by < 0 ? "up" : "down");
    this.#changed();
  }
}
