// When to try to connect again, and by what: the arithmetic, without the clock.

/** What carries the messages. Long polling is for networks that let no WebSocket through. */
export type Carrier = "websocket" | "longpoll";

/** Milliseconds within which visitors return who lost a connection that worked. */
const spread = 3000;

/** Milliseconds before the attempt that follows so many in vain; the last one repeats. */
const delays = [1000, 2000, 5000, 10_000];

/**
 * How long to wait after a connection that worked was lost: when a server
 * restarts, its visitors must not all return in one instant.
 */
export function delayAfterLoss(random = Math.random()): number {
  return spread * random;
}

/** How long to wait after so many attempts in vain, one at least: between half and one and a half times a nominal time. */
export function delayAfterFailures(failures: number, random = Math.random()): number {
  const nominal = delays[Math.min(failures, delays.length) - 1] ?? 1000;
  return nominal * (0.5 + random);
}

/**
 * What to try after so many attempts in vain. Where no WebSocket has ever
 * worked, every second attempt is made by long polling; where one has, the
 * server is likely to be away, and long polling waits for the fourth.
 */
export function carrierAfterFailures(failures: number, proven: boolean): Carrier {
  if (proven && failures < 3) return "websocket";
  return failures % 2 === 1 ? "longpoll" : "websocket";
}
