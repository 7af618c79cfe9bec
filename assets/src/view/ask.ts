// Before a page's own scripts run, the visitor is told what that means.

import { say } from "../words/say";
import { openDialog } from "./dialog";
import { h } from "./dom";

/** Asks, and calls run if the visitor says so. It is not remembered. */
export function askForScripts(run: () => void): void {
  const yes = h("button", { class: "button quiet shut", type: "button" }, say("scripts.run"));
  yes.addEventListener("click", run);
  openDialog(
    h(
      "dialog",
      { class: "ask", "aria-labelledby": "ask-title" },
      h("h2", { id: "ask-title" }, say("scripts.title")),
      h("p", {}, say("scripts.can")),
      h("p", {}, say("scripts.cannot")),
      h("p", { class: "choices" }, h("button", { class: "button shut", type: "button" }, say("scripts.stay")), yes),
    ),
  );
}
