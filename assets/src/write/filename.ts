// A file's name is a stranger's words: it is shown as text, and given to a
// download only after this.

/** The longest name that is kept, in characters. Shorter ones fit into every file system. */
const longest = 100;

/** What controls a terminal or turns the direction of writing, to look like another name. */
const treacherous = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * The name as it may be shown and saved: one line, no folders, nothing hidden,
 * and not too long. Cleaning a clean name changes nothing.
 */
export function cleanName(name: string): string {
  const clean = name
    .replace(/\s+/g, " ")
    .replace(treacherous, "")
    .replace(/[/\\]/g, "_")
    // Half of a surrogate pair standing alone is no character.
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(/ +/g, " ")
    .trim();
  return shortened(clean) || "file";
}

/** Takes from the middle what is too much: the end says what kind of file it is. */
function shortened(name: string): string {
  const characters = Array.from(name);
  if (characters.length <= longest) return name;
  const ending = characters.slice(-20).join("");
  return `${characters.slice(0, longest - 21).join("").trimEnd()}…${ending}`;
}
