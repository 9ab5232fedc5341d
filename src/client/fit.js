// A picture that is too large, encoded anew by the platform until it fits. Rust says how each try goes.

import { nextFit } from "#client-glue";
import { unreadable } from "../js/file.js";

const JPEG = "image/jpeg";
const WEBP = "image/webp";

/** Workers and Node have no canvas. */
export const canEncode = () => typeof createImageBitmap === "function" && typeof OffscreenCanvas === "function";

/** Makes a file's `content` one of at most `maxBytes`: upright, in sRGB, without any metadata, as JPEG where it was one, else as WebP. */
export async function shrink(file, place, scope) {
  const { blob: original, maxBytes } = file;
  const bitmap = await createImageBitmap(original).catch(() => {
    throw unreadable(place, "the picture can't be decoded here, and so not be made smaller");
  });
  try {
    let type = file.travels === JPEG ? JPEG : WEBP;
    let [width, height, quality, bytes] = [bitmap.width, bitmap.height, 0, 0];
    for (;;) {
      scope.check();
      [width, height, quality] = nextFit(width, height, quality, bytes, maxBytes);
      if (width === undefined) throw unreadable(place, `the picture can't be made smaller than ${maxBytes} bytes`);
      const blob = await encode(bitmap, width, height, quality, type);
      if (blob.type !== type) {
        // Safari writes no WebP, and answers with PNG.
        [type, quality] = [JPEG, 0];
        continue;
      }
      bytes = blob.size;
      if (bytes <= maxBytes) {
        const name = file.name?.replace(/(\.\w+)?$/, type === JPEG ? ".jpg" : ".webp");
        return Object.assign(file, { content: blob, bytes, travels: type, name });
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
