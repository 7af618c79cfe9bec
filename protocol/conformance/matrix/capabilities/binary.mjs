// Bytes as payloads.

import assert from "node:assert/strict";
import { currentTab } from "../browser.mjs";
import { absent } from "../finding.mjs";
import { firstOf } from "../journal.mjs";
import { joined } from "./channels.mjs";

const bytes = Uint8Array.of(0, 1, 0x7f, 0x80, 0xff, 0x0a);

/** @param {unknown} payload */
function assertBytes(payload) {
  assert.ok(payload instanceof ArrayBuffer, `a payload of bytes came as ${JSON.stringify(payload)}`);
  assert.deepEqual(new Uint8Array(payload), bytes);
}

/** @param {import("../types.js").Reply} reply to a push of bytes */
const cameAsJSON = ({ status, response }) => status === "error" && response.reason === "not binary";

/** @param {unknown} body */
const isJoin = (body) => typeof body === "string" && body.includes("phx_join");

/** @type {import("../types.js").Capability[]} */
export const binary = [
  {
    name: "binary payloads, both ways",
    async test(client, lab) {
      const { channel } = await joined(client, lab.url("/lab"), "lab:room");
      const reply = await channel.push("binary", bytes.buffer);
      if (cameAsJSON(reply)) return absent("sends an ArrayBuffer as the JSON `{}`");
      assert.equal(reply.status, "ok");
      assertBytes(reply.response);
      const events = [channel.on("pushed_binary"), channel.on("broadcasted_binary")];
      channel.push("push_binary", bytes.buffer);
      channel.push("broadcast_binary", bytes.buffer);
      for (const event of events) assertBytes(await event.next());
    },
  },
  {
    name: "binary frame of a kind that Phoenix does not know (1011), then rejoin",
    async test(client, lab) {
      if (client.sendBroadcast === undefined) return absent("sends none");
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room");
      const heard = channel.on("broadcasted");
      client.sendBroadcast(channel);
      if ((await firstOf(heard, connection.closes)) === heard) return absent("sends its broadcasts as JSON");
      assert.equal((await connection.closes.next()).code, 1011);
      await channel.joins.until(() => channel.joins.entries.length === 2);
      assert.equal((await channel.push("echo", {})).status, "ok");
      return undefined;
    },
  },
  {
    name: "long-poll: binary payloads, to the server",
    async test(client, lab) {
      if (!client.hasLongPoll) return absent("exports no `LongPoll`");
      if (client.vsn === "1.0.0") return absent("vsn 1.0.0 has no binary payloads");
      const heard = (await joined(client, lab.url("/lab"), "lab:room")).channel.on("broadcasted");
      const { channel } = await joined(client, lab.url("/lab"), "lab:room", { longPoll: true });
      // To the others: bytes for a long-poll client are lost (PROTOCOL.md §5.3).
      channel.push("broadcast_from", bytes.buffer);
      const post = await currentTab().requests.next(({ method, body }) => method === "POST" && !isJoin(body));
      if (typeof post.body !== "string") {
        assert.equal(post.answer.status, 408);
        return absent("posts the bytes themselves, which Phoenix takes for text; base64 since 1.7.7");
      }
      if (post.body.includes("broadcast_from")) return absent("sends an ArrayBuffer as the JSON `{}`");
      assertBytes(await heard.next());
      return undefined;
    },
  },
];
