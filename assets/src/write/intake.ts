// Files come in by being dropped, pasted or chosen.

import { h } from "../view/dom";
import { icon } from "../view/icons";
import { say } from "../words/say";

/** Files that came in, and the names of folders that came with them. */
export type Taken = (files: readonly File[], folders: readonly string[]) => void;

/** Takes what is dropped anywhere while the element is shown, and shows there that it would. */
export function takeDrops(element: HTMLElement, taken: Taken): void {
  const lit = (on: boolean) => { element.toggleAttribute("data-drop", on); };
  const brought = ({ dataTransfer }: DragEvent) =>
    element.isConnected && dataTransfer?.types.includes("Files") === true ? dataTransfer : undefined;
  for (const type of ["dragenter", "dragover"] as const) {
    document.addEventListener(type, (event) => {
      const data = brought(event);
      if (!data) return;
      // Without this the browser would open the file in place of the application.
      event.preventDefault();
      data.dropEffect = "copy";
      lit(true);
    });
  }
  document.addEventListener("dragleave", ({ relatedTarget }) => { if (relatedTarget === null) lit(false); });
  document.addEventListener("drop", (event) => {
    lit(false);
    const data = brought(event);
    if (!data) return;
    event.preventDefault();
    const { files, folders } = sorted(data);
    taken(files, folders);
  });
}

/** Takes pasted files, as long as the element is shown. A text that is pasted goes its own way. */
export function takePastes(element: HTMLElement, taken: Taken): void {
  document.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (!element.isConnected || !data || data.files.length === 0) return;
    // Some programs put a picture of the text beside the text.
    if (data.types.includes("text/plain")) return;
    event.preventDefault();
    const { files, folders } = sorted(data);
    taken(files, folders);
  });
}

/** A button that lets the visitor choose files. */
export function fileButton(taken: Taken): { button: HTMLButtonElement; field: HTMLInputElement } {
  const field = h("input", { type: "file", multiple: "", hidden: "", "aria-label": say("write.files.add") });
  field.addEventListener("change", () => {
    taken([...(field.files ?? [])], []);
    // The same file can be chosen again.
    field.value = "";
  });
  const button = h("button", { class: "tool", type: "button" }, icon("plus"), say("write.files.add"));
  button.addEventListener("click", () => { field.click(); });
  return { button, field };
}

/** A folder comes as a file that cannot be read; only its entry tells. */
function sorted(data: DataTransfer): { files: File[]; folders: string[] } {
  const files: File[] = [];
  const folders: string[] = [];
  for (const item of data.items) {
    const file = item.getAsFile();
    if (!file) continue;
    if (item.webkitGetAsEntry()?.isDirectory === true) folders.push(file.name);
    else files.push(file);
  }
  return { files, folders };
}
