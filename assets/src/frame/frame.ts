// Runs in the sandboxed frame in which a stranger's page is shown, and is the
// one script there: the frame's policy names it by its nonce (PRODUCT.md §3).
// The frame has no origin of its own, no network and no storage; it is given
// the content, shows it, and tells the application which links are followed.

import { plainStyle, markupStyle, ownStyle } from "./framestyle";
import { fromApplication, type Follow, type Ready } from "./messages";

/**
 * What is taken out before anything is shown. The policy would block all of it,
 * but a blocked iframe still opens a connection, which tells its host the
 * visitor's address.
 */
const removed =
  "iframe, frame, frameset, object, embed, link, meta[http-equiv], base, script, portal, fencedframe";

const xlink = "http://www.w3.org/1999/xlink";

function tell(message: Ready | Follow): void {
  parent.postMessage(message, location.origin);
}

/** Whether the text has any element in it that HTML knows. */
function isMarkup(parsed: Document): boolean {
  const own = [parsed.documentElement, parsed.head, parsed.body];
  return Array.from(parsed.querySelectorAll("*")).some(
    (element) => !own.includes(element as HTMLElement) && !(element instanceof HTMLUnknownElement),
  );
}

/** Whether the page chooses colours, and so must not be put on a dark ground. */
function hasColours(parsed: Document): boolean {
  return parsed.querySelector("style, [style], [bgcolor], [background], [color], [text]") !== null;
}

function prepare(content: string): Document {
  const parsed = new DOMParser().parseFromString(content, "text/html");
  const style = parsed.createElement("style");
  if (isMarkup(parsed)) {
    style.textContent = hasColours(parsed) ? ownStyle : markupStyle;
    for (const element of parsed.querySelectorAll(removed)) element.remove();
    parsed.head.prepend(style);
    return parsed;
  }
  const plain = document.implementation.createHTMLDocument();
  style.textContent = plainStyle;
  plain.head.append(style);
  plain.body.textContent = content;
  return plain;
}

function show(content: string): void {
  const root = document.adoptNode(prepare(content).documentElement);
  document.replaceChild(root, document.documentElement);
  scrollTo(0, 0);
}

/** The address of a link as its page has it, HTML's or SVG's. */
function hrefOf(link: Element): string | null {
  return link.getAttribute("href") ?? link.getAttributeNS(xlink, "href");
}

/** No link is followed here. One within the page scrolls; others are for the application. */
function follow(event: Event): void {
  const link = event
    .composedPath()
    .find((node): node is Element => node instanceof Element && /^(a|area)$/i.test(node.localName));
  if (!link) return;
  event.preventDefault();
  const href = hrefOf(link);
  if (href === null) return;
  if (href.startsWith("#")) {
    document.getElementById(decodeURIComponentOrSelf(href.slice(1)))?.scrollIntoView();
  } else {
    tell({ type: "follow", href });
  }
}

function decodeURIComponentOrSelf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

addEventListener("message", (event) => {
  if (event.source !== parent) return;
  const message = fromApplication(event.data);
  if (message) show(message.content);
});
addEventListener("click", follow, true);
addEventListener("auxclick", follow, true);
addEventListener("submit", (event) => { event.preventDefault(); }, true);
tell({ type: "ready" });
