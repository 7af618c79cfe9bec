// What survives a reload: the places, their limits, and the visitor's choice.
// In a browser: survive.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Keep } from "../src/page/keep";
import { FakeStorage, forbiddenStorage } from "./fakestorage";

const address = "0123456789abcdef".repeat(4);
const other = "fedcba9876543210".repeat(4);
const note = { address, mine: true, handedOn: 0 };
const large = "x".repeat((1 << 20) + 1);

/** A disk in memory. It can be told to wait, to have no room, or not to be read. */
class FakeDisk {
  readonly copies = new Map<string, string>();
  /** Those of the tab that this one was duplicated from. */
  readonly others = new Map<string, string>();
  full = false;
  unreadable = false;
  saving: Promise<void> = Promise.resolve();

  async save(name: string, content: string): Promise<void> {
    await this.saving;
    if (this.full) throw new DOMException("there is no room", "QuotaExceededError");
    this.copies.set(name, content);
  }

  read(name: string): Promise<string | undefined> {
    return this.unreadable ? Promise.reject(new DOMException("not now", "AbortError")) : Promise.resolve(this.copies.get(name) ?? this.others.get(name));
  }

  has(name: string): Promise<boolean> {
    return Promise.resolve(this.copies.has(name));
  }

  remove(name: string): Promise<void> {
    this.copies.delete(name);
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.copies.clear();
    return Promise.resolve();
  }
}

function browser(session: Storage = new FakeStorage()) {
  const local = new FakeStorage();
  const disk = new FakeDisk();
  const open = () => new Keep({ session, local, disk: () => Promise.resolve(disk) });
  return { session, local, disk, open, keep: open() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a small page is in sessionStorage, and is there after a reload", async () => {
  const { keep, disk, open } = browser();
  assert.equal(await keep.save(note, "content"), true);
  assert.equal(disk.copies.size, 0);
  const later = open();
  assert.deepEqual(later.notes, [{ ...note, large: false }]);
  assert.equal(await later.read(address), "content");
});

test("a large page is on disk, and only its note in sessionStorage", async () => {
  const { keep, session, disk, open } = browser();
  assert.equal(await keep.save(note, large), true);
  assert.equal(session.length, 1);
  assert.deepEqual([...disk.copies.keys()], [address]);
  assert.equal(await open().read(address), large);
});

test("without a disk, a large page is in sessionStorage if it fits there", async () => {
  const without = { local: undefined, disk: () => Promise.resolve(undefined) };
  const keep = new Keep({ ...without, session: new FakeStorage(5 << 20) });
  assert.equal(await keep.save(note, large), true);
  assert.equal(await keep.read(address), large);
  assert.equal(await keep.save({ ...note, address: other }, large.repeat(4)), false);
  assert.deepEqual(keep.notes.map((one) => one.address), [address]);
});

test("where sessionStorage is full, a small page is on disk", async () => {
  const { keep, disk, open } = browser(new FakeStorage(500));
  assert.equal(await keep.save(note, "x".repeat(600)), true);
  assert.deepEqual([...disk.copies.keys()], [address]);
  assert.equal(await open().read(address), "x".repeat(600));
});

test("where everything is full, the page does not survive, which is said", async () => {
  const { keep, session, disk } = browser(new FakeStorage(500));
  disk.full = true;
  assert.equal(await keep.save(note, large), false);
  assert.equal(session.length, 0);
  assert.deepEqual(keep.notes, []);
});

test("a copy that could not be found again is not kept", async () => {
  const { keep, session, disk } = browser(new FakeStorage(50));
  assert.equal(await keep.save(note, large), false);
  assert.equal(session.length, 0);
  assert.equal(disk.copies.size, 0);
});

test("where the browser forbids storage, nothing breaks", async () => {
  const forbidden = forbiddenStorage();
  const keep = new Keep({ session: forbidden, local: forbidden, disk: () => Promise.resolve(undefined) });
  assert.equal(keep.enabled, true);
  assert.equal(await keep.save(note, "content"), false);
  assert.equal(await keep.read(address), undefined);
  keep.forget(address);
  keep.enabled = false;
  assert.equal(keep.enabled, false);
  const failing = new Keep({ session: undefined, local: undefined, disk: () => Promise.reject(new Error("no")) });
  assert.equal(await failing.save(note, large), false);
});

test("a page that was saved is not saved again", async () => {
  const { keep, disk } = browser();
  await keep.save(note, large);
  disk.full = true;
  assert.equal(await keep.save(note, large), true);
});

test("a copy that the browser has deleted is put by anew", async () => {
  const { keep, disk, open } = browser();
  await keep.save(note, large);
  disk.copies.clear();
  assert.equal(await keep.save(note, large), true);
  assert.deepEqual(keep.notes, [{ ...note, large: true }]);
  assert.equal(await open().read(address), large);
});

test("a duplicate of a tab has the other's copy until it has one of its own, and survives only then", async () => {
  const { keep, disk, open } = browser(new FakeStorage(500));
  await keep.save(note, large);
  disk.others.set(address, large);
  disk.copies.clear();
  disk.full = true;
  for (const duplicate of [open(), open()]) {
    assert.equal(await duplicate.read(address), large);
    assert.equal(await duplicate.save(note, large), false);
    assert.equal(duplicate.notes.length, 1, "it is looked for again");
  }
  disk.full = false;
  assert.equal(await open().save(note, large), true);
  disk.others.clear();
  assert.equal(await open().read(address), large);
});

