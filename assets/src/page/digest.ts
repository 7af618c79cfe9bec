// A page's address is the SHA-256 of what it says. Here it is made and checked.

const encoder = new TextEncoder();
// ignoreBOM keeps a leading U+FEFF, which is part of the text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a page's address looks like: 64 lower-case hexadecimal digits. */
export const addressPattern = /^[0-9a-f]{64}$/;

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Without a secure context there is no crypto.subtle, whatever its type says.
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  if (subtle) return hex(new Uint8Array(await subtle.digest("SHA-256", bytes)));
  return hex(await (await import("./sha256")).sha256(bytes));
}

/**
 * The text as it will arrive at others: a half of a surrogate pair standing
 * alone cannot be written in UTF-8 and becomes U+FFFD.
 */
export function wellFormed(text: string): string {
  return decoder.decode(encoder.encode(text));
}

/** How many bytes the text has on its way. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** The address of a page: the SHA-256 of its UTF-8 bytes. */
export function addressOf(content: string): Promise<string> {
  return digest(encoder.encode(content));
}

/**
 * The bytes that the original front end digested (PROTOCOL.md §10.6): CR LF is
 * taken for LF, and each half of a surrogate pair is written as three bytes of
 * its own (CESU-8).
 */
function originalBytes(content: string): Uint8Array<ArrayBuffer> {
  const text = content.replaceAll("\r\n", "\n");
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[length++] = unit;
    } else if (unit < 0x800) {
      bytes[length++] = 0xc0 | (unit >> 6);
      bytes[length++] = 0x80 | (unit & 0x3f);
    } else {
      bytes[length++] = 0xe0 | (unit >> 12);
      bytes[length++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[length++] = 0x80 | (unit & 0x3f);
    }
  }
  return bytes.slice(0, length);
}

/** The address that the original front end gave to such a page. */
export function originalAddressOf(content: string): Promise<string> {
  return digest(originalBytes(content));
}

/** What the two digests read differently. */
const differently = /\r\n|[\ud800-\udfff]/;

/** Whether the content is the page of that address, by either digest. */
export async function belongsTo(address: string, content: string): Promise<boolean> {
  if ((await addressOf(content)) === address) return true;
  return differently.test(content) && (await originalAddressOf(content)) === address;
}
