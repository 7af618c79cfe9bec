// What a page is called in a list: its first line, without its markup.

import { mayBeMarkup, unpack } from "./envelope";

/** So much of a page is looked at, in characters: a list needs no more. */
const looked = 4000;

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };

/** The first line of a page, as text; for one that is files only, their names. */
export function glance(content: string, length = 60): string {
  const parts = unpack(content);
  if (!parts) return shortened(mayBeMarkup(content.slice(0, looked)) ? wordsOf(content) : content, length);
  const text = parts.kind === "html" ? wordsOf(parts.text) : plain(parts.kind, parts.text.slice(0, looked));
  return shortened(text.trim() || parts.files.map(({ name }) => name).join(", "), length);
}

function plain(kind: "text" | "markdown", text: string): string {
  if (kind === "text") return text;
  return text
    .replace(/^[ \t]{0,9}(#{1,6}|[>*+-]|\d{1,9}[.)])[ \t]+/gm, "")
    .replace(/!?\[([^\][]{0,200})\]\([^()\s]{0,400}\)/g, "$1")
    .replace(/[*_`~]{1,3}/g, "");
}

/** The words of what may be HTML. What cannot be seen there is left out. */
function wordsOf(html: string): string {
  return html
    .slice(0, looked)
    .replace(/<!--[^]*?(-->|$)/g, " ")
    .replace(/<(style|script|template|title)\b[^]*?(<\/\1\s{0,9}>|$)/gi, " ")
    .replace(/\s+/g, " ")
    .replace(/<\/?(p|div|h[1-6]|li|ul|ol|table|tr|pre|br|hr|header|section|article|blockquote)\b[^>]*(>|$)/gi, "\n")
    .replace(/<\/?[a-z!?][^>]*(>|$)/gi, " ")
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name: string) => named[name] ?? "");
}

function shortened(text: string, length: number): string {
  const line = /\S.*/.exec(text.slice(0, looked))?.[0] ?? "";
  const characters = Array.from(line.replace(/\s+/g, " ").trim());
  return characters.length > length ? `${characters.slice(0, length - 1).join("").trimEnd()}…` : characters.join("");
}
