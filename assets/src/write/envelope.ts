// The envelope: how a text and several files are one content. It is HTML, so
// that whoever has no more than the original client sees the text, the pictures
// and the links to the files. Ours reads it back, for the list of files and for
// "edit a copy".
//
//   envelope = head [LF section] [LF "<!-- ephemeral files -->" 1*(LF file)]
//   head     = "<!-- ephemeral 1 " ("text" / "markdown" / "html") " -->"
//
// A section is there if there is a text. In an envelope of each kind it is
//
//   text     = '<pre class="text" wrap>' LF escaped "</pre>"
//   markdown = '<template class="source" data-type="text/markdown">' escaped "</template>" LF html
//   html     = html
//
// with the HTML that the Markdown was made into, or the page's own. The files
// begin after the last "<!-- ephemeral files -->" that stands in a line alone,
// so html can hold anything. Each file is a line:
//
//   file     = '<p class="file">' (image / played / other) "</p>"
//   image    = '<img alt="' name '" src="' data '">'
//   played   = name '<br><' tag ' controls src="' data '"></' tag '>'     tag = "audio" / "video"
//   other    = '<a download="' name '" href="' data '">' name "</a> " size
//   data     = "data:" type ";base64," base64
//
// type is a lower-case media type without parameters; an image's begins with
// "image/", and so on. base64 has its padding. size is for people and is not read.
// escaped, name and size have no "<", ">" or '"', and "&" only in &amp; &lt;
// &gt; &quot; and &#13; (a CR, which HTML would make a line's end). There are at
// most 200 files. What is not exactly this is not an envelope, but just a page.
//
// A text in which nothing could be taken for markup needs no envelope, and
// neither does HTML: each is its own content.

import { cleanName } from "./filename";

/** What a text is written in. */
export type Kind = "text" | "markdown" | "html";

/** A file in an envelope. */
export interface PackedFile {
  /** Clean (see cleanName). */
  name: string;
  /** Its media type, without parameters. */
  type: string;
  /** What it says, in base64. */
  base64: string;
}

/** What a content is made of. */
export interface Parts {
  kind: Kind;
  /** As it was written: for Markdown its source. */
  text: string;
  files: readonly PackedFile[];
}

/** The most files that an envelope can hold. */
export const mostFiles = 200;

const filesLine = "<!-- ephemeral files -->";
const textStart = '<pre class="text" wrap>\n';
const textEnd = "</pre>";
const sourceStart = '<template class="source" data-type="text/markdown">';
const sourceEnd = "</template>\n";

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;" } as const;
const headOf = (kind: Kind) => `<!-- ephemeral 1 ${kind} -->`;
const kinds = ["text", "markdown", "html"] as const;

/** Makes one content of the parts. rendered is the HTML that Markdown becomes. */
export function pack({ kind, text, files }: Parts, rendered = ""): string {
  if (files.length === 0 && (kind === "html" || (kind === "text" && !mayBeMarkup(text)))) return text;
  const lines = [headOf(kind)];
  if (text !== "") lines.push(sectionOf(kind, text, rendered));
  if (files.length > 0) lines.push(filesLine, ...files.map(lineOf));
  return lines.join("\n");
}

/** Whether a browser could find an element, a comment or the like in the text. */
export function mayBeMarkup(text: string): boolean {
  return /<[a-z!/?]/i.test(text);
}

function sectionOf(kind: Kind, text: string, rendered: string): string {
  switch (kind) {
    case "text":
      return textStart + escape(text) + textEnd;
    case "markdown":
      return sourceStart + escape(text) + sourceEnd + rendered;
    case "html":
      return text;
  }
}

function lineOf({ name, type, base64 }: PackedFile): string {
  const known = typeOf(type);
  return frameOf(known, escape(cleanName(name)), sizeOf(base64)).join(base64);
}

/** A media type without its parameters, or the one for just any bytes. */
export function typeOf(type: string): string {
  const essence = type.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return isType(essence) ? essence : "application/octet-stream";
}

function isType(type: string): boolean {
  return type.length <= 100 && /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/.test(type);
}

/** What stands before and after a file's base64 in its line. */
function frameOf(type: string, name: string, size: string): [before: string, after: string] {
  const data = `data:${type};base64,`;
  switch (type.slice(0, type.indexOf("/"))) {
    case "image":
      return [`<p class="file"><img alt="${name}" src="${data}`, '"></p>'];
    case "audio":
      return [`<p class="file">${name}<br><audio controls src="${data}`, '"></audio></p>'];
    case "video":
      return [`<p class="file">${name}<br><video controls src="${data}`, '"></video></p>'];
    default:
      return [`<p class="file"><a download="${name}" href="${data}`, `">${name}</a> ${size}</p>`];
  }
}

