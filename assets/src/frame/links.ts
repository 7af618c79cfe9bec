// Links in a stranger's page are followed by the application, after a look at
// where they lead (PRODUCT.md §3).

import { h } from "../view/dom";
import { say } from "../words/say";

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

/** Whether a visitor is being asked about a link now. One question at a time. */
export function isAsking(): boolean {
  return document.querySelector("dialog.link") !== null;
}

/**
 * Shows where the link leads and lets the visitor decide. Where a page's scripts
 * run, they may ask again and again: enough ends that.
 */
export function confirmLink({ href, shown }: Destination, enough?: () => void): void {
  const open = h("a", { class: "button", href, target: "_blank", rel: "noopener noreferrer" }, say("link.open"));
  const choices = [open, h("button", { class: "button quiet", type: "button" }, say("link.stay"))];
  if (enough) {
    const end = h("button", { class: "button quiet", type: "button" }, say("link.enough"));
    end.addEventListener("click", enough);
    choices.push(end);
  }
  const dialog = h(
    "dialog",
    { class: "link", "aria-labelledby": "link-title" },
    h("h2", { id: "link-title" }, say("link.title")),
    h("p", { class: "host" }, shown),
    h("p", { class: "href" }, href),
    h("p", { class: "choices" }, ...choices),
  );
  for (const choice of choices) choice.addEventListener("click", () => { dialog.close(); });
  dialog.addEventListener("close", () => { dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
}
