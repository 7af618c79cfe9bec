// Saving a page, or one of its files, as a file of the visitor's.

import { cleanName } from "../write/filename";
import type { PackedFile } from "../write/envelope";

/** How long a browser may take to begin with a download, in milliseconds. */
const begins = 60_000;

/** Saves a page exactly as it is: its bytes have its address for their SHA-256. */
export function savePage(content: string, address: string, markup: boolean): string {
  const name = `ephemeral-${address.slice(0, 12)}.${markup ? "html" : "txt"}`;
  save(content, name);
  return name;
}

/** Saves a file that came with a page. */
export function saveFile({ name, base64 }: PackedFile): void {
  save(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)), name);
}

function save(content: string | Uint8Array<ArrayBuffer>, name: string): void {
  // Whatever it is, it is not opened here.
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = harmless(cleanName(name));
  link.click();
  setTimeout(() => { URL.revokeObjectURL(url); }, begins);
}

/** No hidden file, and nothing that Windows takes for a device or does not take at all. */
function harmless(name: string): string {
  const plain = name.replace(/[<>:"|?*]/g, "_").replace(/^\.+/, "_").replace(/[. ]+$/, "");
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `_${plain}` : plain || "file";
}
