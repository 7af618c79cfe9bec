// Keeping a tab awake, so that its pages stay within reach: the screen does not
// turn off while the visitor wants that, and the browser does not freeze the tab.

/** What the switch is about, and whether there can be one. */
export class Awake {
  /** Called after each change of `on`. */
  changed: () => void = () => undefined;
  #lock: WakeLockSentinel | undefined;
  #wanted = false;
  #letGo: (() => void) | undefined;

  constructor() {
    // Browsers take the lock back from a tab that is out of sight.
    document.addEventListener("visibilitychange", () => { void this.#acquire(); });
  }

  /** Whether this browser can keep the screen on. */
  get supported(): boolean {
    return "wakeLock" in navigator;
  }

  /** Why it cannot: pages over plain http may not, and some browsers never do. "" if it can. */
  get reason(): "" | "insecure" | "browser" {
    if (this.supported) return "";
    return isSecureContext ? "browser" : "insecure";
  }

  /** Whether the visitor wants the screen to stay on. */
  get on(): boolean {
    return this.#wanted;
  }

  /** Turns it on or off. It stays off if the browser refuses: the battery may be low. */
  async toggle(): Promise<void> {
    this.#wanted = !this.#wanted && this.supported;
    if (this.#wanted) {
      if (!(await this.#acquire())) this.#wanted = false;
    } else {
      const lock = this.#lock;
      this.#lock = undefined;
      await lock?.release();
    }
    this.changed();
  }

  /** Tells whether this tab has pages: browsers do not freeze a tab that holds a lock. */
  holding(pages: boolean): void {
    if (pages === (this.#letGo !== undefined)) return;
    if (!pages) {
      this.#letGo?.();
      this.#letGo = undefined;
      return;
    }
    const held = new Promise<void>((letGo) => { this.#letGo = letGo; });
    // Shared: it is there to be held, not to keep anybody out. Plain http knows no locks.
    const locks = navigator.locks as LockManager | undefined;
    void locks?.request("ephemeral:holding", { mode: "shared" }, () => held).catch(() => undefined);
  }

  async #acquire(): Promise<boolean> {
    if (!this.#wanted || document.visibilityState !== "visible") return true;
    if (this.#lock?.released === false) return true;
    try {
      const lock = await navigator.wakeLock.request("screen");
      // Meanwhile it may have been turned off again.
      if (this.on) this.#lock = lock;
      else await lock.release();
      return true;
    } catch {
      return false;
    }
  }
}
