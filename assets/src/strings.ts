// Every word that a visitor reads, in one table.

/** A text that depends on a number: one form for each of the language's plural rules. */
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

const english = {
  "brand": "ephemeral",

  "write.title": "A page that lives only while somebody has it open",
  "write.label": "Your page",
  "write.placeholder": "Write something, or paste HTML…",
  "write.share": "Share this page",
  "write.facts.stored": "Nothing is stored on the server.",
  "write.facts.passed": "Whoever opens your page passes it on to the next.",
  "write.facts.gone": "When the last one closes it, it is gone.",
  "write.holding": {
    one: "This tab is keeping one page alive. It does so until you close it.",
    other: "This tab is keeping {n} pages alive. It does so until you close it.",
  },

  "status.connecting": "Connecting…",
  "status.connecting.detail": "One moment.",
  "status.lost": "No connection",
  "status.lost.waiting": "Trying again by itself. You need not do anything.",
  "status.lost.kept": "Trying again by itself. Your copy is safe in this tab.",
  "status.looking": "Looking for somebody who has this page…",
  "status.looking.detail": "It comes straight from the tab of another visitor.",
  "status.coming": "Somebody has it: it is on its way…",
  "status.coming.detail": {
    one: "One visitor has this page open, and is being asked for it.",
    other: "{n} visitors have this page open, and one of them is being asked for it.",
  },
  "status.nobody": "Nobody has this page right now",
  "status.nobody.detail": "Leave this tab open: the page appears by itself as soon as somebody who has it is back.",
  "status.stuck": "This page is too large",
  "status.stuck.detail": "Somebody has it, but this server does not pass on pages of that size.",
  "status.checking": "Something has come…",
  "status.checking.detail": "Making sure that it is what the address says.",
  "status.joining": "One moment…",
  "status.joining.detail": "The server is being told that you have this page.",
  "status.alone.mine": "Only you have this page so far",
  "status.alone.mine.detail": "Send its address to somebody. If you close this tab first, it is gone.",
  "status.alone": "You are the only one keeping this page alive",
  "status.alone.detail": "It is verified. If you close this tab, it is gone.",
  "status.shared.mine": "Your page is alive",
  "status.shared.mine.detail": "It lives as long as somebody keeps it open.",
  "status.shared": "Verified ✓ You keep it alive too",
  "status.shared.detail": "It lives as long as somebody keeps it open.",
  "status.tooLarge": "This page is too large to be passed on",
  "status.tooLarge.detail": "It is {size}, and this server carries up to {limit}. Only this tab can show it.",
  "status.refused": "This server does not pass this page on",
  "status.refused.detail": "It says: {reason}",
  "status.refused.silent": "It does not say why.",

  "page.frame": "The page",
  "page.holders": { one: "{n} copy", other: "{n} copies" },
  "page.waiting": { one: "{n} waiting", other: "{n} waiting" },
  "page.waitingToo": { one: "{n} other is waiting too", other: "{n} others are waiting too" },
  "page.address": "Address of this page",
  "page.copy": "Copy address",
  "page.copied": "Copied ✓",
  "page.copyByHand": "Press Ctrl+C or ⌘C to copy",
  "page.by.visitor": "By a visitor, not by this site.",
  "page.by.you": "Your page, as others see it.",
  "page.another": "New page",

  "link.title": "This page wants to open",
  "link.open": "Open it in a new tab",
  "link.stay": "Stay here",
} as const satisfies Record<string, string | Forms>;

export type Key = keyof typeof english;

const language = "en";
const rules = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** What can be put into the {places} of a text. */
export interface Values {
  /** The number that chooses among plural forms. */
  readonly n?: number;
  readonly reason?: string;
  readonly size?: string;
  readonly limit?: string;
}

/**
 * The text of that name, its {places} filled with the values. A text with
 * plural forms takes the form for n.
 */
export function say(key: Key, values: Values = {}): string {
  const entry: string | Forms = english[key];
  const text = typeof entry === "string" ? entry : (entry[rules.select(values.n ?? 0)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name as keyof Values];
    if (value === undefined) return place;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

/** A size as people read it: "8 MB". */
export function bytes(n: number): string {
  if (n < 1000) return `${numbers.format(n)} B`;
  return n < 999_950 ? `${numbers.format(n / 1e3)} kB` : `${numbers.format(n / 1e6)} MB`;
}
