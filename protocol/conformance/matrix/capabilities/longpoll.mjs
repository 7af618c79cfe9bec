// The transport for those whose proxies let no WebSocket through.

import assert from "node:assert/strict";
import { currentTab } from "../browser.mjs";
import { absent, broken, works } from "../finding.mjs";
import { firstOf } from "../journal.mjs";
import { Proxy } from "../proxy.mjs";
import { joined } from "./channels.mjs";

/** @typedef {import("../types.js").Client} Client */

const noTransport = "exports no `LongPoll`";

/** @param {import("../xhr.mjs").Exchange} exchange */
const isPost = ({ method }) => method === "POST";

/** @param {import("../xhr.mjs").Exchange} exchange */
const messagesOf = ({ body }) => String(body).split("\n");

/**
 * What keeps a client from this transport altogether, if anything does.
 * @param {Client} client
 * @param {import("../server.mjs").Server} lab
 */
async function withoutLongPoll(client, lab) {
  if (!client.hasLongPoll) return absent(noTransport);
  if (client.vsn === "2.0.0") return undefined;
  const connection = client.open(lab.url("/lab"), { longPoll: true });
  connection.connect();
  const channel = connection.channel("lab:room");
  channel.join();
  const { errors, requests } = currentTab();
  const { answer } = await requests.next((exchange) => exchange.answer?.messages?.length > 0);
  assert.equal(typeof answer.messages[0], "string");
  assert.ok((await errors.next()) instanceof TypeError);
  assert.equal(channel.state, "joining");
  return broken(
    "expects the messages as JSON objects, as Phoenix sent them before 1.4; they are strings, as Phoenix sends them since, " +
      "and nothing in a request tells which a client expects",
  );
}

/** @type {import("../types.js").Capability[]} */
export const longPoll = [
  {
    name: "long-poll: join, push, events, leave",
    async test(client, lab) {
      const without = await withoutLongPoll(client, lab);
      if (without) return without;
      const { channel } = await joined(client, lab.url("/lab"), "lab:room", { longPoll: true });
      const pushed = channel.on("pushed");
      assert.deepEqual(await channel.push("echo", { n: 1 }), { status: "ok", response: { n: 1 } });
      channel.push("push", { n: 2 });
      assert.deepEqual(await pushed.next(), { n: 2 });
      const left = (await joined(client, lab.url("/lab"), "lab:watch")).channel.on("left");
      assert.equal((await channel.leave()).status, "ok");
      assert.deepEqual(await left.next(), { topic: "lab:room", reason: "left" });
      return undefined;
    },
  },
  {
    name: "long-poll: 150 pushes at once",
    async test(client, lab) {
      const without = await withoutLongPoll(client, lab);
      if (without) return without;
      const { channel } = await joined(client, lab.url("/lab"), "lab:room", { longPoll: true });
      const pushed = channel.on("pushed");
      const numbers = Array.from({ length: 150 }, (_, n) => n);
      for (const n of numbers) channel.push("push", { n });
      await pushed.until(() => pushed.entries.length === 150);
      const came = pushed.entries.map(({ n }) => n);
      // The last messages may be here before the answers to the requests that made them.
      const { requests } = currentTab();
      const posts = () => requests.entries.filter(isPost).map(messagesOf).filter(([first]) => !first?.includes("phx_join"));
      await requests.until(() => posts().flat().length === 150);
      if (posts().length === 150) {
        assert.deepEqual([...came].sort((a, b) => a - b), numbers);
        return works("all come, in no certain order: each is a request of its own, at once with the others (until 1.6)");
      }
      assert.deepEqual(came, numbers);
      assert.deepEqual(posts().map((lines) => lines.length), [100, 50]);
      // While a request is on its way the client gathers what is to be sent.
      const gathered = [];
      for (const n of [1, 2, 3]) {
        gathered.push(channel.push("echo", { n }));
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual((await Promise.all(gathered)).map(({ response }) => response.n), [1, 2, 3]);
      await requests.until(() => posts().flat().length === 153);
      return undefined;
    },
  },
  {
    name: "long-poll: server restart, then rejoin",
    async test(client, lab) {
      const without = await withoutLongPoll(client, lab);
      if (without) return without;
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room", { longPoll: true });
      await lab.restart();
      if (!(await connection.closes.next()).comesBack) {
        assert.equal(channel.state, "errored");
        return broken("does not connect again once a long-poll connection is lost, with any server (1.4.0–1.4.2)");
      }
      await channel.joins.until(() => channel.joins.entries.length >= 2);
      assert.equal((await channel.push("echo", {})).status, "ok");
      return undefined;
    },
  },
  {
    name: "long-poll: session gone (410), then rejoin",
    async test(client, lab) {
      const without = await withoutLongPoll(client, lab);
      if (without) return without;
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room", { longPoll: true, params: { user_id: "ann" } });
      const other = (await joined(client, lab.url("/lab"), "lab:room")).channel;
      await connection.opens.next();
      other.push("disconnect", { user_id: "ann" });
      await currentTab().requests.next(({ url, answer }) => url.searchParams.get("token") !== "" && answer?.status === 410);
      // Either of them follows: the client has noticed, or it believes that it is connected.
      if ((await firstOf(channel.errors, connection.opens)) === connection.opens) {
        const reply = await channel.push("echo", {});
        assert.deepEqual(reply, { status: "error", response: { reason: "unmatched topic" } });
        return broken("takes the new session for the old one and does not join again, with any server (mended in 1.8.2)");
      }
      await channel.joins.until(() => channel.joins.entries.length >= 2);
      assert.equal((await channel.push("echo", {})).status, "ok");
      return undefined;
    },
  },
  {
    name: "`longPollFallbackMs`, when there is no WebSocket",
    async test(client, lab) {
      if (!client.hasFallback) return absent("its socket has no `longPollFallbackMs`");
      for (const upgrades of /** @type {const} */ (["refuse", "hang"])) {
        const proxy = new Proxy(lab.host);
        proxy.upgrades = upgrades;
        await proxy.start();
        try {
          const { connection, channel } = await joined(client, proxy.url("/lab"), "lab:room", { fallbackMs: 200 });
          assert.deepEqual(connection.wire.opens.entries, []);
          assert.equal((await channel.push("echo", {})).status, "ok");
          assert.equal(sessionStorage.getItem("phx:fallback:LongPoll"), "true");
          sessionStorage.removeItem("phx:fallback:LongPoll");
          connection.disconnect();
        } finally {
          await proxy.stop();
        }
      }
    },
  },
  {
    name: "`longPollFallbackMs`, when there is: stays",
    async test(client, lab) {
      if (!client.hasFallback) return absent("its socket has no `longPollFallbackMs`");
      const { connection, channel } = await joined(client, lab.url("/lab"), "lab:room", { fallbackMs: 1000, heartbeatMs: 300 });
      for (let n = 0; n < 5; n++) await connection.wire.received.next((frame) => String(frame).includes('"phoenix"'));
      assert.equal((await channel.push("echo", {})).status, "ok");
      assert.equal(connection.wire.opens.entries.length, 1);
      assert.deepEqual(currentTab().requests.entries, []);
    },
  },
];
