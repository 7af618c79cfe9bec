// Runs in the other frame: the one in which a page's own scripts run, after the
// visitor has said so. It has no origin, no network and no storage either, but
// what is said from here may be said by the page.

import { guardLinks, tell } from "./guard";
import { fromApplication } from "./messages";
import { prepare } from "./prepare";

/**
 * Writes the page as a browser that loads it would read it, so that its scripts
 * run in their order. Opening a document ends all that listened in it: what a
 * page is told by its links' guard is said from here on, and it is shown once.
 */
function run(content: string): void {
  const { document: page, markup, scripts } = prepare(content, "auto", "keep");
  // eslint-disable-next-line no-restricted-properties -- this is that frame, and all of it is to run
  const text = page.documentElement.outerHTML;
  document.open();
  guardLinks();
  tell({ type: "shown", markup, scripts });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else runs scripts as they come
  document.write(`<!doctype html>${text}`);
  document.close();
}

addEventListener("message", (event) => {
  if (event.source !== parent) return;
  const message = fromApplication(event.data);
  if (message?.type === "show") run(message.content);
});
tell({ type: "ready" });
