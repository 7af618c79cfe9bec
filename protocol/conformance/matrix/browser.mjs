// The part of a browser that the clients look for: a window with timers, sockets and
// requests, which are gone when its tab is closed.

import * as timers from "node:timers";
import WebSocket from "ws";
import { Journal } from "./journal.mjs";
import { requestClass } from "./xhr.mjs";

/** @typedef {import("./types.js").Wire} Wire */

/** Lets so many do something at a time, in the order in which they came. */
class Turns {
  #free;
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {number} atOnce */
  constructor(atOnce) {
    this.#free = atOnce;
  }

  /** @returns {Promise<void>} when it is the caller's turn, which ends with done() */
  async begin() {
    if (this.#free > 0) this.#free--;
    else await new Promise((/** @type {(nothing: void) => void} */ resolve) => this.#waiting.push(resolve));
  }

  done() {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** What one tab has open. */
class Tab {
  /** @type {Set<any>} */
  timers = new Set();
  /** @type {Set<() => void>} */
  closers = new Set();
  /** What scripts threw where nobody caught it. @type {Journal<unknown>} */
  errors = new Journal("an error that a script throws");
  /** Every request, when its answer is there. @type {Journal<import("./xhr.mjs").Exchange>} */
  requests = new Journal("the answer to a request");
  /**
   * Browsers have six requests to one host on their way at a time. Here one is kept for the poll, and the POSTs wait for
   * their turn: behind many of them a poll would come later than the laboratory waits for it, 1.5 s instead of 15.
   */
  turns = new Turns(5);
  /** Connections that the server closed with the code 1000, which keeps clients from coming back. */
  normalCloses = 0;
}

let tab = new Tab();

/** The tab that is open. */
export function currentTab() {
  return tab;
}

/** Closes the tab and opens a new one. Timers, connections and what was stored for the session are gone. */
export function newTab() {
  const old = tab;
  tab = new Tab();
  for (const timer of old.timers) timers.clearTimeout(timer);
  for (const close of old.closers) close();
  storage.clear();
  return old;
}

/** @returns {Wire} an empty record of a connection */
export function newWire() {
  return { opens: new Journal("the opening of a WebSocket"), closes: new Journal("the close of a WebSocket"), received: new Journal("a frame") };
}

/**
 * A WebSocket class that records what its connections do, and loses them with the tab.
 * @param {new (url: string, protocols?: any, options?: any) => any} Base the one of ws, or one with the same interface
 * @param {Wire} wire
 */
export function recorded(Base, wire) {
  const Recorded = class extends Base {
    /**
     * @param {string} url
     * @param {string[]} [protocols]
     */
    constructor(url, protocols) {
      // A close that is not answered is not waited for as long as a browser would.
      super(url, protocols, Base === WebSocket ? { closeTimeout: 300 } : undefined);
      const owner = tab;
      const gone = () => {
        for (const event of ["onopen", "onmessage", "onerror", "onclose"]) Object.assign(this, { [event]: null });
        this.close();
      };
      owner.closers.add(gone);
      this.askedToClose = false;
      this.addEventListener("open", () => wire.opens.write(url));
      this.addEventListener("error", () => {});
      this.addEventListener("message", (/** @type {{data: any}} */ event) => wire.received.write(event.data));
      this.addEventListener("close", (/** @type {{code: number}} */ event) => {
        owner.closers.delete(gone);
        if (event.code === 1000 && !this.askedToClose) owner.normalCloses++;
        wire.closes.write({ code: event.code, ours: this.askedToClose });
      });
    }

    /**
     * @param {number} [code]
     * @param {string} [reason]
     */
    close(code, reason) {
      this.askedToClose = true;
      if (code === undefined) super.close();
      else super.close(code, reason);
    }
  };
  // Clients remember a transport by its name.
  Object.defineProperty(Recorded, "name", { value: "WebSocket" });
  return Recorded;
}

/** @type {Map<string, string>} */
const storage = new Map();
const sessionStorage = {
  getItem: (/** @type {string} */ key) => storage.get(key) ?? null,
  setItem: (/** @type {string} */ key, /** @type {string} */ value) => storage.set(key, value),
  removeItem: (/** @type {string} */ key) => storage.delete(key),
};

/**
 * A timer of the page.
 * @param {(callback: (...args: any[]) => void, ms?: number, ...args: any[]) => any} start
 */
function owned(start) {
  return (/** @type {(...args: any[]) => void} */ callback, /** @type {number | undefined} */ ms, /** @type {any[]} */ ...args) => {
    const timer = start(callback, ms, ...args);
    tab.timers.add(timer);
    return timer;
  };
}

const windowEvents = new EventTarget();
const document = Object.assign(new EventTarget(), { visibilityState: "visible", hidden: false });

const page = {
  window: globalThis,
  document,
  sessionStorage,
  location: new URL("http://127.0.0.1/"),
  addEventListener: windowEvents.addEventListener.bind(windowEvents),
  removeEventListener: windowEvents.removeEventListener.bind(windowEvents),
  WebSocket: recorded(WebSocket, newWire()),
  XMLHttpRequest: requestClass(currentTab),
  setTimeout: owned(timers.setTimeout),
  setInterval: owned(timers.setInterval),
};
// Later versions of Node have some of these, as properties that cannot be assigned to.
for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
