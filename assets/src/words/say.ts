// Every word that a visitor reads comes from a table; one for each language.

import type { english } from "./en";

/** A text that depends on a number: one form for each of the language's plural rules. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The name of a text. */
export type Key = keyof typeof english;

/** All texts in one language. */
export type Table = Readonly<Record<Key, string | Forms>>;

/** The languages there are, by their code, and how each calls itself. */
export const languages = { en: "English", de: "Deutsch" } as const;

export type Language = keyof typeof languages;

/** The tables are files of their own: a visitor needs one of them. */
const tables: Readonly<Record<Language, () => Promise<Table>>> = {
  en: async () => (await import("./en")).english,
  de: async () => (await import("./de")).german,
};

let language: Language = "en";
let table: Table;
let rules = new Intl.PluralRules(language);
let numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** Whether there are texts in the language of that code. */
export function isLanguage(code: string): code is Language {
  return Object.hasOwn(languages, code);
}

/** The language that say() speaks now. */
export function currentLanguage(): Language {
  return language;
}

let wanted: Language = language;

/**
 * Fetches the texts of a language and makes say() speak it from then on. Of
 * several languages that are asked for at once, the last one counts.
 */
export async function speak(code: Language): Promise<void> {
  wanted = code;
  const fetched = await tables[code]();
  // Another one may have been asked for meanwhile.
  if (wanted !== code) return;
  take(code, fetched);
  document.documentElement.lang = language;
}

/** Makes say() speak a language whose texts are here. Nothing can be said before. */
export function take(code: Language, texts: Table): void {
  table = texts;
  language = code;
  rules = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
}

/** What can be put into the {places} of a text. */
export interface Values {
  /** The number that chooses among plural forms. */
  readonly n?: number;
  readonly [place: string]: string | number | undefined;
}

/**
 * The text of that name, its {places} filled with the values. A text with
 * plural forms takes the form for n.
 */
export function say(key: Key, values: Values = {}): string {
  const entry: string | Forms = table[key];
  const text = typeof entry === "string" ? entry : (entry[rules.select(values.n ?? 0)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    if (value === undefined) return place;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in milliseconds as people read it: "12 minutes". German has it in the accusative: "schon 2 Tage". */
export function duration(ms: number): string {
  if (ms < minute) return measure(ms / 1000, "second");
  if (ms < 2 * hour) return measure(ms / minute, "minute");
  return ms < 2 * day ? measure(ms / hour, "hour") : measure(ms / day, "day");
}

/** Whole units: what has not passed yet is not counted. */
function measure(n: number, unit: "second" | "minute" | "hour" | "day"): string {
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Math.floor(Math.max(0, n)));
}

/** A size as people read it: "8 MB". */
export function bytes(n: number): string {
  if (n < 1000) return `${numbers.format(n)} B`;
  return n < 999_950 ? `${numbers.format(n / 1e3)} kB` : `${numbers.format(n / 1e6)} MB`;
}
