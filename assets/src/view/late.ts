// Styles that the first view does without: they come with the script that needs
// them, in one file.

import late from "../style/late.css";

let worn = false;

/** Puts the styles of the sheet and the dialogs on, once. */
export function wearLateStyles(): void {
  if (worn) return;
  worn = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(late);
  document.adoptedStyleSheets.push(sheet);
}
