// Links in a stranger's page are followed by the application, after a look at
// where they lead (PRODUCT.md §3).

/** Where a link leads, if it is one that may be followed. */
export interface Destination {
  href: string;
  /** What a visitor should look at: the host, or the address of a mail. */
  shown: string;
}

/** Reads a link as the page at base has it. Only the web and mail can be opened. */
export function destinationOf(href: string, base: string): Destination | undefined {
  const url = parse(href, base);
  switch (url?.protocol) {
    case "http:":
    case "https:":
      // The host alone: what stands before an @ is there to deceive.
      return { href: url.href, shown: url.host };
    case "mailto:":
      return { href: url.href, shown: url.pathname };
    default:
      return undefined;
  }
}

function parse(href: string, base: string): URL | undefined {
  try {
    return new URL(href, base);
  } catch {
    return undefined;
  }
}
