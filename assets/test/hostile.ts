// What a hostile page needs: a host to reach, and what a browser says when it is
// kept from that.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { TestContext } from "node:test";

/**
 * What the browser says when the frame's policy, or its lack of an origin, has
 * blocked something. (It reports an SVG <use> as a request that failed. Whether
 * one has left is told by the host that it was meant for.)
 */
export const blocked = new RegExp(
  "^console (error|warning): .*(Content Security Policy|sandbox|Unsafe attempt|Blocked autofocusing)" +
    "|^violation: frame: |^request: .*/use$",
);

export interface Host {
  url: string;
  connections: () => number;
  requests: string[];
}

/** A host that a page may try to reach: it counts connections, even those that say nothing. */
export async function host(t: TestContext): Promise<Host> {
  let connections = 0;
  const requests: string[] = [];
  const server = createServer((socket) => {
    connections++;
    socket.on("data", (data) => {
      requests.push(data.toString());
      socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>elsewhere</title>elsewhere");
    });
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { url: `http://127.0.0.1:${address.port}`, connections: () => connections, requests };
}
