import assert from "node:assert/strict";
import { test } from "node:test";
import { byteCount, type Kind, mostFiles, pack, type PackedFile, type Parts, typeOf, unpack } from "../src/write/envelope";
import { cleanName } from "../src/write/filename";
import { render } from "../src/write/markdown";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const file = (name: string, type: string, text: string): PackedFile => ({ name, type, base64: base64(text) });

const files = [
  file("sea.png", "image/png", "a picture"),
  file("waves.ogg", "audio/ogg", "a sound"),
  file("tide.webm", "video/webm", "a film"),
  file("route.gpx", "application/gpx+xml", "<gpx/>"),
  file("nothing", "application/octet-stream", ""),
];

const packOf = (parts: Parts) => pack(parts, parts.kind === "markdown" ? render(parts.text) : "");

test("what an envelope looks like", () => {
  assert.equal(
    pack({ kind: "text", text: "a < b & \"c\"", files: [files[0], files[3]].filter((one) => one !== undefined) }),
    [
      "<!-- ephemeral 1 text -->",
      '<pre class="text" wrap>',
      "a &lt; b &amp; &quot;c&quot;</pre>",
      "<!-- ephemeral files -->",
      '<p class="file"><img alt="sea.png" src="data:image/png;base64,YSBwaWN0dXJl"></p>',
      '<p class="file"><a download="route.gpx" href="data:application/gpx+xml;base64,PGdweC8+">route.gpx</a> 6 B</p>',
    ].join("\n"),
  );
  assert.equal(
    pack({ kind: "markdown", text: "*a* <b>", files: [] }, "<p><em>a</em> &lt;b&gt;</p>"),
    [
      "<!-- ephemeral 1 markdown -->",
      '<template class="source" data-type="text/markdown">*a* &lt;b&gt;</template>',
      "<p><em>a</em> &lt;b&gt;</p>",
    ].join("\n"),
  );
});

test("words and HTML need no envelope", () => {
  for (const text of ["", "Hello 😀\n  a < b, 1 <2, x<=y", "a & b &amp; c", "<3"]) {
    assert.equal(pack({ kind: "text", text, files: [] }), text);
  }
  assert.equal(pack({ kind: "html", text: "<h1>Hi", files: [] }), "<h1>Hi");
});

test("words that a browser would take for markup have one, in which they are words", () => {
  for (const text of ["use <b>", "</p>", "<!-- no -->", "<?php", "a<B", "<!doctype html>"]) {
    const content = pack({ kind: "text", text, files: [] });
    assert.notEqual(content, text);
    assert.deepEqual(unpack(content), { kind: "text", text, files: [] });
  }
});

const texts = [
  "one line",
  "\n\nlines\n\n",
  " \t spaces ",
  "CR\rLF\r\nNUL\0",
  "& &amp; &lt; &#13; &nope; &",
  "</pre></template>\n<!-- ephemeral files -->\n<p class=\"file\">",
  "<!-- ephemeral 1 text -->\n<pre class=\"text\" wrap>\nx</pre>",
  "<plaintext><textarea><!--",
  "😀 \ud800 \u202e",
];

for (const kind of ["text", "markdown", "html"] satisfies Kind[]) {
  test(`${kind} with files comes back as it was`, () => {
    for (const text of [...texts, ""]) {
      for (const some of [files, files.slice(0, 1)]) {
        const parts = { kind, text, files: some };
        assert.deepEqual(unpack(packOf(parts)), parts);
      }
    }
  });
}

test("Markdown without files comes back as it was", () => {
  for (const text of texts) {
    const parts: Parts = { kind: "markdown", text, files: [] };
    assert.deepEqual(unpack(packOf(parts)), parts);
  }
});

const names: [given: string, clean: string][] = [
  ["plain.txt", "plain.txt"],
  ['"><img src=x onerror=alert(1)>.png', '"><img src=x onerror=alert(1)>.png'],
  ["a&quot;b&amp;c.txt", "a&quot;b&amp;c.txt"],
  ["two\nlines\r\n.txt", "two lines .txt"],
  ["photo\u202egpj.exe", "photogpj.exe"],
  ["\u2066\u200f\u061chidden\ufeff", "hidden"],
  ["../../etc/passwd", ".._.._etc_passwd"],
  ["C:\\boot.ini", "C:_boot.ini"],
  ["\0\x1b[31mred\x7f", "[31mred"],
  ["half \ud83d of", "half \ufffd of"],
  ["שלום.pdf", "שלום.pdf"],
  ["👩‍👩‍👧.png", "👩‍👩‍👧.png"],
  ["", "file"],
  [" \n\t ", "file"],
];

