// phoenix.js of any version, and what was made from it with the same interface.

import WebSocket from "ws";
import { newWire, recorded } from "../browser.mjs";
import { Journal } from "../journal.mjs";

/**
 * @typedef {import("../types.js").Client} Client
 * @typedef {import("../types.js").Connection} Connection
 * @typedef {import("../types.js").Channel} Channel
 */

/**
 * The wait before a client comes back, in milliseconds. In earnest it is longer, and grows. Until 1.4 a client that waits
 * for the answer to its join joins once more after that time.
 */
export const soon = 300;

/** @implements {Client} */
export class PhoenixClient {
  /**
   * @param {string} label
   * @param {any} library what the package exports
   * @param {any} [Base] the WebSocket that it brings, if it brings one
   */
  constructor(label, library, Base = WebSocket) {
    this.label = label;
    this.library = library;
    this.base = Base;
    const socket = new library.Socket("ws://127.0.0.1/nowhere", {});
    this.vsn = /** @type {"1.0.0" | "2.0.0"} */ (new URL(socket.endPointURL()).searchParams.get("vsn"));
    this.hasLongPoll = library.LongPoll !== undefined;
    this.onePerTopic = socket.channel("t") === socket.channel("t");
    this.hasFallback = "longPollFallbackMs" in socket;
    this.checksHeartbeats = "pendingHeartbeatRef" in socket;
  }

  /**
   * @param {string} url
   * @param {import("../types.js").Options} [options]
   */
  open(url, options = {}) {
    return new PhoenixConnection(this, url, options);
  }

  /** @param {PhoenixChannel} channel */
  presence(channel) {
    const { Presence } = this.library;
    /** @type {Journal<unknown>} */
    const changes = new Journal("a change of the presence");
    if (typeof Presence === "function") {
      const presence = new Presence(channel.channel);
      presence.onSync(() => changes.write(null));
      return { changes, read: () => Object.fromEntries(presence.list((/** @type {string} */ key, /** @type {any} */ { metas }) => [key, metas])) };
    }
    // Until 1.3 the page kept the state, as the documentation of that time shows.
    let state = {};
    const keep = (/** @type {any} */ next) => {
      state = next;
      changes.write(null);
    };
    channel.channel.on("presence_state", (/** @type {any} */ full) => keep(Presence.syncState(state, full)));
    channel.channel.on("presence_diff", (/** @type {any} */ diff) => keep(Presence.syncDiff(state, diff)));
    return { changes, read: () => Object.fromEntries(Presence.list(state, (/** @type {string} */ key, /** @type {any} */ { metas }) => [key, metas])) };
  }

  /** @param {Record<string, { metas: object[] }>} state */
  mergePresence(state) {
    return this.library.Presence.syncState({}, state);
  }
}

/** @implements {Connection} */
class PhoenixConnection {
  wire = newWire();
  /** @type {Journal<unknown>} */
  opens = new Journal("the opening of the connection");
  /** @type {Journal<{code: number | undefined, comesBack: boolean}>} */
  closes = new Journal("the close of the connection");

  /**
   * @param {PhoenixClient} client
   * @param {string} url
   * @param {import("../types.js").Options} options
   */
  constructor({ library, base }, url, { params, heartbeatMs, longPoll, fallbackMs, authToken, againMs }) {
    this.socket = new library.Socket(url, {
      params: params ?? {},
      transport: longPoll ? library.LongPoll : recorded(base, this.wire),
      reconnectAfterMs: () => againMs ?? soon,
      rejoinAfterMs: () => againMs ?? soon,
      ...(heartbeatMs === undefined ? {} : { heartbeatIntervalMs: heartbeatMs }),
      ...(fallbackMs === undefined ? {} : { longPollFallbackMs: fallbackMs }),
      ...(authToken === undefined ? {} : { authToken }),
    });
    this.socket.onOpen(() => this.opens.write(null));
    this.socket.onClose((/** @type {any} */ event) => {
      this.closes.write({ code: event?.code, comesBack: this.socket.reconnectTimer.timer !== null });
    });
  }

  connect() {
    this.socket.connect();
  }

  disconnect() {
    this.socket.disconnect();
  }

  /**
   * @param {string} topic
   * @param {Record<string, unknown>} [params]
   */
  channel(topic, params = {}) {
    return new PhoenixChannel(this.socket, topic, params);
  }
}

/** @implements {Channel} */
class PhoenixChannel {
  /** @type {Journal<any>} */ joins;
  /** @type {Journal<any>} */ errors;
  /** @type {Journal<any>} */ closes;
  #params;

  /**
   * @param {any} socket
   * @param {string} topic
   * @param {Record<string, unknown>} params
   */
  constructor(socket, topic, params) {
    this.joins = new Journal(`the join of ${topic}`);
    this.errors = new Journal(`the error of ${topic}`);
    this.closes = new Journal(`the close of ${topic}`);
    this.#params = { ...params };
    this.channel = socket.channel(topic, this.#params);
    this.channel.onError((/** @type {any} */ reason) => this.errors.write(reason));
    this.channel.onClose((/** @type {any} */ reason) => this.closes.write(reason));
  }

  get state() {
    return this.channel.state;
  }

  /** @param {Record<string, unknown>} params */
  setParams(params) {
    // The client keeps the object itself.
    Object.assign(this.#params, params);
  }

  /** @param {number} [timeoutMs] */
  join(timeoutMs) {
    const push = this.channel.join(timeoutMs);
    push.receive("ok", (/** @type {any} */ response) => this.joins.write(response));
    return reply(push);
  }

  /**
   * @param {string} event
   * @param {unknown} payload
   * @param {number} [timeoutMs]
   */
  push(event, payload, timeoutMs) {
    return reply(this.channel.push(event, payload, timeoutMs));
  }

  /** @param {string} event */
  on(event) {
    /** @type {Journal<any>} */
    const journal = new Journal(`the event ${event}`);
    this.channel.on(event, (/** @type {any} */ payload) => journal.write(payload));
    return journal;
  }

  leave() {
    return reply(this.channel.leave());
  }
}

/**
 * The first reply to a push.
 * @param {any} push
 * @returns {Promise<import("../types.js").Reply>}
 */
export function reply(push) {
  return new Promise((resolve) => {
    for (const status of ["ok", "error", "custom", "timeout"]) {
      push.receive(status, (/** @type {any} */ response) => resolve({ status, response }));
    }
  });
}
