// The clients of 2015 against the application that they were written for. It has other channels
// than the laboratory, and the form of 2015 knows less: for each row of the table what can be seen.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Socket2015 } from "../clients/form2015.mjs";
import { absent, broken, works } from "../finding.mjs";

/** @typedef {import("../server.mjs").Server} Server */
/** @typedef {import("../types.js").Finding} Finding */

/** How long the application lets these tests be silent. */
export const idleTimeout = "1500ms";

const content = "<h1>2015</h1>";
const hash = createHash("sha256").update(content).digest("hex");

const noSuchChannel = "the application at `/ws` has no channel for it";
const notYet = "phoenix.js had none in 2015";

/** @param {Server} server */
async function longPoll(server) {
  const answer = await fetch(`http://${server.host}/ws/poll?token=null&sig=null`);
  await answer.text();
  assert.equal(answer.status, 404);
  return broken("asks at `/poll`, with a token and a signature, and is not answered: these clients are served over WebSocket only");
}

/**
 * A connected client.
 * @param {Server} server
 * @param {number} [heartbeatMs]
 */
async function open(server, heartbeatMs) {
  const socket = new Socket2015(server.url("/ws"), heartbeatMs);
  socket.connect();
  await socket.wire.opens.next();
  return socket;
}

/**
 * The tests, by the names of the rows.
 * @type {Record<string, (server: Server) => Promise<Finding>>}
 */
export const form2015 = {
  "connect, with parameters": async (server) => {
    const socket = await open(server);
    assert.equal(new URL(socket.wire.opens.entries[0] ?? "").search, "");
    return works("at the mount itself, without parameters");
  },

  "join": async (server) => {
    const channel = (await open(server)).channel("all");
    assert.deepEqual(await channel.replies.next(), { status: "ok", ref: "1", response: {} });
  },

  "refused join": async (server) => {
    const channel = (await open(server)).channel(`want:${"x".repeat(300)}`);
    assert.deepEqual(await channel.replies.next(), { status: "error", ref: "1", response: { reason: "topic too long" } });
  },

  "events: pushed, and broadcast to others": async (server) => {
    const holder = (await open(server)).channel(`have:${hash}`);
    assert.deepEqual((await holder.events.next()).payload, { count: 1 });
    const visitors = [(await open(server)).channel(`want:${hash}`), (await open(server)).channel(`want:${hash}`)];
    for (const visitor of visitors) await visitor.joins.next();
    visitors[0]?.push("content_request", { hash });
    assert.equal((await holder.events.next()).event, "content_request");
    holder.push("content", { content, hash });
    for (const visitor of visitors) {
      assert.deepEqual(await visitor.events.next(), { topic: `want:${hash}`, event: "content", payload: { content }, ref: null });
    }
  },

  "1,000 pushes, answered in order": async (server) => {
    const socket = await open(server);
    for (let n = 0; n < 1000; n++) socket.channel("all"); // which joins it
    const answers = () => socket.wire.received.entries.map((frame) => JSON.parse(String(frame))).filter(({ event }) => event === "phx_reply");
    await socket.wire.received.next((frame) => String(frame).includes('"1000"'));
    assert.deepEqual(answers().map(({ payload }) => payload), Array.from({ length: 1000 }, (_, n) => (
      { status: "ok", ref: String(n + 1), response: {} }
    )));
    return works("joins: the application answers nothing else");
  },

  "leave": async (server) => {
    const channel = (await open(server)).channel("all");
    await channel.replies.next();
    const ref = channel.leave();
    assert.deepEqual(await channel.replies.next(), { status: "ok", ref, response: {} });
    assert.deepEqual(await channel.closes.next(), {});
  },

  "crash, then rejoin": async (server) => {
    const channel = (await open(server)).channel(`have:${hash}`);
    await channel.joins.next();
    channel.push("content", { content: "something else", hash });
    assert.deepEqual(await channel.errors.next(), {});
    await channel.joins.next();
  },

  "joining a topic twice: the second stays": async (server) => {
    const socket = await open(server);
    const channel = socket.channel("all");
    await channel.joins.next();
    channel.sendJoin();
    await channel.joins.next();
    await channel.closes.next();
    return broken("takes the `phx_close` of the join that was replaced for that of the topic; the original page joins no topic twice");
  },

  "heartbeats keep the connection": async (server) => {
    const socket = await open(server, 400);
    for (let n = 0; n < 5; n++) {
      assert.deepEqual(await socket.heartbeats.next(), { topic: "phoenix", event: "heartbeat", payload: {}, ref: null });
    }
    assert.deepEqual(socket.wire.closes.entries, []);
  },

  "silent for too long (1002), then rejoin": async (server) => {
    const socket = await open(server);
    const channel = socket.channel("all");
    await channel.joins.next();
    assert.equal((await socket.wire.closes.next()).code, 1002);
    await channel.joins.next();
  },

  "server restart (1012), then rejoin": async (server) => {
    const socket = await open(server);
    const channels = ["all", `have:${hash}`].map((topic) => socket.channel(topic));
    for (const channel of channels) await channel.joins.next();
    await server.restart();
    assert.equal((await socket.wire.closes.next()).code, 1012);
    for (const channel of channels) await channel.joins.next();
  },

  "long-poll: join, push, events, leave": longPoll,
  "long-poll: 150 pushes at once": longPoll,
  "long-poll: server restart, then rejoin": longPoll,
  "long-poll: session gone (410), then rejoin": longPoll,
};

/** Rows for which there is nothing to see, and why. @type {Record<string, Finding>} */
export const absent2015 = {
  "push, answered ok, error or not at all": absent(noSuchChannel),
  "channel ended by the server: closed for good": absent(noSuchChannel),
  "join that takes too long: one channel in the end": absent("waits for the answer to a join as long as it takes"),
  "heartbeat without an answer, then reconnect": absent("ignores the answers to its heartbeats"),
  "disconnected by its id (1001), then rejoin": absent("the connections of the application have no id"),
  "auth token": absent(notYet),
  "presence: state, joins, updates, leaves": absent(notYet),
  "presence: keys such as `__proto__` and `constructor`": absent(notYet),
  "binary payloads, both ways": absent(notYet),
  "binary frame of a kind that Phoenix does not know (1011), then rejoin": absent("sends none"),
  "long-poll: binary payloads, to the server": absent(notYet),
  "`longPollFallbackMs`, when there is no WebSocket": absent(notYet),
  "`longPollFallbackMs`, when there is: stays": absent(notYet),
};
