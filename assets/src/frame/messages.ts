// What the application and the frame say to each other, by postMessage.

/** The frame is there and listens. */
export interface Ready {
  type: "ready";
}

/** How content is to be shown: as what it is, or as the text that it was written in. */
export type Manner = "auto" | "text";

/** To the frame: show this. */
export interface Show {
  type: "show";
  content: string;
  as: Manner;
  /** Stay where the visitor has scrolled to. */
  keep: boolean;
}

/** To the frame: say once more what is on show. A frame that does not can do nothing. */
export interface Ask {
  type: "ask";
}

/** The page is on show, and this is what it was found to be. */
export interface Shown {
  type: "shown";
  /** Markup, and not plain text. */
  markup: boolean;
  /** It has scripts, which do not run in the safe view. */
  scripts: boolean;
}

/** The visitor followed a link in the page: the address as the page has it. */
export interface Follow {
  type: "follow";
  href: string;
}

/** The visitor wants one of the page's files: which one, counted from the last, which is 0. */
export interface Take {
  type: "file";
  index: number;
}

/** So many pixels high is all of the page: on paper nobody can scroll. */
export interface Height {
  type: "height";
  height: number;
}

/** Some hundred sheets of paper. */
const highest = 200_000;

/** No link that a person wrote is longer. */
const longest = 8192;

/** What a frame may say. Anybody could be speaking: everything is looked at. */
export function fromFrame(data: unknown): Ready | Shown | Follow | Take | Height | undefined {
  const href = field(data, "href");
  const index = field(data, "index");
  const height = field(data, "height");
  switch (field(data, "type")) {
    case "ready":
      return { type: "ready" };
    case "shown":
      return { type: "shown", markup: field(data, "markup") === true, scripts: field(data, "scripts") === true };
    case "follow":
      return typeof href === "string" && href.length <= longest ? { type: "follow", href } : undefined;
    case "file":
      return typeof index === "number" && Number.isSafeInteger(index) && index >= 0 ? { type: "file", index } : undefined;
    case "height":
      return typeof height === "number" && height >= 0 ? { type: "height", height: Math.min(height, highest) } : undefined;
    default:
      return undefined;
  }
}

/** What the application may say to its frame. */
export function fromApplication(data: unknown): Show | Ask | undefined {
  const type = field(data, "type");
  if (type === "ask") return { type };
  const content = field(data, "content");
  if (type !== "show" || typeof content !== "string") return undefined;
  return { type: "show", content, as: field(data, "as") === "text" ? "text" : "auto", keep: field(data, "keep") === true };
}

/** A value that the data itself has, not one that it inherits. */
function field(data: unknown, name: string): unknown {
  return typeof data === "object" && data !== null && Object.hasOwn(data, name)
    ? (data as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
