// A draft becomes a content: what is shared, what is previewed, what is measured.

import { byteLength } from "../page/digest";
import type { Draft } from "./draft";
import { pack } from "./envelope";

export interface Composed {
  content: string;
  /** In bytes of UTF-8, with those files that have not been read. */
  size: number;
  /** Whether all files are in it. */
  whole: boolean;
}

/**
 * Makes a content of the draft as it is now. It fails if Markdown is needed and
 * cannot be fetched.
 */
export async function compose({ kind, text, files }: Draft): Promise<Composed> {
  const unread = files.filter(({ packed }) => packed === undefined);
  const parts = { kind, text, files: files.flatMap(({ packed }) => packed ?? []) };
  const rendered = kind === "markdown" && text !== "" ? (await import("./markdown")).render(text) : "";
  const content = pack(parts, rendered);
  const size = byteLength(content) + unread.reduce((sum, { weight }) => sum + weight, 0);
  return { content, size, whole: unread.length === 0 };
}
