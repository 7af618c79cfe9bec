// Whether a WebSocket gets through to the server: some proxies let none through,
// others let them open and then swallow what they carry.

/** A heartbeat, as the Phoenix Channels protocol has it: the server answers anybody. */
const heartbeat = JSON.stringify([null, "1", "phoenix", "heartbeat", {}]);

/** Opens a WebSocket at that address, and closes it. Tells whether it was answered within so many milliseconds. */
export function answers(url: string, within: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const done = (through: boolean) => {
      clearTimeout(timer);
      socket.onclose = null;
      socket.close();
      resolve(through);
    };
    const timer = setTimeout(() => { done(false); }, within);
    socket.onopen = () => { socket.send(heartbeat); };
    socket.onmessage = () => { done(true); };
    socket.onclose = () => { done(false); };
  });
}
