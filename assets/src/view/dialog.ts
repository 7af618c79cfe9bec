// Dialogs of this application: they close with Escape, by their button, and by a
// click beside them, and are gone then.

import { say } from "../words/say";
import { tool } from "./bar";
import { wearLateStyles } from "./late";

/** Shows the dialog until it is closed. */
export function openDialog(dialog: HTMLDialogElement): void {
  wearLateStyles();
  dialog.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target === dialog || target.closest(".shut")) dialog.close();
  });
  dialog.addEventListener("close", () => { dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
}

/** The button that closes the dialog it is in. */
export function closeButton(): HTMLButtonElement {
  const button = tool("close", say("page.close"));
  button.classList.add("shut");
  return button;
}
