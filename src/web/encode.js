// Pictures, decoded and encoded anew by the platform.

const JPEG = "image/jpeg";

/**
 * A picture, upright; undefined where the platform can't decode it.
 *
 * @param {Blob} file
 */
export async function decode(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    return undefined;
  }
}

/**
 * A picture in another size and type; undefined where that fails. An encoder says so in a DOMException of its own:
 * `NS_ERROR_FAILURE` in Firefox, an `EncodingError` elsewhere.
 *
 * @param {ImageBitmap} bitmap
 * @param {string} type
 * @param {number} width
 * @param {number} height
 * @param {number} quality
 */
export async function encode(bitmap, type, width, height, quality) {
  try {
    const canvas = new OffscreenCanvas(width, height);
    // Null, where there is none to be had, throws on the next line.
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.imageSmoothingQuality = "high";
    if (type === JPEG) {
      // JPEG has no transparency: what shines through would be black.
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
    }
    context.drawImage(bitmap, 0, 0, width, height);
    const options = /** @type {ImageEncodeOptions} */ ({ __proto__: null, type, quality });
    return (await canvas.convertToBlob(options)) ?? undefined;
  } catch {
    return undefined;
  }
}
