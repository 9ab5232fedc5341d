// A picture that is too large, encoded anew by the platform until it fits. Rust says how each try goes.

import { canvasFactor, nextFit } from "#client-glue";
import { bytesOf, contentOf, refused } from "../js/file.js";

const JPEG = "image/jpeg";
const WEBP = "image/webp";

/** Workers and Node have no canvas. */
export const canEncode = () => typeof createImageBitmap === "function" && typeof OffscreenCanvas === "function";

/** Makes a file's `content` one of at most `maxBytes`: upright, in sRGB, without any metadata, as JPEG where it was one, else as WebP. */
export async function shrink(file, place, scope) {
  const { maxBytes } = file;
  // In one piece: Firefox decodes no Blob that is made of several.
  const whole = new Blob([await bytesOf(await contentOf(file, place), 0, file.bytes, place)]);
  const bitmap = await createImageBitmap(whole).catch(() => {
    throw refused(place, "can't be decoded to be made smaller");
  });
  try {
    const { width, height } = bitmap;
    let type = file.travels === JPEG ? JPEG : WEBP;
    let factor = canvasFactor(width, height);
    let quality = nextFit(0);
    for (;;) {
      scope.check();
      const [columns, rows] = [width, height].map((side) => Math.trunc(side * factor));
      // Nothing is left of it; a factor that is no number would make an endless picture.
      if (!(columns >= 1 && rows >= 1)) throw refused(place, `can't be made smaller than ${maxBytes} bytes`);
      const blob = await encode(bitmap, columns, rows, quality, type);
      if (blob.type !== type) {
        // Safari writes no WebP, and answers with PNG.
        type = JPEG;
      } else if (blob.size <= maxBytes) {
        return Object.assign(file, { content: blob, bytes: blob.size, travels: type });
      } else {
        const next = nextFit(quality, blob.size, maxBytes);
        if (next > 0) quality = next;
        else factor *= -next;
      }
    }
  } finally {
    bitmap.close();
  }
}

async function encode(bitmap, width, height, quality, type) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  if (type === JPEG) {
    // JPEG has no transparency: what shines through would be black.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type, quality });
}
