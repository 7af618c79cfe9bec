// The one connection of this tab, by the Phoenix Channels client. That client
// keeps the protocol; when to connect, and by what, is decided here, for a tab
// that keeps pages alive has to come back also while it is out of sight.

import { type Channel, LongPoll, Socket } from "phoenix";
import { answers } from "./probe";
import { carrierAfterFailures, type Carrier, delayAfterFailures, delayAfterLoss } from "./retry";

/** Whether the server can be reached: not yet, now, or no longer. */
export type Link = "connecting" | "open" | "lost";

/** What a page needs of the connection. */
export interface Line {
  channel(topic: string, payload: object): Channel;
  /** Whether bytes can be sent as they are: long polling carries text alone. */
  readonly carriesBytes: boolean;
}

/** How long an attempt may take, in milliseconds: until the first word from the server. */
const patience = 10_000;

/** The same where no WebSocket has ever worked: some networks swallow them without a word. */
const doubt = 3000;

/** How long a connection may be silent when there is reason to think that it is dead. */
const deadline = 3000;

/** How often to see whether a WebSocket gets through by now, while long polling is in use. */
const probeEvery = 300_000;

/** The library's own reconnecting never gets to act: it leaves tabs out of sight alone. */
const never = 2 ** 30;

export class Connection implements Line {
  readonly #socket: Socket;
  readonly #changed: (link: Link) => void;
  /** Tells the server that this tab is not another one when it comes back before its last connection is known to be dead. */
  readonly #token = crypto.getRandomValues(new Uint32Array(4)).join("-");
  #link: Link = "connecting";
  #carrier: Carrier = "websocket";
  /** Attempts in vain since the server was last heard. */
  #failures = 0;
  /** Whether the server was heard since the last attempt began. */
  #heard = false;
  /** Whether a WebSocket has ever worked here. */
  #proven = false;
  /** Whether there is reason to think that the connection is dead, and an answer is awaited. */
  #doubted = false;
  /** Until the next attempt, or until this one is given up, or the silence has lasted too long. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting = false;
  #probe: ReturnType<typeof setTimeout> | undefined;

  /** Connects, stays connected, and tells of each change. */
  constructor(changed: (link: Link) => void) {
    this.#changed = changed;
    this.#socket = new Socket("/ws", {
      // Where a page of many megabytes comes in one answer, that takes its time.
      longpollerTimeout: 60_000,
      // There it would remember whether WebSockets work, which is decided here; and
      // in a browser that keeps nothing a mere look at the real one is an error.
      sessionStorage: { getItem: () => null, setItem: () => undefined },
      // This is how the library says that a connection has ended that nobody here has ended.
      reconnectAfterMs: () => {
        queueMicrotask(() => { this.#ended(); });
        return never;
      },
    });
    this.#socket.onMessage(() => { this.#hear(); });
    this.#socket.onClose(() => { this.#tell("lost"); });
    this.#listen();
    this.#attempt();
  }

  channel(topic: string, payload: object): Channel {
    return this.#socket.channel(topic, { ...payload, tab_token: this.#token });
  }

  get carriesBytes(): boolean {
    return this.#carrier === "websocket";
  }

  /** What is a reason to look whether the connection still works. */
  #listen(): void {
    const look = () => { this.#look(); };
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
    document.addEventListener("resume", look);
    // A tab that comes back from the history was cut off when it went there.
    addEventListener("pageshow", (event) => { if (event.persisted) this.#attempt(); });
    addEventListener("online", () => {
      look();
      void this.#tryWebSocket();
    });
    addEventListener("offline", () => {
      this.#tell("lost");
      look();
    });
  }

  /** Makes sure that the connection works, or makes a new one at once. */
  #look(): void {
    if (this.#socket.isConnected()) {
      this.#heard = false;
      this.#doubted = true;
      this.#socket.ping(() => undefined);
      this.#after(deadline, () => {
        this.#tell("lost");
        this.#attempt();
      });
    } else if (this.#waiting || this.#socket.connectionState() !== "connecting") {
      this.#attempt();
    }
  }

  #attempt(): void {
    this.#carrier = "WebSocket" in globalThis ? carrierAfterFailures(this.#failures, this.#proven) : "longpoll";
    this.#heard = false;
    this.#doubted = false;
    this.#waiting = false;
    clearTimeout(this.#probe);
    this.#after(this.#carrier === "websocket" && !this.#proven ? doubt : patience, () => { this.#ended(); });
    // This ends what is there of another connection, without a word to us.
    this.#socket.replaceTransport(this.#carrier === "websocket" ? WebSocket : LongPoll);
    this.#socket.connect();
  }

  /** The server has said something. */
  #hear(): void {
    if (!this.#heard) {
      this.#heard = true;
      this.#doubted = false;
      this.#failures = 0;
      clearTimeout(this.#timer);
      if (this.#carrier === "websocket") this.#proven = true;
      else this.#probeLater();
    }
    this.#tell("open");
  }

  /** The connection has ended, or none came about. */
  #ended(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    clearTimeout(this.#probe);
    const wasOpen = this.#heard;
    const wasDoubted = this.#doubted;
    const carrier = this.#carrier;
    this.#heard = false;
    this.#socket.disconnect();
    this.#tell("lost");
    // A tab that was frozen finds its connection closed, and somebody may be waiting for it.
    if (wasDoubted) {
      this.#attempt();
      return;
    }
    if (wasOpen) {
      this.#after(delayAfterLoss(), () => { this.#attempt(); });
      return;
    }
    this.#failures++;
    // It may be only the WebSocket that does not get through.
    const other = carrierAfterFailures(this.#failures, this.#proven) !== carrier && carrier === "websocket";
    this.#after(other ? 0 : delayAfterFailures(this.#failures), () => { this.#attempt(); });
  }

  /** Leaves long polling behind if a WebSocket gets through. */
  async #tryWebSocket(): Promise<void> {
    clearTimeout(this.#probe);
    if (this.carriesBytes) return;
    const through = await answers(this.#socket.endPointURL(), patience);
    // Another attempt is under way. (In doubt there is none yet, and this one is sure to succeed.)
    if (this.#carrier !== "longpoll" || !(this.#heard || this.#doubted)) return;
    if (through) this.#attempt();
    else this.#probeLater();
  }

  /** One at a time: the server may be heard anew while one is still to come. */
  #probeLater(): void {
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => { void this.#tryWebSocket(); }, probeEvery);
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #tell(link: Link): void {
    // What never worked is not lost.
    const now = this.#link === "connecting" && link === "lost" && this.#failures === 0 ? "connecting" : link;
    if (now === this.#link) return;
    this.#link = now;
    this.#changed(now);
  }
}
