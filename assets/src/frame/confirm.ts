// The question before a link of a stranger's page is followed. It is loaded when
// the first one is.

import { openDialog } from "../view/dialog";
import { h } from "../view/dom";
import { say } from "../words/say";
import type { Destination } from "./links";

/**
 * Shows where the link leads and lets the visitor decide. One question at a
 * time. Where a page's scripts run, they may ask again and again: enough ends
 * that.
 */
export function confirmLink({ href, shown }: Destination, enough?: () => void): void {
  if (document.querySelector("dialog.link")) return;
  const choices: HTMLElement[] = [
    h("a", { class: "button shut", href, target: "_blank", rel: "noopener noreferrer" }, say("link.open")),
    h("button", { class: "button quiet shut", type: "button" }, say("link.stay")),
  ];
  if (enough) {
    const end = h("button", { class: "button quiet shut", type: "button" }, say("link.enough"));
    end.addEventListener("click", enough);
    choices.push(end);
  }
  openDialog(
    h(
      "dialog",
      { class: "link", "aria-labelledby": "link-title" },
      h("h2", { id: "link-title" }, say("link.title")),
      h("p", { class: "host" }, shown),
      h("p", { class: "href" }, href),
      h("p", { class: "choices" }, ...choices),
    ),
  );
}
