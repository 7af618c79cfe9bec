// The clients of 2015, phoenix.js 0.11 to 0.13.0, as PROTOCOL.md §7 describes them: a script of our own
// in their form, for npm has none of them. It connects to the mount itself, without a version; it
// knows a reply by the ref inside its payload; close and error are the topic's, whichever join they
// belong to; answers to heartbeats it ignores.

import WebSocket from "ws";
import { newWire, recorded } from "../browser.mjs";
import { Journal } from "../journal.mjs";
import { soon } from "./phoenix.mjs";

/** @typedef {{topic: string, event: string, payload: any, ref: string | null}} Message */

export class Socket2015 {
  wire = newWire();
  /** @type {Map<string, Channel2015>} */
  channels = new Map();
  /** @type {Journal<Message>} */
  heartbeats = new Journal("the answer to a heartbeat");
  #url;
  #heartbeatMs;
  #ref = 0;
  /** @type {any} */
  #connection;

  /**
   * @param {string} url of the mount
   * @param {number} [heartbeatMs]
   */
  constructor(url, heartbeatMs = 30_000) {
    this.#url = url;
    this.#heartbeatMs = heartbeatMs;
  }

  connect() {
    const connection = new (recorded(WebSocket, this.wire))(this.#url);
    /** @type {any} */
    let heartbeat;
    connection.onopen = () => {
      heartbeat = setInterval(() => this.send({ topic: "phoenix", event: "heartbeat", payload: {} }), this.#heartbeatMs);
      for (const channel of this.channels.values()) channel.sendJoin();
    };
    connection.onmessage = (/** @type {{data: string}} */ { data }) => this.#receive(JSON.parse(data));
    connection.onclose = () => {
      clearInterval(heartbeat);
      setTimeout(() => this.connect(), soon);
    };
    this.#connection = connection;
  }

  /**
   * @param {Omit<Message, "ref">} message
   * @returns {string} the ref that it was sent with
   */
  send(message) {
    const ref = String(++this.#ref);
    if (this.isOpen) this.#connection.send(JSON.stringify({ ...message, ref }));
    return ref;
  }

  get isOpen() {
    return this.#connection.readyState === WebSocket.OPEN;
  }

  /** @param {string} topic */
  channel(topic) {
    const channel = new Channel2015(this, topic);
    this.channels.set(topic, channel);
    return channel;
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.topic === "phoenix") this.heartbeats.write(message);
    this.channels.get(message.topic)?.receive(message);
  }
}

class Channel2015 {
  /** @type {Journal<any>} */ joins;
  /** @type {Journal<any>} */ errors;
  /** @type {Journal<any>} */ closes;
  /** Replies in the order in which they came: status, ref and response. @type {Journal<any>} */
  replies;
  /** Every other message. @type {Journal<Message>} */
  events;
  #joinRef = "";

  /**
   * @param {Socket2015} socket
   * @param {string} topic
   */
  constructor(socket, topic) {
    this.socket = socket;
    this.topic = topic;
    this.joins = new Journal(`the join of ${topic}`);
    this.errors = new Journal(`the error of ${topic}`);
    this.closes = new Journal(`the close of ${topic}`);
    this.replies = new Journal(`a reply on ${topic}`);
    this.events = new Journal(`an event on ${topic}`);
    if (socket.isOpen) this.sendJoin();
  }

  sendJoin() {
    this.#joinRef = this.push("phx_join", {});
  }

  /**
   * @param {string} event
   * @param {any} payload
   */
  push(event, payload) {
    return this.socket.send({ topic: this.topic, event, payload });
  }

  leave() {
    return this.push("phx_leave", {});
  }

  /** @param {Message} message */
  receive(message) {
    const { event, payload } = message;
    if (event === "phx_reply") {
      this.replies.write(payload);
      if (payload.ref === this.#joinRef && payload.status === "ok") this.joins.write(payload.response);
    } else if (event === "phx_close") {
      this.socket.channels.delete(this.topic);
      this.closes.write(payload);
    } else if (event === "phx_error") {
      this.errors.write(payload);
      setTimeout(() => this.sendJoin(), soon);
    } else {
      this.events.write(message);
    }
  }
}
