// The files of a draft, and what becomes of those that are added to it.

import { h } from "../view/dom";
import { bytes, say } from "../words/say";
import { Attached } from "./attached";
import type { Draft } from "./draft";
import { type Kind, mostFiles } from "./envelope";
import type { FileList } from "./filelist";
import type { Notice } from "./notice";

/** No browser should be made to read more than this, in bytes, whatever the server's limit. */
const hardest = 100_000_000;

export interface FilesActions {
  /** The largest content that the server passes on, in bytes, if that is known. */
  limit(): number | undefined;
  /** The files of the draft are others. */
  changed(): void;
  /** A file is to be the page's text. */
  meant(kind: Kind, text: string): void;
}

/** Names of files whose text may be meant to be the page, and what it is written in. */
const texts: readonly [ending: RegExp, kind: Kind][] = [
  [/\.txt$/i, "text"],
  [/\.(md|markdown)$/i, "markdown"],
  [/\.html?$/i, "html"],
];

function kindOf({ name }: Attached): Kind | undefined {
  return texts.find(([ending]) => ending.test(name))?.[1];
}

export class Files {
  /** Where their list is. */
  readonly element = h("div", { class: "files" });
  readonly #draft: Draft;
  readonly #notice: Notice;
  readonly #actions: FilesActions;
  #list: FileList | undefined;
  /** Fulfilled once all that was added has been read. */
  settled: Promise<unknown> = Promise.resolve();

  constructor(draft: Draft, notice: Notice, actions: FilesActions) {
    this.element.hidden = true;
    this.#draft = draft;
    this.#notice = notice;
    this.#actions = actions;
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
    if (problems.length === 0) this.#offer(files);
    this.#actions.changed();
  }

  /** A single file of text can be meant to be the page. That is for the visitor to say. */
  #offer([file, ...others]: readonly Attached[]): void {
    const kind = file && kindOf(file);
    if (!kind || others.length > 0 || this.#draft.text !== "") return;
    const act = () => {
      void file.blob.text().then((text) => {
        this.#draft.files = this.#draft.files.filter((other) => other !== file);
        this.#actions.meant(kind, text);
      });
    };
    this.#notice.tell(say("write.files.beside", { name: file.name }), { text: say("write.files.page"), act });
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
    this.#actions.changed();
  }

  /** Those that "make smaller" is worth for. */
  get shrinkable(): readonly Attached[] {
    return this.#draft.files.filter((file) => file.shrinkable);
  }

  /** Why a file cannot go with the page; "" if it can. It is known before the file is read. */
  #refusal({ name, blob, weight, shrinkable }: Attached): string {
    const limit = shrinkable ? hardest : Math.min(this.#actions.limit() ?? hardest, hardest);
    if ((shrinkable ? blob.size : weight) <= limit) return "";
    return say("write.files.large", { name, size: bytes(blob.size), limit: bytes(this.#actions.limit() ?? hardest) });
  }

  /**
   * Reads a file, unless it is a picture that must become smaller first. What
   * cannot be read is taken from the draft; returns what is to be said of that.
   */
  async #read(file: Attached): Promise<string> {
    if (file.weight > (this.#actions.limit() ?? hardest)) return "";
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
    this.#actions.changed();
  }

  async #move(file: Attached, by: number): Promise<void> {
    const place = this.#draft.files.indexOf(file);
    const rest = this.#draft.files.filter((other) => other !== file);
    this.#draft.files = [...rest.slice(0, place + by), file, ...rest.slice(place + by)];
    await this.show();
    this.#list?.focus(file, by < 0 ? "up" : "down");
    this.#actions.changed();
  }
}