test("what is forgotten while it is looked for is not put by again", async () => {
  const { keep, disk, session } = browser();
  await keep.save(note, large);
  disk.copies.clear();
  const saving = keep.save(note, large);
  keep.forget(address);
  assert.equal(await saving, false);
  await turn();
  assert.deepEqual([disk.copies.size, session.length], [0, 0]);
});

test("what was forgotten is gone from every place", async () => {
  const { keep, session, disk } = browser();
  await keep.save(note, large);
  await keep.save({ ...note, address: other }, "content");
  keep.forget(address);
  keep.forget(other);
  await turn();
  assert.equal(session.length, 0);
  assert.equal(disk.copies.size, 0);
});

test("what is forgotten while it is being saved is gone, too", async () => {
  const { keep, session, disk } = browser();
  let go: () => void = () => undefined;
  disk.saving = new Promise((resolve) => { go = resolve; });
  const saving = keep.save(note, large);
  await turn();
  keep.forget(address);
  go();
  assert.equal(await saving, false);
  await turn();
  assert.equal(disk.copies.size, 0);
  assert.equal(session.length, 0);
});

test("what is saved anew while it was being saved stays", async () => {
  const { keep, disk, open } = browser();
  let go: () => void = () => undefined;
  disk.saving = new Promise((resolve) => { go = resolve; });
  const first = keep.save(note, large);
  await turn();
  keep.forget(address);
  const second = keep.save(note, large);
  go();
  assert.deepEqual(await Promise.all([first, second]), [false, true]);
  await turn();
  assert.equal(await open().read(address), large);
});

test("of two savings of one page, the first may be done last: the copy stays", async () => {
  const { keep, disk, open } = browser();
  let go: () => void = () => undefined;
  disk.saving = new Promise((resolve) => { go = resolve; });
  const first = keep.save(note, large);
  await turn();
  disk.saving = Promise.resolve();
  assert.equal(await keep.save(note, large), true);
  go();
  assert.equal(await first, true);
  await turn();
  assert.equal(await open().read(address), large);
});

test("a copy that cannot be looked for is not taken for none", async () => {
  const { keep, session, disk, open } = browser();
  await keep.save(note, large);
  disk.unreadable = true;
  const later = open();
  await assert.rejects(later.read(address), { name: "AbortError" });
  const failing = new Keep({ session, local: undefined, disk: () => Promise.reject(new Error("no script")) });
  await assert.rejects(failing.read(address), /no script/);
  disk.unreadable = false;
  assert.equal(await later.read(address), large);
  disk.copies.clear();
  assert.equal(await later.read(address), undefined);
});

test("what becomes of a page is noted while it is kept", async () => {
  const { keep, open } = browser();
  keep.note({ ...note, handedOn: 1 });
  assert.deepEqual(open().notes, []);
  await keep.save(note, "content");
  keep.note({ ...note, handedOn: 2 });
  assert.deepEqual(open().notes, [{ ...note, handedOn: 2, large: false }]);
});

test("turned off, everything is deleted at once, nothing is kept, and that is remembered", async () => {
  const { keep, session, local, disk, open } = browser();
  await keep.save(note, "content");
  await keep.save({ ...note, address: other }, large);
  // What another tab has left there.
  disk.copies.set("another tab's", "copy");
  let changes = 0;
  keep.changed = () => { changes++; };
  keep.enabled = false;
  await turn();
  assert.equal(session.length, 0);
  assert.equal(disk.copies.size, 0);
  assert.equal(changes, 1);
  assert.equal(await keep.save(note, "content"), false);
  const later = open();
  assert.equal(later.enabled, false);

  later.enabled = true;
  assert.equal(local.length, 0);
  assert.equal(open().enabled, true);
  assert.equal(await later.save(note, "content"), true);
});

test("turned off, nothing that was written or held stays in the tab, and what is not about that stays", async () => {
  const { keep, session } = browser();
  await keep.save(note, "content");
  session.setItem("ephemeral:draft", "half a thought");
  session.setItem(`ephemeral:page:${other}`, "a copy without its note");
  session.setItem("ephemeral:else", "");
  keep.obey(false);
  assert.deepEqual([session.length, session.key(0)], [1, "ephemeral:else"]);
});

test("a tab that was discarded when it was turned off leaves nothing once it is loaded", async () => {
  const { keep, session, local, open } = browser();
  await keep.save(note, "content");
  session.setItem("ephemeral:draft", "half a thought");
  local.setItem("ephemeral:keep", "off");
  assert.deepEqual(open().notes, []);
  assert.equal(session.length, 0);
});

test("turned off while a page is being saved, it is not kept", async () => {
  const { keep, session, disk } = browser();
  let go: () => void = () => undefined;
  disk.saving = new Promise((resolve) => { go = resolve; });
  const saving = keep.save(note, large);
  await turn();
  keep.enabled = false;
  go();
  assert.equal(await saving, false);
  await turn();
  assert.equal(disk.copies.size, 0);
  assert.equal(session.length, 0);
});

test("another tab's choice is obeyed without being made again", async () => {
  const { keep, session, local, disk } = browser();
  await keep.save(note, "content");
  disk.copies.set("another tab's", "copy");
  keep.obey(false);
  keep.obey(false);
  assert.equal(session.length, 0);
  assert.equal(local.length, 0);
  assert.equal(disk.copies.size, 1, "the other tab sees to that");
});

for (const text of ["", "no JSON", "null", "{}", "[1,null,{}]", `[{"address":5,"mine":true,"handedOn":0,"large":false}]`]) {
  test(`notes that say ${JSON.stringify(text)} are none`, () => {
    const session = new FakeStorage();
    session.setItem("ephemeral:pages", text);
    assert.deepEqual(browser(session).keep.notes, []);
  });
}
