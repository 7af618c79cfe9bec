// Which language a visitor reads: the one that was chosen here, else the first
// of the browser's that there are texts in, else English.

import { currentLanguage, isLanguage, type Language, speak } from "../words/say";
import { remember, remembered } from "./remember";

const key = "language";

let changed: () => void = () => undefined;

/** The first of these languages ("de-AT") that there are texts in. */
export function firstKnown(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const code = tag.toLowerCase().split("-")[0] ?? "";
    if (isLanguage(code)) return code;
  }
  return "en";
}

/**
 * Speaks the visitor's language, and tells of each change of it from then on:
 * whatever was said must be said anew. To be awaited before anything is said.
 */
export async function followLanguage(listener: () => void): Promise<void> {
  changed = listener;
  const chosen = remembered(key);
  const found = await attempt(firstKnown(chosen === undefined ? navigator.languages : [chosen, ...navigator.languages]));
  if (!found) await speak("en");
}

/** Speaks a language and remembers it. False if its texts could not be fetched. */
export async function chooseLanguage(code: Language): Promise<boolean> {
  const before = currentLanguage();
  if (!(await attempt(code))) return false;
  remember(key, code);
  if (currentLanguage() !== before) changed();
  return true;
}

async function attempt(code: Language): Promise<boolean> {
  try {
    await speak(code);
    return true;
  } catch {
    // Offline, or the server was built anew: what is spoken now must do.
    return false;
  }
}
