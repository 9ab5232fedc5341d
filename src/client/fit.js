// A picture that is too large, encoded anew by the platform until it fits. Rust says how each attempt is made, and what
// follows from it.

import { Fitter } from "#client-glue";
import { bytesOf, contentOf, refused } from "../js/file.js";

const JPEG = "image/jpeg";

/** Workers and Node have no canvas. */
export const canEncode = () => typeof createImageBitmap === "function" && typeof OffscreenCanvas === "function";

/**
 * Makes a file's `content` one of at most `maxBytes`: upright, in sRGB, without any metadata, as JPEG where it was one,
 * else as WebP.
 */
export async function shrink(file, place, scope) {
  // In one piece: Firefox decodes no Blob that is made of several.
  const whole = new Blob([await bytesOf(await contentOf(file, place), 0, file.bytes, place)]);
  const bitmap = await createImageBitmap(whole).catch(() => {
    throw refused(place, "can't be decoded to be made smaller");
  });
  let fitter;
  try {
    fitter = new Fitter(file.travels, bitmap.width, bitmap.height, file.maxBytes);
    for (;;) {
      scope.check();
      // An encoder that fails says so in a DOMException of its own: `NS_ERROR_FAILURE` in Firefox, an `EncodingError`
      // elsewhere.
      const blob = await encode(bitmap, fitter).catch(() => undefined);
      fitter.judge(blob?.type, blob?.size ?? 0);
      if (fitter.fits) return Object.assign(file, { content: blob, bytes: blob.size, travels: blob.type });
      const { refusal } = fitter;
      if (refusal !== undefined) throw refused(place, refusal);
    }
  } finally {
    fitter?.free();
    bitmap.close();
  }
}

async function encode(bitmap, { type, width, height, quality }) {
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
