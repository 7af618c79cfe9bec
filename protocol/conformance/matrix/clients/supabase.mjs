// @supabase/realtime-js: RealtimeClient and RealtimeChannel around the protocol. Until 2.99
// it has a client of its own, later one made from phoenix.js.

import WebSocket from "ws";
import { newWire, recorded } from "../browser.mjs";
import { Journal } from "../journal.mjs";
import { reply, soon } from "./phoenix.mjs";

/**
 * @typedef {import("../types.js").Client} Client
 * @typedef {import("../types.js").Connection} Connection
 * @typedef {import("../types.js").Channel} Channel
 */

/** @implements {Client} */
export class SupabaseClient {
  hasLongPoll = false;
  checksHeartbeats = true;

  /**
   * @param {string} label
   * @param {any} library what the package exports
   */
  constructor(label, library) {
    this.label = label;
    this.library = library;
    const client = this.#client("ws://127.0.0.1/nowhere", {});
    this.vsn = /** @type {"1.0.0" | "2.0.0"} */ (new URL(client.endpointURL()).searchParams.get("vsn"));
    this.onePerTopic = client.channel("t") === client.channel("t");
    this.hasFallback = "longPollFallbackMs" in client;
  }

  /**
   * @param {string} url
   * @param {object} options
   */
  #client(url, options) {
    return new this.library.RealtimeClient(url, { params: { apikey: "any" }, transport: WebSocket, ...options });
  }

  /**
   * @param {string} url
   * @param {import("../types.js").Options} [options]
   */
  open(url, { params, heartbeatMs, authToken, againMs } = {}) {
    const wire = newWire();
    const client = this.#client(url, {
      params: { apikey: "any", ...params },
      transport: recorded(WebSocket, wire),
      reconnectAfterMs: () => againMs ?? soon,
      ...(heartbeatMs === undefined ? {} : { heartbeatIntervalMs: heartbeatMs }),
      ...(authToken === undefined ? {} : { authToken }),
    });
    return new SupabaseConnection(this.library, client, wire);
  }

  /** @param {SupabaseChannel} channel */
  presence({ channel }) {
    /** @type {Journal<unknown>} */
    const changes = new Journal("a change of the presence");
    channel.on("presence", { event: "sync" }, () => changes.write(null));
    return { changes, read: () => channel.presenceState() };
  }

  /** @param {SupabaseChannel} channel */
  sendBroadcast({ channel }) {
    channel.send({ type: "broadcast", event: "note", payload: { n: 1 } });
  }

  /** @param {Record<string, { metas: object[] }>} state */
  mergePresence(state) {
    const channel = new this.library.RealtimeChannel("presence:nowhere", { config: {} }, this.#client("ws://127.0.0.1/nowhere", {}));
    if (channel._trigger !== undefined) channel._trigger("presence_state", state);
    else channel.channelAdapter.getChannel().trigger("presence_state", state);
    return channel.presenceState();
  }
}

/** @implements {Connection} */
class SupabaseConnection {
  /** @type {Journal<unknown>} */ opens;
  /** @type {Journal<{code: number | undefined, comesBack: boolean}>} */
  closes = new Journal("the close of the connection");

  /**
   * @param {any} library
   * @param {any} client
   * @param {import("../types.js").Wire} wire
   */
  constructor(library, client, wire) {
    this.library = library;
    this.client = client;
    this.wire = wire;
    // It says nothing of its connection but to who looks inside.
    this.opens = wire.opens;
    wire.closes.watch(() => {
      const { code } = /** @type {{code: number}} */ (wire.closes.entries.at(-1));
      this.closes.write({ code, comesBack: true });
    });
  }

  connect() {
    this.client.connect();
  }

  disconnect() {
    this.client.disconnect();
  }

  /**
   * @param {string} topic
   * @param {Record<string, unknown>} [params]
   */
  channel(topic, params = {}) {
    // client.channel() makes topics that begin with "realtime:" and nothing else.
    const channel = new this.library.RealtimeChannel(topic, { config: {} }, this.client);
    this.client.channels.push(channel);
    return new SupabaseChannel(channel, topic, params);
  }
}

/** @implements {Channel} */
class SupabaseChannel {
  /** @type {Journal<any>} */ joins;
  /** @type {Journal<any>} */ errors;
  /** @type {Journal<any>} */ closes;

  /**
   * @param {any} channel
   * @param {string} topic
   * @param {Record<string, unknown>} params
   */
  constructor(channel, topic, params) {
    this.channel = channel;
    this.joins = new Journal(`the join of ${topic}`);
    this.errors = new Journal(`the error of ${topic}`);
    this.closes = new Journal(`the close of ${topic}`);
    this.setParams(params);
  }

  get state() {
    return this.channel.state;
  }

  /** @param {Record<string, unknown>} params */
  setParams(params) {
    this.channel.updateJoinPayload(params);
  }

  /** @param {number} [timeoutMs] */
  join(timeoutMs) {
    return new Promise((/** @type {(reply: import("../types.js").Reply) => void} */ resolve) => {
      this.channel.joinPush.receive("ok", (/** @type {any} */ response) => {
        this.joins.write(response);
        resolve({ status: "ok", response });
      });
      this.channel.joinPush.receive("error", (/** @type {any} */ response) => resolve({ status: "error", response }));
      this.channel.subscribe((/** @type {string} */ status, /** @type {any} */ reason) => {
        if (status === "CHANNEL_ERROR") this.errors.write(reason);
        if (status === "CLOSED") this.closes.write(reason);
        if (status === "TIMED_OUT") resolve({ status: "timeout", response: {} });
      }, timeoutMs);
    });
  }

  /**
   * What send() does, which tells of the reply its status only.
   * @param {string} event
   * @param {unknown} payload
   * @param {number} [timeoutMs]
   */
  push(event, payload, timeoutMs) {
    const { channel } = this;
    return reply(channel._push ? channel._push(event, payload, timeoutMs) : channel.channelAdapter.push(event, payload, timeoutMs));
  }

  /** @param {string} event */
  on(event) {
    /** @type {Journal<any>} */
    const journal = new Journal(`the event ${event}`);
    this.channel.on(event, {}, (/** @type {any} */ payload) => journal.write(payload));
    return journal;
  }

  async leave() {
    return { status: await this.channel.unsubscribe(), response: {} };
  }
}