for (const [given, clean] of names) {
  test(`the name ${JSON.stringify(given)} becomes ${JSON.stringify(clean)}, and comes back so`, () => {
    assert.equal(cleanName(given), clean);
    assert.equal(cleanName(clean), clean);
    for (const { type } of files) {
      const parts = unpack(pack({ kind: "text", text: "", files: [{ name: given, type, base64: "YQ==" }] }));
      assert.deepEqual(parts?.files, [{ name: clean, type, base64: "YQ==" }]);
    }
  });
}

test("a name of 300 characters keeps its beginning and its ending", () => {
  const name = cleanName(`${"😀long ".repeat(50)}.tar.gz`);
  assert.equal(Array.from(name).length <= 100, true);
  assert.match(name, /^😀long .*….*\.tar\.gz$/u);
  assert.equal(cleanName(name), name);
});

const types: [given: string, type: string][] = [
  ["", "application/octet-stream"],
  ["image/PNG", "image/png"],
  ["text/plain; charset=utf-8", "text/plain"],
  ['image/png"><script>', "application/octet-stream"],
  ["image/", "application/octet-stream"],
  ["/png", "application/octet-stream"],
  [`image/${"x".repeat(100)}`, "application/octet-stream"],
];

for (const [given, type] of types) {
  test(`the type ${given.slice(0, 30)} becomes ${type}`, () => { assert.equal(typeOf(given), type); });
}

test("the length of base64 tells the size", () => {
  for (const text of ["", "a", "ab", "abc", "abcd"]) assert.equal(byteCount(base64(text)), text.length);
});

const whole = packOf({ kind: "markdown", text: "# Title\n\ntext & more", files });

test("what is not exactly an envelope is just a page", () => {
  const line = '<p class="file"><img alt="a" src="data:image/png;base64,YQ=="></p>';
  const enveloped = (...lines: string[]) => ["<!-- ephemeral 1 text -->", ...lines].join("\n");
  assert.deepEqual(unpack(enveloped("<!-- ephemeral files -->", line))?.files.length, 1);
  const pages = [
    "", "just words", "<h1>Hi</h1>", " " + whole, "\ufeff" + whole, whole.replace("ephemeral 1", "ephemeral 2"),
    whole.replace("\n", "\r\n"), whole.replace("1 markdown -->", "1 markdown-->"), `${whole}\n`, `${whole} `, `${whole}<script>`,
    enveloped("words"), enveloped(""), enveloped('<pre class="text" wrap>', "a < b</pre>"),
    enveloped('<pre class="text" wrap>', "a & b</pre>"), enveloped('<pre class="text" wrap>', "a &eacute; b</pre>"),
    enveloped('<pre class="text" wrap>', "a</pre></pre>"), enveloped('<pre class="text" wrap>', "</pre>"),
    enveloped("<!-- ephemeral files -->"), enveloped("<!-- ephemeral files -->", ""),
    ...[
      line.replace("YQ==", "YQ="), line.replace("YQ==", "YQ"), line.replace("YQ==", "===="), line.replace("YQ==", "Y Q="),
      line.replace("YQ==", "YQ%3"), line.replace("YQ==", "Y=Q="), line.replace("image/png", "image/png;x=y"), line.replace("image/png", "text/html"),
      line.replace("image/png", "IMAGE/png"), line.replace('alt="a"', 'alt="a" onload="x"'), line.replace('alt="a"', 'alt="<"'),
      line.replace('alt="a"', 'alt="&"'), line.replace(' alt="a"', ""), line.replace("</p>", ""), line.replace("img", "image"),
      line.replace('">', '" style="">'), ` ${line}`, line + line, line.replace("data:", "http:"),
    ].map((wrong) => enveloped("<!-- ephemeral files -->", wrong)),
  ];
  for (const page of pages) assert.equal(unpack(page), undefined, page.slice(0, 200));
});

