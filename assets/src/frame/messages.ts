// What the application and the frame say to each other, by postMessage.

/** The frame is there and listens. */
export interface Ready {
  type: "ready";
}

/** To the frame: show this. */
export interface Show {
  type: "show";
  content: string;
}

/** The visitor followed a link in the page: the address as the page has it. */
export interface Follow {
  type: "follow";
  href: string;
}

/** What a frame may say. Anybody could be speaking: everything is looked at. */
export function fromFrame(data: unknown): Ready | Follow | undefined {
  if (typeof data !== "object" || data === null || !("type" in data)) return undefined;
  if (data.type === "ready") return { type: "ready" };
  if (data.type === "follow" && "href" in data && typeof data.href === "string") {
    return { type: "follow", href: data.href };
  }
  return undefined;
}

/** What the application may say to its frame. */
export function fromApplication(data: unknown): Show | undefined {
  if (typeof data !== "object" || data === null || !("type" in data)) return undefined;
  if (data.type === "show" && "content" in data && typeof data.content === "string") {
    return { type: "show", content: data.content };
  }
  return undefined;
}
