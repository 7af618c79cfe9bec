import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { addressOf, belongsTo, byteLength, originalAddressOf, wellFormed } from "../src/page/digest";
import { sha256 } from "../src/page/sha256";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const oracle = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

// PROTOCOL.md §10.6: the content, and how the two digests begin.
const contents = [
  { content: "😀", original: "ea645893a930e087", real: "f0443a342c5ef547" },
  { content: "a\r\nb", original: "7e18f737311b2dc3", real: "18745f36a05e2907" },
  { content: "日本語", original: "77710aedc74ecfa3", real: "77710aedc74ecfa3" },
  { content: "", original: "e3b0c44298fc1c14", real: "e3b0c44298fc1c14" },
];

for (const { content, original, real } of contents) {
  test(`the addresses of ${JSON.stringify(content)}`, async () => {
    assert.equal((await addressOf(content)).slice(0, 16), real);
    assert.equal((await originalAddressOf(content)).slice(0, 16), original);
  });

  test(`${JSON.stringify(content)} belongs to both its addresses and to no other`, async () => {
    assert.ok(await belongsTo(await addressOf(content), content));
    assert.ok(await belongsTo(await originalAddressOf(content), content));
    assert.ok(!(await belongsTo(await addressOf(`${content}!`), content)));
  });
}

test("the original's digest takes CR LF for LF, and keeps a lone CR", async () => {
  assert.equal(await originalAddressOf("a\r\nb"), await addressOf("a\nb"));
  assert.equal(await originalAddressOf("a\rb"), await addressOf("a\rb"));
});

test("without WebCrypto the addresses are the same", async (t) => {
  const expected = await Promise.all(contents.map(({ content }) => addressOf(content)));
  const subtle = Object.getOwnPropertyDescriptor(Crypto.prototype, "subtle");
  assert.ok(subtle);
  Object.defineProperty(Crypto.prototype, "subtle", { configurable: true, value: undefined });
  t.after(() => { Object.defineProperty(Crypto.prototype, "subtle", subtle); });
  assert.deepEqual(await Promise.all(contents.map(({ content }) => addressOf(content))), expected);
});

test("our SHA-256 gives what the standard's examples say", async () => {
  const abc = new TextEncoder().encode("abc");
  assert.equal(hex(await sha256(abc)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const million = new Uint8Array(1_000_000).fill(0x61);
  assert.equal(hex(await sha256(million)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
});

test("our SHA-256 agrees with OpenSSL's at every length around its blocks", async () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 167 + 13) & 0xff);
  for (let length = 0; length <= bytes.length; length++) {
    const part = bytes.subarray(0, length);
    assert.equal(hex(await sha256(part)), oracle(part), `at ${length} bytes`);
  }
});

test("our SHA-256 reads a view that begins in the middle of its buffer", async () => {
  const view = new Uint8Array(200).fill(7).subarray(33, 160);
  assert.equal(hex(await sha256(view)), oracle(view));
});

test("our SHA-256 of a long page lets others do something meanwhile", async () => {
  const bytes = new Uint8Array(1 << 20).fill(0x61);
  let turns = 0;
  const interval = setInterval(() => { turns++; });
  const digest = hex(await sha256(bytes));
  clearInterval(interval);
  assert.equal(digest, oracle(bytes));
  assert.ok(turns > 0);
});

test("half an emoji becomes what it will be for others; a byte order mark stays", async () => {
  assert.equal(wellFormed("a\ud83db"), "a\ufffdb");
  assert.equal(wellFormed("\ufeffpage 😀"), "\ufeffpage 😀");
  assert.equal(await addressOf(wellFormed("a\ud83db")), oracle("a\ufffdb"));
});

test("a page's length is counted in bytes", () => {
  assert.equal(byteLength("aé日😀"), 1 + 2 + 3 + 4);
});
