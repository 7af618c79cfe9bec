// What lies between a browser and the server: a proxy that can be told to let no
// WebSocket through, to swallow what they carry, to be slow, or to fall silent.

import { createHash } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "./server";

/** What becomes of a WebSocket: it passes, its request is refused, or it opens and carries nothing. */
export type WebSockets = "pass" | "refuse" | "swallow";

export class Proxy {
  readonly url: string;
  webSockets: WebSockets = "pass";
  /** Bytes in a second from the server, on each connection. */
  rate = Infinity;
  /** How many WebSockets have passed. */
  passed = 0;
  readonly #listener: net.Server;
  readonly #connections = new Set<net.Socket>();
  /** The two halves of each WebSocket. */
  readonly #webSockets = new Map<net.Socket, net.Socket>();

  private constructor(listener: net.Server, port: number) {
    this.#listener = listener;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts one before the server, until the test is over. */
  static async start(t: Pick<TestContext, "after">, server: Pick<Server, "port">): Promise<Proxy> {
    const listener = net.createServer();
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const proxy = new Proxy(listener, (listener.address() as net.AddressInfo).port);
    listener.on("connection", (client) => { proxy.#serve(client, Number(server.port)); });
    t.after(() => { proxy.#stop(); });
    return proxy;
  }

  /** From now on the WebSockets that there are carry nothing more. Browsers are not told, nor is the server if it is not to be. */
  silence({ serverToo = false } = {}): void {
    for (const [client, server] of this.#webSockets) {
      for (const half of [client, server]) {
        half.removeAllListeners("data").removeAllListeners("close");
        half.resume();
      }
      if (!serverToo) server.destroy();
    }
    this.#webSockets.clear();
  }

  #serve(client: net.Socket, port: number): void {
    client.on("error", () => undefined);
    client.once("data", (head) => {
      const request = head.toString("latin1");
      const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1];
      if (key !== undefined && this.webSockets === "refuse") {
        client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      } else if (key !== undefined && this.webSockets === "swallow") {
        const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
        client.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
        client.resume();
      } else {
        const upstream = net.connect(port, "127.0.0.1");
        this.#join(client, upstream, head);
        if (key === undefined) return;
        this.passed++;
        this.#webSockets.set(client, upstream);
        client.on("close", () => this.#webSockets.delete(client));
      }
    });
  }

  #join(client: net.Socket, server: net.Socket, head: Buffer): void {
    server.on("error", () => { client.destroy(); });
    server.write(head);
    client.on("data", (bytes) => { server.write(bytes); });
    server.on("data", (bytes) => { void this.#pass(server, client, bytes); });
    client.on("close", () => { server.destroy(); });
    server.on("close", () => { client.end(); });
    for (const connection of [client, server]) {
      this.#connections.add(connection);
      connection.on("close", () => this.#connections.delete(connection));
    }
  }

  async #pass(from: net.Socket, to: net.Socket, bytes: Buffer): Promise<void> {
    to.write(bytes);
    if (this.rate === Infinity) return;
    from.pause();
    await pause((1000 * bytes.length) / this.rate);
    from.resume();
  }

  #stop(): void {
    this.#listener.close();
    for (const connection of this.#connections) connection.destroy();
  }
}
