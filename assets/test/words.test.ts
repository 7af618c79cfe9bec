// The tables of texts, and how numbers, sizes and times are said.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { german } from "../src/words/de";
import { english } from "../src/words/en";
import { bytes, duration, type Forms, isLanguage, type Key, languages, say, type Table } from "../src/words/say";

const tables: Record<keyof typeof languages, Table> = { en: english, de: german };
const keys = Object.keys(english) as Key[];

/** All forms of a text. */
function forms(entry: string | Forms): string[] {
  return typeof entry === "string" ? [entry] : Object.values(entry);
}

/** The places that a text has in any of its forms; a form may leave out what it says in words ("one page"). */
function places(entry: string | Forms): string[] {
  const found = forms(entry).flatMap((text) => Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name ?? ""));
  return [...new Set(found)].sort();
}

/** All of the application's code but the tables. */
function code(): string {
  const names = readdirSync("src", { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".ts") && !/words[/\\]..\.ts$/.test(name))
    .map((name) => readFileSync(path.join("src", name), "utf8"))
    .join("\n");
}

for (const [language, table] of Object.entries(tables)) {
  test(`${language} has every text, with the same places, and all plural forms of the language`, () => {
    assert.ok(isLanguage(language));
    assert.deepEqual(Object.keys(table).sort(), [...keys].sort());
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const key of keys) {
      const entry = table[key];
      assert.deepEqual(places(entry), places(english[key]), key);
      assert.equal(typeof entry, typeof english[key], `${key} depends on a number in one language only`);
      if (typeof entry !== "string") assert.deepEqual(Object.keys(entry).sort(), [...categories].sort(), key);
      for (const text of forms(entry)) {
        assert.ok(text.trim() === text && text !== "", `${key}: "${text}"`);
        assert.doesNotMatch(text.replaceAll(/\{\w+\}/g, "x"), /[{}<>]|\.\.\.| {2}/, key);
      }
    }
  });
}

test("every text is used", () => {
  const source = code();
  // Some names are put together: say(`log.${what}`).
  const patterns = Array.from(source.matchAll(/`((?:\w+\.)+)\$\{[^}]*\}([\w.]*)`/g), ([, start, end]) => [start ?? "", end ?? ""] as const);
  const unused = keys.filter((key) =>
    !source.includes(`"${key}"`) && !patterns.some(([start, end]) => key.startsWith(start) && key.endsWith(end)));
  assert.deepEqual(unused, []);
});

test("only languages that there are, are languages", () => {
  assert.ok(isLanguage("de"));
  for (const code of ["", "DE", "fr", "constructor", "__proto__"]) assert.ok(!isLanguage(code), code);
});

test("a place without a value stays as it is, and a value is put in as it is", () => {
  assert.equal(say("status.refused.detail"), "It says: {reason}");
  assert.equal(say("status.refused.detail", { reason: "$& {n} <b>" }), "It says: $& {n} <b>");
  assert.equal(say("status.receiving", { n: 43 }), "Receiving 43 %");
});

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

const times: [ms: number, text: string][] = [
  [-1, "0 seconds"], [0, "0 seconds"], [1999, "1 second"], [minute - 1, "59 seconds"],
  [minute, "1 minute"], [12 * minute + 34 * second, "12 minutes"], [2 * hour - 1, "119 minutes"],
  [2 * hour, "2 hours"], [2 * day - 1, "47 hours"], [2 * day, "2 days"], [1234 * day, "1,234 days"],
];

test("times are said in the largest unit of which there are two", () => {
  for (const [ms, text] of times) assert.equal(duration(ms), text);
});

test("sizes are rounded to what people read", () => {
  assert.deepEqual([0, 999, 1000, 1549, 999_949, 999_999, 8_000_000].map(bytes), [
    "0 B", "999 B", "1 kB", "1.5 kB", "999.9 kB", "1 MB", "8 MB",
  ]);
});

test("numbers, times and sizes follow the language", async () => {
  // speak() tells the document; node has none.
  const root = { lang: "" };
  Object.assign(globalThis, { document: { documentElement: root } });
  const { speak } = await import("../src/words/say");
  await speak("de");
  try {
    assert.equal(root.lang, "de");
    assert.equal(bytes(1549), "1,5 kB");
    assert.deepEqual([second, 2 * minute, 3 * day].map(duration), ["1 Sekunde", "2 Minuten", "3 Tage"]);
    assert.equal(say("page.holders", { n: 12_345 }), "12.345 Kopien");
    assert.equal(say("page.holders", { n: 1 }), "1 Kopie");
  } finally {
    await speak("en");
    Reflect.deleteProperty(globalThis, "document");
  }
  assert.equal(root.lang, "en");
  assert.equal(bytes(1549), "1.5 kB");
});
