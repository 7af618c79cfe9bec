// What the write view is made of, where no browser is needed.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageState } from "../src/page/state";
import { byteLength } from "../src/page/digest";
import { Attached, weightOf } from "../src/write/attached";
import { compose } from "../src/write/compose";
import { looksLikeHtml } from "../src/write/detect";
import { Draft } from "../src/write/draft";
import { pack, unpack } from "../src/write/envelope";
import { glance } from "../src/write/glance";
import { render } from "../src/write/markdown";
import { excess } from "../src/write/meter";
import { standingOf } from "../src/write/tabpages";

const html = [
  "<!doctype html><title>x</title>", "<h1>Hello</h1>", "  \n<div class=a>", "<br/>", "words, then <b>bold</b> ones", "<p>", "</p>", "<my-element >x",
];
const words = ["", "a < b", "<3", "<ann@example.org> wrote:", "vector<int> v;", "if (a <b && c> d)", "-> <-", "1 <2> 3", "<https://example.org>"];

for (const text of html) test(`${JSON.stringify(text)} looks like HTML`, () => { assert.equal(looksLikeHtml(text), true); });
for (const text of words) test(`${JSON.stringify(text)} does not look like HTML`, () => { assert.equal(looksLikeHtml(text), false); });

test("8 MB are looked at in no time", () => {
  const start = performance.now();
  for (const text of [" ".repeat(8e6), "<".repeat(8e6), "</a".repeat(2e6), "</a                    ".repeat(4e5)]) looksLikeHtml(text);
  assert.ok(performance.now() - start < 20_000);
});

const glances: [content: string, glance: string][] = [
  ["Dear stranger,\n\nthis page is nowhere.", "Dear stranger,"],
  ["\n\n   late   start\nnext", "late start"],
  ["<style>h1 { color: red }</style><h1>TONIGHT</h1><p>more", "TONIGHT"],
  ["<!doctype html><html><head><title>t</title></head>\n<body><p>Hello <b>you</b> &amp; me</p>", "Hello you & me"],
  ["<script>alert(1)</script>", ""],
  ["<!-- never closed", ""],
  ["<img src=x", ""],
  ["a < b", "a < b"],
  [pack({ kind: "markdown", text: "# A *big* [title](https://x.example)\n\n- one", files: [] }, ""), "A big title"],
  [pack({ kind: "text", text: "use <b> for bold", files: [] }), "use <b> for bold"],
  [pack({ kind: "text", text: "", files: [{ name: "a.png", type: "image/png", base64: "" }, { name: "b", type: "x/y", base64: "" }] }), "a.png, b"],
  ["x".repeat(100), `${"x".repeat(59)}…`],
  ["😀".repeat(100), `${"😀".repeat(59)}…`],
];

for (const [content, expected] of glances) {
  test(`at a glance, ${JSON.stringify(content.slice(0, 40))} is ${JSON.stringify(expected.slice(0, 20))}`, () => {
    assert.equal(glance(content), expected);
  });
}

test("a glance at 8 MB takes no time", () => {
  const start = performance.now();
  for (const piece of ["<", "<!--", "<style>", "</p", "&amp;", "[a](", "`", "# "]) glance(piece.repeat(8e6 / piece.length));
  assert.ok(performance.now() - start < 20_000);
});

const marked: [source: string, html: string][] = [
  ["a\nb", "<p>a<br>\nb</p>"],
  ["<script>x</script> <b>", "<p>&lt;script&gt;x&lt;/script&gt; &lt;b&gt;</p>"],
  ["[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"],
  ["see https://example.com", '<p>see <a href="https://example.com">https://example.com</a></p>'],
  // Nothing is loaded from elsewhere: what would be blocked is a link instead.
  ['![a "cat"](https://example.com/cat.png)', '<p><a href="https://example.com/cat.png">a &quot;cat&quot;</a></p>'],
  ["![](https://example.com/a?b&c)", '<p><a href="https://example.com/a?b&amp;c">https://example.com/a?b&amp;c</a></p>'],
  ["![dot](data:image/gif;base64,R0lG)", '<p><img src="data:image/gif;base64,R0lG" alt="dot"></p>'],
];

for (const [source, expected] of marked) {
  test(`Markdown ${JSON.stringify(source)}`, () => { assert.equal(render(source), expected); });
}

test("a table's columns are aligned without a style, which would make it a page with looks of its own", () => {
  const table = render("| a | b |\n|:-:|--:|\n| 1 | 2 |");
  assert.match(table, /<td align="center">1<\/td>\s*<td align="right">2<\/td>/);
  assert.doesNotMatch(table, /style/);
});

function drafted(change: Partial<Draft>): Draft {
  return Object.assign(new Draft(), change);
}

const picture = () => new Attached(new Blob(["12345"], { type: "image/png" }), "a.png", "MTIzNDU=");

test("the size of a draft is that of what is shared, to the byte", async () => {
  for (const draft of [
    drafted({ text: "Hällo 😀" }),
    drafted({ text: "a <b> c", files: [picture(), picture()] }),
    drafted({ kind: "markdown", text: "# Ä" }),
    drafted({ kind: "html", text: "<h1>", files: [picture()] }),
  ]) {
    const { content, size, whole } = await compose(draft);
    assert.equal(size, byteLength(content));
    assert.equal(whole, true);
    assert.deepEqual(unpack(content)?.text ?? content, draft.text);
  }
});

