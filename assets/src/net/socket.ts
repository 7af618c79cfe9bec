// The one connection of this tab, by the Phoenix Channels client.

import { Socket } from "phoenix";

/** Whether the server can be reached: not yet, now, or no longer. */
export type Link = "connecting" | "open" | "lost";

/** Milliseconds before the n-th attempt to reconnect; the last one repeats. */
const delays = [200, 500, 1000, 2000, 5000];

/**
 * A delay somewhere between half and one and a half times its nominal length:
 * when a server restarts, its visitors must not all return in one instant.
 */
function reconnectAfter(tries: number): number {
  const nominal = delays[Math.min(tries, delays.length) - 1] ?? 200;
  return nominal * (0.5 + Math.random());
}

/** Connects, stays connected, and tells of each change. */
export function openSocket(changed: (link: Link) => void): Socket {
  const socket = new Socket("/ws", { reconnectAfterMs: reconnectAfter });
  socket.onOpen(() => { changed("open"); });
  socket.onClose(() => { changed("lost"); });
  socket.onError(() => { changed("lost"); });
  // Back on a network: do not wait for the next attempt. (The library itself
  // does this for a tab that comes back into view.)
  addEventListener("online", () => {
    if (socket.isConnected()) return;
    socket.disconnect();
    socket.connect();
  });
  socket.connect();
  return socket;
}
