// SHA-256 (FIPS 180-4) for browsers that have no WebCrypto: pages served over
// plain http, as on a network at home, are not given one.

/** The first 32 bits of the fractional part of a root of a prime. */
function fraction(root: number): number {
  return ((root - Math.floor(root)) * 0x1_0000_0000) | 0;
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    if (found.every((p) => n % p !== 0)) found.push(n);
  }
  return found;
}

const start = Int32Array.from(primes(8), (p) => fraction(Math.sqrt(p)));
const rounds = Int32Array.from(primes(64), (p) => fraction(Math.cbrt(p)));

const rotate = (x: number, by: number) => (x >>> by) | (x << (32 - by));

/** Digests one block of 64 bytes into the state of eight words. */
function compress(state: Int32Array, block: DataView, offset: number, w: Int32Array): void {
  for (let t = 0; t < 16; t++) w[t] = block.getInt32(offset + 4 * t);
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = w[t - 16]! + s0 + w[t - 7]! + s1;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + rounds[t]! + w[t]!) | 0;
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i]! += word;
}

/** The last block or two: what is left over, a one bit, zeros, the length in bits. */
function padding(bytes: Uint8Array, from: number): DataView {
  const left = bytes.length - from;
  const view = new DataView(new ArrayBuffer(left < 56 ? 64 : 128));
  new Uint8Array(view.buffer).set(bytes.subarray(from));
  view.setUint8(left, 0x80);
  view.setUint32(view.byteLength - 8, Math.floor(bytes.length / 0x2000_0000));
  view.setUint32(view.byteLength - 4, (bytes.length << 3) >>> 0);
  return view;
}

/** How many bytes are digested in one go: a few milliseconds' work. */
const slice = 1 << 18;

/** The work of a digest, which can be interrupted between its slices. */
function* digesting(bytes: Uint8Array): Generator<undefined, Uint8Array> {
  const state = start.slice();
  const w = new Int32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < whole; offset += 64) {
    if (offset > 0 && offset % slice === 0) yield;
    compress(state, view, offset, w);
  }
  const rest = padding(bytes, whole);
  for (let offset = 0; offset < rest.byteLength; offset += 64) compress(state, rest, offset, w);

  const digest = new DataView(new ArrayBuffer(32));
  for (const [i, word] of state.entries()) digest.setInt32(4 * i, word);
  return new Uint8Array(digest.buffer);
}

/** Lets the browser do what else there is to do. Timers would wait for seconds in a tab out of sight. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** The 32 bytes of a message's SHA-256. However long it is, the tab goes on answering. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  const work = digesting(bytes);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await pause();
  }
}