test("a file that was not read yet counts, and is missing", async () => {
  const unread = new Attached(new Blob([new Uint8Array(1000)]), "large.bin");
  const { size, whole } = await compose(drafted({ text: "x", files: [unread] }));
  assert.equal(whole, false);
  assert.ok(size > weightOf(1000) && weightOf(1000) === 1336, String(size));
});

test("what is over the limit is said, with how much", () => {
  assert.equal(excess(1000, 1000), "");
  assert.equal(excess(5000, undefined), "");
  assert.equal(excess(9_300_000, 8_000_000), "This is 9.3 MB: 1.3 MB more than this server passes on.");
});

test("large pictures can be made smaller; small ones, drawings and others need not", () => {
  const shrinkable = (type: string, size: number) => new Attached(new Blob([new Uint8Array(size)], { type }), "x").shrinkable;
  assert.equal(shrinkable("image/jpeg", 1_500_000), true);
  assert.equal(shrinkable("image/jpeg", 900_000), false);
  for (const type of ["image/svg+xml", "image/gif", "video/mp4", ""]) assert.equal(shrinkable(type, 1_500_000), false, type);
});

/** Storage as a browser has it, with room for so many characters. */
class Room {
  readonly items = new Map<string, string>();
  constructor(readonly room: number) {}
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (value.length > this.room) throw new DOMException("full", "QuotaExceededError");
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

test("a draft outlasts a reload, with its small files", async () => {
  const room = new Room(1e7);
  drafted({ kind: "markdown", chosen: true, text: "# \ud800 Hi", files: [picture()] }).store(() => room);
  const again = new Draft();
  assert.equal(again.recall(() => room), 0);
  assert.deepEqual([again.kind, again.chosen, again.text], ["markdown", true, "# \ud800 Hi"]);
  assert.deepEqual(again.files.map(({ packed }) => packed), [picture().packed]);
  assert.equal(await again.files[0]?.blob.text(), "12345");
});

test("files that are too large, or for which there is no room, or that were not read yet, are counted as left behind", () => {
  const large = new Attached(new Blob(["x"]), "large", "A".repeat(1_200_000));
  const unread = new Attached(new Blob(["x"]), "unread");
  const cases: [files: Attached[], space: number, kept: number][] = [
    [[large], 1e7, 0], [[large, unread], 1e7, 0], [[picture()], 100, 0], [[picture(), unread], 100, 0],
    [[unread], 1e7, 0], [[picture(), unread], 1e7, 1], [[unread, picture(), picture()], 1e7, 2],
  ];
  for (const [files, space, kept] of cases) {
    const room = new Room(space);
    drafted({ text: "words", files }).store(() => room);
    const again = new Draft();
    assert.equal(again.recall(() => room), files.length - kept);
    assert.deepEqual([again.text, again.files.length], ["words", kept]);
  }
});

test("an empty draft leaves nothing behind, nor does one without any room", () => {
  const room = new Room(200);
  drafted({ text: "words" }).store(() => room);
  assert.equal(room.items.size, 1);
  new Draft().store(() => room);
  assert.equal(room.items.size, 0);
  drafted({ text: "words ".repeat(100) }).store(() => room);
  assert.equal(room.items.size, 0);
});

test("a browser that keeps nothing, or something else, gives an empty draft", () => {
  const none = () => { throw new DOMException("no storage", "SecurityError"); };
  const draft = drafted({ text: "words" });
  draft.store(none);
  draft.forget(none);
  assert.equal(new Draft().recall(none), 0);
  for (const stored of [
    "{", "null", "7", "[]", '{"kind":"exe","chosen":true,"text":"","files":[],"left":0}', '{"kind":"text"}',
    '{"kind":"text","chosen":true,"text":"x","files":[{"name":"a"}],"left":0}',
    '{"kind":"text","chosen":true,"text":"x","files":[{"name":"a","type":"b","base64":"%"}],"left":0}',
  ]) {
    const room = new Room(1e6);
    room.items.set("ephemeral:draft", stored);
    const again = new Draft();
    assert.equal(again.recall(() => room), 0, stored);
    assert.equal(again.isEmpty, true, stored);
  }
});

test("how a page of this tab stands, in words", () => {
  const state = (change: Partial<PageState>) => standingOf({ link: "open", phase: "kept", holders: 0, waiting: 0, ...change } as PageState);
  assert.equal(state({ holders: 1 }), "1 copy");
  assert.equal(state({ holders: 3, waiting: 2 }), "3 copies · 2 waiting");
  assert.equal(state({}), "one moment…");
  assert.equal(state({ link: "lost", holders: 3 }), "one moment…");
  assert.equal(state({ phase: "stopped" }), "not shared");
  assert.equal(state({ phase: "alone" }), "too large to be passed on");
  assert.equal(state({ phase: "refused" }), "not passed on by this server");
});
