// Makes a photograph small enough for a page. Fetched when somebody wants that.

/** The longer side of what it becomes, in pixels. */
const longest = 2000;

/** How good it is to look, from 0 to 1. */
const quality = 0.82;

/** What it is made into: the first of these that the browser can write. */
const forms = [
  { type: "image/webp", ending: ".webp" },
  { type: "image/jpeg", ending: ".jpg" },
] as const;

/**
 * The picture at no more than 2000 pixels, as a file of its own. What a camera
 * wrote beside the picture, such as the place, is not in it. undefined: the
 * browser cannot read it, or it would not become smaller.
 */
export async function shrink(picture: Blob, name: string): Promise<File | undefined> {
  const bitmap = await createImageBitmap(picture).catch(() => undefined);
  if (!bitmap) return undefined;
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  if (context) {
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  }
  bitmap.close();
  for (const { type, ending } of context ? forms : []) {
    const small = await new Promise<Blob | null>((made) => { canvas.toBlob(made, type, quality); });
    // A browser that cannot write a form writes PNG instead.
    if (small?.type !== type) continue;
    return small.size < picture.size ? new File([small], name.replace(/(\.[^.]{1,5})?$/, ending), { type }) : undefined;
  }
  return undefined;
}
