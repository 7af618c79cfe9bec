/**
 * Copies a field's text and reports whether that worked. If not, the text is
 * left selected, for the visitor to copy by hand.
 */
export async function copyFrom(field: HTMLInputElement): Promise<boolean> {
  // Browsers have no clipboard for pages over plain http, whatever its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard) {
    try {
      await clipboard.writeText(field.value);
      return true;
    } catch {
      // Not allowed: there is the old way still.
    }
  }
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one way there is over plain http
  return document.execCommand("copy");
}
