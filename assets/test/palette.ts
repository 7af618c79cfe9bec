// Makes pictures small: PNG with a palette of 256 colours, no noise in its
// gradients, so that what is committed weighs a few kilobytes.

import { crc32 as checksum, deflateSync } from "node:zlib";

export interface Pixels {
  width: number;
  height: number;
  /** Red, green, blue, alpha of each pixel, row by row. */
  data: Uint8Array;
}

const colours = 256;

/** The PNG file of a picture. */
export function palettePNG({ width, height, data }: Pixels): Buffer {
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const used = new Map<number, number>();
  for (const pixel of pixels) used.set(pixel, (used.get(pixel) ?? 0) + 1);
  const palette = choose(used);
  const nearest = new Map(Array.from(used.keys(), (pixel) => [pixel, near(pixel, palette)]));

  const rows = Buffer.alloc(height * (width + 1)); // each begins with its filter: none
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = nearest.get(pixels[y * width + x] ?? 0) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits, a palette
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => parts(colour).slice(0, 3)))),
    chunk("tRNS", Buffer.from(palette.map((colour) => parts(colour)[3]))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Boxes of colours, cut in two at the middle of their longest side, until there are enough of them. */
function choose(used: ReadonlyMap<number, number>): number[] {
  const boxes = [[...used.keys()]];
  while (boxes.length < Math.min(colours, used.size)) {
    const widest = boxes.map((box) => spread(box)).reduce((best, { width }, i, all) => (width > (all[best]?.width ?? 0) ? i : best), 0);
    const [box] = boxes.splice(widest, 1);
    if (!box) break;
    const { side, middle } = spread(box);
    boxes.push(box.filter((colour) => parts(colour)[side] <= middle), box.filter((colour) => parts(colour)[side] > middle));
  }
  // Each box is shown by the colour that is used most in it.
  return boxes.map((box) => box.reduce((best, colour) => ((used.get(colour) ?? 0) > (used.get(best) ?? 0) ? colour : best)));
}

type Parts = [red: number, green: number, blue: number, alpha: number];

function parts(colour: number): Parts {
  return [colour & 255, (colour >>> 8) & 255, (colour >>> 16) & 255, colour >>> 24];
}

function spread(box: readonly number[]): { side: 0 | 1 | 2 | 3; width: number; middle: number } {
  const sides = ([0, 1, 2, 3] as const).map((side) => {
    let low = 255, high = 0;
    for (const colour of box) {
      low = Math.min(low, parts(colour)[side]);
      high = Math.max(high, parts(colour)[side]);
    }
    return { side, width: high - low, middle: (low + high) >> 1 };
  });
  return sides.reduce((widest, side) => (side.width > widest.width ? side : widest));
}

function near(pixel: number, palette: readonly number[]): number {
  const [red, green, blue, alpha] = parts(pixel);
  let best = 0, least = Infinity;
  palette.forEach((colour, i) => {
    const [r, g, b, a] = parts(colour);
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2 + (a - alpha) ** 2;
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const length = Buffer.alloc(4), sum = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(checksum(body));
  return Buffer.concat([length, body, sum]);
}
