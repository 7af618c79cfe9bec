// Large contents go in parts, so that one can see how far they are, and so that
// a slow line is not taken for a dead one. Each part is a header of eight bytes,
// its offset and the total, and then the bytes at that offset.

const header = 8;

/** How many parts may be under way without an acknowledgement. */
const inFlight = 8;

/** One part, ready to be sent. */
function partOf(content: Uint8Array, offset: number, size: number): ArrayBuffer {
  const bytes = content.subarray(offset, offset + size);
  const part = new Uint8Array(header + bytes.length);
  const view = new DataView(part.buffer);
  view.setUint32(0, offset);
  view.setUint32(4, content.length);
  part.set(bytes, header);
  return part.buffer;
}

/** A content on its way out. */
export class Outgoing {
  readonly #content: Uint8Array;
  readonly #size: number;
  readonly #send: (part: ArrayBuffer) => void;
  #sent = 0;
  #acknowledged = 0;

  /** Begins to send a content in parts of so many bytes. */
  constructor(content: Uint8Array, size: number, send: (part: ArrayBuffer) => void) {
    this.#content = content;
    this.#size = size;
    this.#send = send;
    this.#go();
  }

  /** The other side has so many bytes in all. Returns whether it has everything. */
  got(bytes: number): boolean {
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(bytes, this.#sent));
    this.#go();
    return this.#acknowledged === this.#content.length;
  }

  #go(): void {
    const end = Math.min(this.#content.length, this.#acknowledged + inFlight * this.#size);
    while (this.#sent < end) {
      this.#send(partOf(this.#content, this.#sent, this.#size));
      this.#sent = Math.min(this.#content.length, this.#sent + this.#size);
    }
  }
}

/** A content on its way in. */
export class Incoming {
  readonly #limit: number;
  #content = new Uint8Array();
  #received = 0;

  /** Nothing longer than so many bytes is taken. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes the next part and returns how many bytes there are now. A first part
   * begins anew. Undefined for what is no part, not the next one, or of a
   * content that is over the limit.
   */
  add(part: unknown): { bytes: number; of: number } | undefined {
    if (!(part instanceof ArrayBuffer) || part.byteLength <= header) return undefined;
    const view = new DataView(part);
    const offset = view.getUint32(0);
    const total = view.getUint32(4);
    if (offset === 0) this.#begin(total);
    const end = offset + part.byteLength - header;
    if (offset !== this.#received || total !== this.#content.length || end > total) return undefined;
    this.#content.set(new Uint8Array(part, header), offset);
    this.#received = end;
    return { bytes: end, of: total };
  }

  /** The content, once all of it is there. It is handed out once. */
  take(): Uint8Array | undefined {
    if (this.#received === 0 || this.#received < this.#content.length) return undefined;
    const content = this.#content;
    this.clear();
    return content;
  }

  /** Forgets what has come. */
  clear(): void {
    this.#content = new Uint8Array();
    this.#received = 0;
  }

  #begin(total: number): void {
    this.clear();
    if (total <= this.#limit) this.#content = new Uint8Array(total);
  }
}
