// The link guard: no link is followed in the frame. One within the page scrolls,
// and the others are for the application.

import type { Follow, Height, Ready, Shown, Take } from "./messages";

const xlink = "http://www.w3.org/1999/xlink";

/** Says something to the application. */
export function tell(message: Ready | Shown | Follow | Take | Height): void {
  parent.postMessage(message, location.origin);
}

/** Guards the links of whatever is shown from now on. */
export function guardLinks(): void {
  addEventListener("click", follow, true);
  addEventListener("auxclick", follow, true);
  addEventListener("submit", (event) => { event.preventDefault(); }, true);
}

function follow(event: Event): void {
  const link = event
    .composedPath()
    .find((node): node is Element => node instanceof Element && /^(a|area)$/i.test(node.localName));
  if (!link) return;
  event.preventDefault();
  const href = hrefOf(link);
  if (href === null) return;
  const file = fileOf(link);
  if (file !== undefined) {
    tell({ type: "file", index: file });
  } else if (href.startsWith("#")) {
    scrollToPlace(decodeURIComponentOrSelf(href.slice(1)));
  } else {
    tell({ type: "follow", href });
  }
}

/** The address of a link as its page has it, HTML's or SVG's. */
function hrefOf(link: Element): string | null {
  return link.getAttribute("href") ?? link.getAttributeNS(xlink, "href");
}

/** Which of the page's files a link is for. They stand last, so they are counted from there. */
function fileOf(link: Element): number | undefined {
  const file = link.closest("p.file");
  if (!file || !link.hasAttribute("download")) return undefined;
  return Array.from(document.querySelectorAll("p.file")).reverse().indexOf(file);
}

function scrollToPlace(id: string): void {
  const place = document.getElementById(id) ?? document.getElementsByName(id)[0];
  if (place) place.scrollIntoView();
  else if (id === "" || id.toLowerCase() === "top") scrollTo(0, 0);
}

function decodeURIComponentOrSelf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