test("a size is for people: what it says does not matter", () => {
  const other = pack({ kind: "text", text: "", files: [file("a.txt", "text/plain", "abc")] });
  assert.equal(unpack(other.replace("3 B</p>", "3 Oktetten</p>"))?.files.length, 1);
  assert.equal(unpack(other.replace("3 B</p>", "<b>3</b></p>")), undefined);
});

test("there is a limit to the files", () => {
  const many = (n: number) => pack({ kind: "text", text: "", files: Array.from({ length: n }, () => file("a", "image/png", "a")) });
  assert.equal(unpack(many(mostFiles))?.files.length, mostFiles);
  assert.equal(unpack(many(mostFiles + 1)), undefined);
});

/** The same numbers each time, so that what fails once fails again. */
function* numbers(): Generator<number, never> {
  for (let state = 42; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

test("whatever comes, it is taken apart or not, and what was taken apart packs to the same again", () => {
  const random = numbers();
  const upTo = (n: number) => random.next().value % n;
  const pieces = [
    "<!-- ephemeral 1 text -->", "<!-- ephemeral 1 html -->", "<!-- ephemeral files -->", '<pre class="text" wrap>', "</pre>", "\n", "&", "&lt;", "<", '"',
    '<template class="source" data-type="text/markdown">', "</template>", '<p class="file">', '<img alt="', '" src="data:image/png;base64,', "YQ==", '"></p>', "a", "\r", "\ud800",
  ];
  for (let i = 0; i < 20_000; i++) {
    const joined = () => Array.from({ length: upTo(12) }, () => pieces[upTo(pieces.length)]).join("");
    const content = i % 2 === 0 ? mutated(whole, upTo) : `${i % 4 === 1 ? "<!-- ephemeral 1 html -->\n" : ""}${joined()}`;
    const parts = unpack(content);
    if (!parts || parts.kind === "markdown") continue;
    assert.deepEqual(unpack(pack(parts)) ?? { kind: parts.kind, text: pack(parts), files: [] }, parts);
  }
});

function mutated(content: string, upTo: (n: number) => number): string {
  const at = upTo(content.length + 1);
  const to = at + upTo(4);
  return `${content.slice(0, at)}${'<\n&"=x'.charAt(upTo(7))}${content.slice(to)}`;
}

test("whatever it is cut to, it is taken apart or not", () => {
  for (let length = 0; length < whole.length; length++) {
    const parts = unpack(whole.slice(0, length));
    // Cut at the end of a line it is an envelope still, with less in it.
    if (parts) assert.equal(parts.text === "# Title\n\ntext & more" || parts.text === "", true, String(length));
  }
});

test("8 MB are taken apart in no time, also if they are made to take long", () => {
  const mega = 8_000_000;
  const slow = [
    pack({ kind: "text", text: "", files: [{ name: "a", type: "image/png", base64: "A".repeat(mega) }] }),
    pack({ kind: "text", text: "<b>&".repeat(mega / 14), files: [] }),
    `<!-- ephemeral 1 text -->\n<pre class="text" wrap>\n${"&".repeat(mega)}</pre>`,
    `<!-- ephemeral 1 text -->\n<pre class="text" wrap>\n${"&amp;".repeat(mega / 5)}<</pre>`,
    `<!-- ephemeral 1 html -->${"\n<!-- ephemeral files -->".repeat(mega / 25)}`,
    `<!-- ephemeral 1 html -->\n<!-- ephemeral files -->${"\n".repeat(mega)}`,
    `<!-- ephemeral 1 text -->\n<!-- ephemeral files -->\n<p class="file"><img alt="${"a".repeat(mega)}`,
    `<!-- ephemeral 1 text -->\n<!-- ephemeral files -->\n<p class="file"><img alt="a" src="data:${'"data:;base64,'.repeat(mega / 14)}`,
    `<!-- ephemeral 1 markdown -->\n${'<template class="source" data-type="text/markdown">'.repeat(mega / 51)}`,
  ];
  for (const [i, content] of slow.entries()) {
    const start = performance.now();
    unpack(content);
    const took = performance.now() - start;
    // What is not linear takes hours.
    assert.ok(took < 20_000, `number ${i} took ${took} ms`);
  }
});
