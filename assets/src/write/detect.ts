// Whether a text that was pasted is HTML's source. It is a guess, so the visitor
// is told of it and can say otherwise.

/** How the source of a page begins: a doctype, or an element's tag. */
const begins = /^\s{0,100}<(!doctype\s|[a-z][a-z0-9-]{0,30}[\s/>])/i;

/** How an element ends, anywhere in it. */
const ends = /<\/[a-z][a-z0-9-]{0,30}\s{0,10}>/i;

/** Whether the text looks like the source of a page rather than like words. */
export function looksLikeHtml(text: string): boolean {
  return begins.test(text) || ends.test(text);
}
