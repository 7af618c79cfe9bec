// What every client can do with a channel.

import assert from "node:assert/strict";
import { absent, broken } from "../finding.mjs";
import { firstOf } from "../journal.mjs";

/** @typedef {import("../types.js").Client} Client */
/** @typedef {import("../server.mjs").Server} Server */

/**
 * A connected client with one joined channel.
 * @param {Client} client
 * @param {string} url
 * @param {string} topic
 * @param {import("../types.js").Options} [options]
 */
export async function joined(client, url, topic, options) {
  const connection = client.open(url, options);
  connection.connect();
  const channel = connection.channel(topic);
  assert.equal((await channel.join()).status, "ok");
  return { connection, channel };
}

const greeting = { text: "grüß dich, 日本, 😀", list: [1, null, { deep: [true] }], empty: {} };

const closedBoth =
  "the `phx_close` of the join that was replaced has no ref in vsn 1.0.0, from Phoenix as from here, and the client takes it " +
  "for the new one too";

/** @type {import("../types.js").Capability[]} */
export const channels = [
  {
    name: "connect, with parameters",
    async test(client, lab) {
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room", { params: { user_id: "ann", odd: "ä &=" } });
      assert.equal(connection.opens.entries.length, 1);
      const { response } = await channel.push("connect_params", {});
      assert.equal(response.user_id, "ann");
      assert.equal(response.odd, "ä &=");
      assert.equal(response.vsn, client.vsn);
    },
  },
  {
    name: "join",
    async test(client, lab) {
      const connection = client.open(lab.url("/lab"));
      connection.connect();
      const channel = connection.channel("lab:params", { greeting });
      const reply = await channel.join();
      assert.equal(reply.status, "ok");
      assert.deepEqual(reply.response.greeting, greeting);
      assert.equal(channel.state, "joined");
    },
  },
  {
    name: "refused join",
    async test(client, lab) {
      const connection = client.open(lab.url("/lab"));
      connection.connect();
      const refusals = { "lab:deny": "denied", "lab:crash": "join crashed", "nowhere:at-all": "unmatched topic" };
      for (const [topic, reason] of Object.entries(refusals)) {
        const channel = connection.channel(topic);
        assert.deepEqual(await channel.join(), { status: "error", response: { reason } });
        await channel.leave();
      }
      const { channel } = await joined(client, lab.url("/lab"), "lab:room");
      assert.equal(channel.state, "joined");
    },
  },
  {
    name: "push, answered ok, error or not at all",
    async test(client, lab) {
      const { channel } = await joined(client, lab.url("/lab"), "lab:room");
      assert.deepEqual(await channel.push("echo", greeting), { status: "ok", response: greeting });
      assert.deepEqual(await channel.push("echo_error", greeting), { status: "error", response: greeting });
      assert.deepEqual(await channel.push("echo_custom", greeting), { status: "custom", response: greeting });
      assert.equal((await channel.push("noreply", {}, 50)).status, "timeout");
    },
  },
  {
    name: "events: pushed, and broadcast to others",
    async test(client, lab) {
      const one = await joined(client, lab.url("/lab"), "lab:room");
      const two = await joined(client, lab.url("/lab"), "lab:room");
      const pushed = one.channel.on("pushed");
      const heard = [one, two].map(({ channel }) => channel.on("broadcasted"));
      one.channel.push("push", greeting);
      assert.deepEqual(await pushed.next(), greeting);
      one.channel.push("broadcast", greeting);
      for (const journal of heard) assert.deepEqual(await journal.next(), greeting);
    },
  },
  {
    name: "1,000 pushes, answered in order",
    async test(client, lab) {
      const { channel } = await joined(client, lab.url("/lab"), "lab:room");
      const pushed = channel.on("pushed");
      const numbers = Array.from({ length: 1000 }, (_, n) => n);
      /** @type {number[]} */
      const answered = [];
      const replies = numbers.map(async (n) => {
        channel.push("push", { n });
        answered.push((await channel.push("echo", { n })).response.n);
      });
      await Promise.all(replies);
      assert.deepEqual(answered, numbers);
      assert.deepEqual(pushed.entries.map(({ n }) => n), numbers);
    },
  },
  {
    name: "leave",
    async test(client, lab) {
      const watch = (await joined(client, lab.url("/lab"), "lab:watch")).channel;
      const left = watch.on("left");
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room");
      assert.equal((await channel.leave()).status, "ok");
      assert.deepEqual(await left.next(), { topic: "lab:room", reason: "left" });
      assert.equal(channel.state, "closed");
      // The close is on its way too: to a client of vsn 1.0.0 it could be that of the next join.
      await connection.channel("lab:other").join();
      const again = connection.channel("lab:room");
      assert.equal((await again.join()).status, "ok");
      assert.deepEqual((await again.push("count", {})).response, { count: 1 });
    },
  },
  {
    name: "channel ended by the server: closed for good",
    async test(client, lab) {
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room");
      const other = connection.channel("lab:other");
      await other.join();
      channel.push("stop", { reason: "shutdown" });
      await channel.closes.next();
      assert.equal(channel.state, "closed");
      assert.equal((await other.push("echo", {})).status, "ok");
      assert.equal(channel.joins.entries.length, 1);
    },
  },
  {
    name: "crash, then rejoin",
    async test(client, lab) {
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room");
      await channel.joins.next();
      assert.deepEqual((await channel.push("count", {})).response, { count: 1 });
      channel.push("crash", {});
      await channel.errors.next();
      await channel.joins.next();
      assert.deepEqual((await channel.push("count", {})).response, { count: 1 });
      assert.equal(connection.wire.opens.entries.length, 1);
    },
  },
  {
    name: "joining a topic twice: the second stays",
    async test(client, lab) {
      if (client.onePerTopic) return absent("has one channel for a topic: `channel()` returns it again");
      const { connection, channel: first } = await joined(client, lab.url("/lab"), "lab:room");
      const second = connection.channel("lab:room");
      assert.equal((await second.join()).status, "ok");
      await first.closes.next();
      // Whatever was on its way is there when this has been answered.
      const other = connection.channel("lab:other");
      await other.join();
      if (second.state === "closed") {
        return broken(closedBoth);
      }
      const heard = second.on("note");
      for (const n of [1, 2]) other.push("broadcast_to", { topic: "lab:room", event: "note", payload: { n } });
      await heard.next(({ n }) => n === 2);
      assert.deepEqual(heard.entries, [{ n: 1 }, { n: 2 }]);
    },
  },
  {
    name: "join that takes too long: one channel in the end",
    async test(client, lab) {
      const connection = client.open(lab.url("/lab"), { againMs: 400 });
      connection.connect();
      const other = connection.channel("lab:other");
      await other.join();
      const channel = connection.channel("lab:slowjoin", { ms: 300 });
      const late = channel.join(50);
      assert.equal((await late).status, "timeout");
      channel.setParams({ ms: 0 });
      await firstOf(channel.joins, channel.closes);
      await other.push("echo", {});
      if (channel.state === "closed") {
        assert.equal(client.vsn, "1.0.0");
        return broken(closedBoth);
      }
      assert.equal((await channel.push("echo", {})).status, "ok");
      const heard = channel.on("note");
      for (const n of [1, 2]) other.push("broadcast_to", { topic: "lab:slowjoin", event: "note", payload: { n } });
      await heard.next(({ n }) => n === 2);
      assert.deepEqual(heard.entries, [{ n: 1 }, { n: 2 }]);
    },
  },
];