/** The size as an original client says it: in English, whatever the writer speaks. */
function sizeOf(base64: string): string {
  const n = byteCount(base64);
  if (n < 1000) return `${n} B`;
  return n < 999_950 ? `${(n / 1e3).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`;
}

/** How many bytes the base64 stands for. */
export function byteCount(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

/**
 * Takes an envelope apart. undefined: the content is none, and all of it is the
 * page. The time it takes grows with the content's length only.
 */
export function unpack(content: string): Parts | undefined {
  const kind = kinds.find((candidate) => content.startsWith(headOf(candidate)));
  if (kind === undefined) return undefined;
  const start = headOf(kind).length;
  if (start === content.length) return { kind, text: "", files: [] };
  if (content[start] !== "\n") return undefined;

  const marker = `\n${filesLine}\n`;
  const end = content.lastIndexOf(marker);
  const files = end < 0 ? [] : filesIn(content, end + marker.length);
  if (!files) return undefined;
  const sectionEnd = end < 0 ? content.length : end;
  if (sectionEnd === start) return { kind, text: "", files };
  const text = textIn(kind, content.slice(start + 1, sectionEnd));
  return text === undefined || text === "" ? undefined : { kind, text, files };
}

function textIn(kind: Kind, section: string): string | undefined {
  switch (kind) {
    case "text":
      return section.startsWith(textStart) && section.endsWith(textEnd)
        ? unescape(section.slice(textStart.length, -textEnd.length))
        : undefined;
    case "markdown": {
      const end = section.indexOf(sourceEnd);
      return section.startsWith(sourceStart) && end >= 0 ? unescape(section.slice(sourceStart.length, end)) : undefined;
    }
    case "html":
      return section;
  }
}

function filesIn(content: string, start: number): PackedFile[] | undefined {
  const files: PackedFile[] = [];
  for (let at = start; at <= content.length; ) {
    const newline = content.indexOf("\n", at);
    const end = newline < 0 ? content.length : newline;
    const file = fileIn(content.slice(at, end));
    if (!file || files.length === mostFiles) return undefined;
    files.push(file);
    at = end + 1;
  }
  return files;
}

function fileIn(line: string): PackedFile | undefined {
  const data = line.indexOf('"data:');
  const comma = line.indexOf(";base64,", data);
  if (data < 0 || comma < 0) return undefined;
  const type = line.slice(data + '"data:'.length, comma);
  const from = comma + ";base64,".length;
  const to = line.indexOf('"', from);
  if (to < 0 || !isType(type) || !isBase64(line, from, to)) return undefined;

  const before = line.slice(0, from);
  const after = line.slice(to);
  const written = nameIn(before);
  const name = written === undefined ? undefined : unescape(written);
  if (written === undefined || name === undefined) return undefined;
  // It is the line that we would write, but for the size.
  const [expectedBefore, expectedAfter] = frameOf(type, written, sizeIn(after));
  if (before !== expectedBefore || after !== expectedAfter) return undefined;
  return { name: cleanName(name), type, base64: line.slice(from, to) };
}

/** The name in what stands before a file's base64: up to the first character that ends it. */
function nameIn(before: string): string | undefined {
  const start = ['<p class="file"><img alt="', '<p class="file"><a download="', '<p class="file">']
    .find((candidate) => before.startsWith(candidate));
  if (start === undefined) return undefined;
  const rest = before.slice(start.length);
  const end = rest.search(/["<]/);
  return end < 0 ? undefined : rest.slice(0, end);
}

/** The size in what stands after a file's base64, if there is one. */
function sizeIn(after: string): string {
  const anchor = after.lastIndexOf("</a> ");
  if (anchor < 0) return "";
  const size = after.slice(anchor + "</a> ".length, -"</p>".length);
  return unescape(size) === undefined ? "" : size;
}

/** The text as it can stand between tags and between quotes. */
export function escape(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => entities[character as keyof typeof entities]);
}

/** Undoes escape; undefined if escape does not write this. */
function unescape(escaped: string): string | undefined {
  if (/[<>"\r]|&(?!amp;|lt;|gt;|quot;|#13;)/.test(escaped)) return undefined;
  // The & is last: what it then stands before is no entity.
  return Object.entries(entities).reduceRight((text, [character, entity]) => text.replaceAll(entity, character), escaped);
}

/** Whether line[from, to) is base64 with its padding. */
function isBase64(line: string, from: number, to: number): boolean {
  if ((to - from) % 4 !== 0) return false;
  let end = to;
  while (end > from && to - end < 2 && line[end - 1] === "=") end--;
  for (let i = from; i < end; i++) {
    const c = line.charCodeAt(i);
    const digit = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 47 && c <= 57) || c === 43;
    if (!digit) return false;
  }
  return true;
}
