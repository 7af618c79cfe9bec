// What happens to a connection: it is kept, it is lost, and it comes back.

import assert from "node:assert/strict";
import { absent } from "../finding.mjs";
import { Proxy } from "../proxy.mjs";
import { joined } from "./channels.mjs";

/** @param {string | ArrayBuffer} frame */
const answersHeartbeat = (frame) => typeof frame === "string" && frame.includes('"phoenix"') && frame.includes('"phx_reply"');

/**
 * Waits until a channel that was joined is joined again on a new connection, and works.
 * @param {import("../types.js").Channel} channel
 */
async function rejoined(channel) {
  await channel.joins.until(() => channel.joins.entries.length >= 2);
  assert.deepEqual(await channel.push("echo", { back: true }), { status: "ok", response: { back: true } });
}

/** @type {import("../types.js").Capability[]} */
export const connections = [
  {
    name: "heartbeats keep the connection",
    async test(client, lab) {
      // At /tight a connection is closed after 1.5 s of silence.
      const { connection, channel } = await joined(client, lab.url("/tight"), "lab:room", { heartbeatMs: 400 });
      for (let n = 0; n < 5; n++) await connection.wire.received.next(answersHeartbeat);
      assert.equal((await channel.push("echo", {})).status, "ok");
      assert.equal(channel.joins.entries.length, 1);
      assert.deepEqual(connection.wire.closes.entries, []);
    },
  },
  {
    name: "heartbeat without an answer, then reconnect",
    async test(client, lab) {
      if (!client.checksHeartbeats) return absent("sends heartbeats and does not look whether they are answered (its socket remembers none)");
      const proxy = new Proxy(lab.host);
      await proxy.start();
      try {
        const { connection, channel } = await joined(client, proxy.url("/lab"), "lab:room", { heartbeatMs: 200 });
        await connection.wire.received.next(answersHeartbeat);
        proxy.mute();
        await rejoined(channel);
        assert.ok(connection.wire.opens.entries.length >= 2);
      } finally {
        await proxy.stop();
      }
    },
  },
  {
    name: "silent for too long (1002), then rejoin",
    async test(client, lab) {
      const { connection, channel } = await joined(client, lab.url("/tight"), "lab:room");
      assert.equal((await connection.closes.next()).code, 1002);
      await rejoined(channel);
    },
  },
  {
    name: "server restart (1012), then rejoin",
    async test(client, lab) {
      const one = await joined(client, lab.url("/lab"), "lab:room");
      const two = one.connection.channel("exact");
      await two.join();
      const withoutChannels = client.open(lab.url("/lab"));
      withoutChannels.connect();
      await withoutChannels.opens.next();
      await lab.restart();
      assert.equal((await one.connection.closes.next()).code, 1012);
      assert.equal((await withoutChannels.closes.next()).code, 1012);
      await rejoined(one.channel);
      await rejoined(two);
      await withoutChannels.opens.next();
    },
  },
  {
    name: "disconnected by its id (1001), then rejoin",
    async test(client, lab) {
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room", { params: { user_id: "ann" } });
      const other = (await joined(client, lab.url("/lab"), "lab:room", { params: { user_id: "bob" } })).channel;
      other.push("disconnect", { user_id: "ann" });
      assert.equal((await connection.closes.next()).code, 1001);
      await rejoined(channel);
      assert.equal(other.joins.entries.length, 1);
    },
  },
  {
    name: "auth token",
    async test(client, lab) {
      const { connection, channel } = await joined(client, lab.url("/auth"), "lab:room", { authToken: "the key" });
      const { response } = await channel.push("auth_token", {});
      if (response.auth_token === null) return absent("has no `authToken`: with the option set the server is given none");
      assert.equal(response.auth_token, "the key");
      connection.disconnect();
      const polling = await joined(client, lab.url("/auth"), "lab:room", { authToken: "the key", longPoll: true });
      assert.deepEqual((await polling.channel.push("auth_token", {})).response, response);
    },
  },
];
