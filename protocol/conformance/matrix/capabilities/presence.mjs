// Presence, merged by the client's own code.

import assert from "node:assert/strict";
import { absent } from "../finding.mjs";

/** @typedef {import("../types.js").Client} Client */

/**
 * A client of its own that is present under a key.
 * @param {Client} client
 * @param {string} url
 * @param {string} key
 * @param {Record<string, unknown>} meta
 */
async function present(client, url, key, meta) {
  const connection = client.open(url);
  connection.connect();
  const channel = connection.channel("presence:room", { key, meta });
  const view = client.presence(channel);
  assert.equal((await channel.join()).status, "ok");
  return { connection, channel, view };
}

/**
 * Waits until a client sees these keys with these moods.
 * @param {import("../types.js").PresenceView} view
 * @param {Record<string, string[]>} moods
 */
async function sees(view, moods) {
  const seen = () => JSON.stringify(Object.entries(view.read()).map(([key, metas]) => [key, metas.map(({ mood }) => mood)]).sort());
  const wanted = JSON.stringify(Object.entries(moods).sort());
  try {
    await view.changes.until(() => seen() === wanted);
  } catch (error) {
    throw new Error(`sees ${seen()} and not ${wanted}`, { cause: error });
  }
}

/** @type {import("../types.js").Capability[]} */
export const presence = [
  {
    name: "presence: state, joins, updates, leaves",
    async test(client, lab) {
      const ann = await present(client, lab.url("/lab"), "ann", { mood: "calm" });
      await sees(ann.view, { ann: ["calm"] });
      // The diff of its own join comes before the state: what the client makes of it has to wait.
      await ann.connection.wire.received.next((frame) => String(frame).includes("presence_state"));
      const came = ann.connection.wire.received.entries.map((frame) => String(frame).match(/presence_(diff|state)/)?.[0]);
      assert.deepEqual(came.filter(Boolean), ["presence_diff", "presence_state"]);
      const bob = await present(client, lab.url("/lab"), "bob", { mood: "calm" });
      await sees(bob.view, { ann: ["calm"], bob: ["calm"] });
      await sees(ann.view, { ann: ["calm"], bob: ["calm"] });
      assert.equal((await bob.channel.push("update", { mood: "busy" })).status, "ok");
      await sees(ann.view, { ann: ["calm"], bob: ["busy"] });
      await sees(bob.view, { ann: ["calm"], bob: ["busy"] });
      const again = await present(client, lab.url("/lab"), "bob", { mood: "late" });
      await sees(ann.view, { ann: ["calm"], bob: ["busy", "late"] });
      assert.equal((await bob.channel.leave()).status, "ok");
      await sees(ann.view, { ann: ["calm"], bob: ["late"] });
      again.connection.disconnect();
      await sees(ann.view, { ann: ["calm"] });
      ann.channel.push("no such event", {});
      await ann.channel.errors.next();
      await ann.channel.joins.until(() => ann.channel.joins.entries.length === 2);
      await present(client, lab.url("/lab"), "cid", { mood: "new" });
      await sees(ann.view, { ann: ["calm"], cid: ["new"] });
    },
  },
  {
    name: "presence: keys such as `__proto__` and `constructor`",
    async test(client, lab) {
      const keys = ["__proto__", "constructor", "toString", "hasOwnProperty"];
      const state = JSON.parse(`{${keys.map((key) => `"${key}":{"metas":[{"phx_ref":"1"}]}`).join()}}`);
      try {
        const merged = client.mergePresence(state);
        assert.deepEqual(Object.keys(merged).sort(), [...keys].sort());
      } catch {
        return absent("its own code for presence fails on them, whoever serves it");
      }
      const ann = await present(client, lab.url("/lab"), "ann", { mood: "calm" });
      await sees(ann.view, { ann: ["calm"] });
      const expected = /** @type {Record<string, string[]>} */ (Object.create(null));
      expected.ann = ["calm"];
      const others = [];
      for (const key of keys) {
        others.push(await present(client, lab.url("/lab"), key, { mood: key }));
        expected[key] = [key];
        await sees(ann.view, expected);
      }
      for (const { channel } of others) await channel.leave();
      await sees(ann.view, { ann: ["calm"] });
      return undefined;
    },
  },
];
