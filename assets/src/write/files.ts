// The files of a draft, and what becomes of those that are added to it. Fetched
// with the first of them.

import { h } from "../view/dom";
import { bytes, say } from "../words/say";
import { Attached } from "./attached";
import type { Draft } from "./draft";
import { type Kind, mostFiles } from "./envelope";
import { FileList } from "./filelist";
import type { Notice } from "./notice";
import { shrink } from "./shrink";

/** No browser should be made to read more than this, in bytes, whatever the server's limit. */
const hardest = 100_000_000;

export interface FilesActions {
  /** The largest content that the server passes on, in bytes, if that is known. */
  limit(): number | undefined;
  /** The files of the draft are others. */
  changed(): void;
  /** Pictures are to be made smaller by shrink, which sharing waits for. */
  shrink(pictures: readonly Attached[]): void;
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
  readonly element: HTMLElement;
  readonly #draft: Draft;
  readonly #notice: Notice;
  readonly #actions: FilesActions;
  readonly #list: FileList;

  constructor(draft: Draft, notice: Notice, actions: FilesActions) {
    this.#draft = draft;
    this.#notice = notice;
    this.#actions = actions;
    this.#list = new FileList({
      remove: (file) => { this.#remove(file); },
      move: (file, by) => { this.#move(file, by); },
      shrink: (file) => { actions.shrink([file]); },
    });
    this.element = h("div", {}, this.#list.element);
  }

  /** Adds files to the page, as far as that is possible, and says what was not. It is done when they have been read. */
  async add(added: readonly File[], folders: readonly string[]): Promise<void> {
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
    problems.push(...await this.#read());
    this.#notice.tell(problems.join(" "));
    if (problems.length === 0) this.#offer(files);
    this.#actions.changed();
  }

  /** Shows them as they are in the draft, and reads those that have not been: another view may have begun with that. */
  async show(): Promise<void> {
    const problems = await this.#read();
    if (problems.length > 0) this.#notice.tell(problems.join(" "));
    this.#actions.changed();
  }

  /** A single file of text can be meant to be the page. That is for the visitor to say. */
  #offer([file, ...others]: readonly Attached[]): void {
    const kind = file && kindOf(file);
    if (!kind || others.length > 0 || this.#draft.text !== "") return;
    const act = () => {
      file.blob.text().then((text) => {
        this.#draft.files = this.#draft.files.filter((other) => other !== file);
        this.#actions.meant(kind, text);
      }, () => { this.#notice.tell(say("write.files.unreadable", { name: file.name })); });
    };
    this.#notice.tell(say("write.files.beside", { name: file.name }), { text: say("write.files.page"), act });
  }

  #show(): void {
    this.element.hidden = this.#draft.files.length === 0;
    this.#list.show(this.#draft.files);
  }

  /** Makes pictures smaller, and says what came of it. */
  async shrink(pictures: readonly Attached[]): Promise<void> {
    const problems: string[] = [];
    let n = 0;
    let before = 0;
    let size = 0;
    for (const file of pictures) {
      this.#list.busy(file, true);
      const small = await shrink(file.blob, file.name);
      this.#list.busy(file, false);
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
      problems.push(...await this.#read());
      if (pictures.length === 1) this.#list.focus(smaller, "remove");
    }
    const done = n > 0 ? [say("write.files.shrunk", { n, size: bytes(size), before: bytes(before) })] : [];
    this.#notice.tell([...done, ...problems].join(" "));
    this.#actions.changed();
  }

  /** Why a file cannot go with the page; "" if it can. It is known before the file is read. */
  #refusal({ name, blob, weight, shrinkable }: Attached): string {
    const limit = shrinkable ? hardest : Math.min(this.#actions.limit() ?? hardest, hardest);
    if ((shrinkable ? blob.size : weight) <= limit) return "";
    return say("write.files.large", { name, size: bytes(blob.size), limit: bytes(this.#actions.limit() ?? hardest) });
  }

  /**
   * Shows the files and reads those that have not been read, but for pictures
   * that must become smaller first. What cannot be read is taken from the draft;
   * returns what is to be said of that.
   */
  async #read(): Promise<string[]> {
    const most = this.#actions.limit() ?? hardest;
    const unread = this.#draft.files.filter(({ packed, weight }) => packed === undefined && weight <= most);
    this.#show();
    for (const file of unread) this.#list.busy(file, true);
    const problems: string[] = [];
    for (const file of unread) {
      try {
        await file.read();
        this.#list.busy(file, false);
      } catch {
        if (!this.#draft.files.includes(file)) continue;
        this.#draft.files = this.#draft.files.filter((other) => other !== file);
        this.#show();
        problems.push(say("write.files.unreadable", { name: file.name }));
      }
    }
    return problems;
  }

  #remove(file: Attached): void {
    const place = this.#draft.files.indexOf(file);
    this.#draft.files = this.#draft.files.filter((other) => other !== file);
    this.#show();
    this.#list.focus(this.#draft.files[Math.min(place, this.#draft.files.length - 1)], "remove");
    this.#notice.clear();
    this.#actions.changed();
  }

  #move(file: Attached, by: number): void {
    const place = this.#draft.files.indexOf(file);
    const rest = this.#draft.files.filter((other) => other !== file);
    this.#draft.files = [...rest.slice(0, place + by), file, ...rest.slice(place + by)];
    this.#show();
    this.#list.focus(file, by < 0 ? "up" : "down");
    this.#actions.changed();
  }
}
