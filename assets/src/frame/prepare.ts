// Makes of a page's text a document that may be shown. It runs in the frame,
// never in the application.

import { markupStyle, ownStyle, plainStyle, sourceStyle } from "./framestyle";
import type { Manner, Shown } from "./messages";

/**
 * What is taken out before anything is shown. The policy would block all of it,
 * but a blocked iframe still opens a connection, which tells its host the
 * visitor's address.
 */
const outside = "iframe, frame, frameset, object, embed, link, meta[http-equiv], base, portal, fencedframe";

/** The types of a script element that is one: others hold data. */
const scriptTypes = /^$|^module$|^importmap$|javascript|ecmascript/i;

/** A page that is ready to be shown, and what it was found to be. */
export interface Prepared extends Omit<Shown, "type"> {
  document: Document;
}

/** Reads the content as a page. Its scripts are left in it only if they are to run. */
export function prepare(content: string, as: Manner, scripts: "remove" | "keep"): Prepared {
  const parsed = new DOMParser().parseFromString(content, "text/html");
  const markup = isMarkup(parsed);
  const found = markup && hasScripts(parsed);
  if (as === "text" || !markup) {
    return { document: plain(content, as === "text" && markup ? sourceStyle : plainStyle), markup, scripts: found };
  }
  addStyle(parsed, hasColours(parsed) ? ownStyle : markupStyle);
  for (const element of parsed.querySelectorAll(outside)) element.remove();
  if (scripts === "remove") for (const element of parsed.querySelectorAll("script")) element.remove();
  // What is decoded while it is painted does not flicker when a page is shown anew.
  for (const image of parsed.images) image.decoding = "sync";
  return { document: parsed, markup, scripts: found };
}

function plain(content: string, style: string): Document {
  const made = document.implementation.createHTMLDocument();
  addStyle(made, style);
  made.body.textContent = content;
  return made;
}

function addStyle(to: Document, text: string): void {
  const style = to.createElement("style");
  style.textContent = text;
  to.head.prepend(style);
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

/** Whether anything in the page would run if it could. */
function hasScripts(parsed: Document): boolean {
  return Array.from(parsed.querySelectorAll("*")).some(
    (element) =>
      (element.localName === "script" && scriptTypes.test(element.getAttribute("type") ?? "")) ||
      Array.from(element.attributes).some(
        ({ name, value }) => name.startsWith("on") || (name.endsWith("href") && /^\s*javascript:/i.test(value)),
      ),
  );
}
