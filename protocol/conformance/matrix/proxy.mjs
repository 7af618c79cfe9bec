// A small proxy in front of a server, to take something away from a client.

import http from "node:http";
import net from "node:net";
import { once } from "node:events";

/** @typedef {"pass" | "refuse" | "hang"} Upgrades what becomes of WebSocket upgrades */

export class Proxy {
  /** @type {Upgrades} */
  upgrades = "pass";
  #target;
  #server = http.createServer((request, response) => this.#request(request, response));
  /** @type {Set<net.Socket>} */
  #sockets = new Set();
  /** The server's ends of the WebSocket connections. @type {Set<net.Socket>} */
  #upstreams = new Set();

  /** @param {string} target host:port */
  constructor(target) {
    this.#target = new URL(`http://${target}`);
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, /** @type {net.Socket} */ (socket), head));
    this.#server.on("connection", (socket) => this.#own(socket));
  }

  /** @param {string} mount */
  url(mount) {
    return `ws://127.0.0.1:${/** @type {net.AddressInfo} */ (this.#server.address()).port}${mount}`;
  }

  async start() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Of the WebSocket connections that there are now, nothing comes back from the server any more. */
  mute() {
    for (const upstream of this.#upstreams) upstream.unpipe().resume();
  }

  async stop() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  /** @param {net.Socket} socket */
  #own(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  #request(request, response) {
    const { method, url, headers } = request;
    const onward = http.request(new URL(url ?? "/", this.#target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {net.Socket} socket
   * @param {Buffer} head
   */
  #upgrade(request, socket, head) {
    if (this.upgrades === "hang") return;
    if (this.upgrades === "refuse") {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    const upstream = net.connect(Number(this.#target.port), this.#target.hostname);
    this.#own(upstream);
    this.#upstreams.add(upstream);
    upstream.on("close", () => {
      this.#upstreams.delete(upstream);
      socket.destroy();
    });
    socket.on("close", () => upstream.destroy());
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    socket.pipe(upstream);
    upstream.pipe(socket);
  }
}
