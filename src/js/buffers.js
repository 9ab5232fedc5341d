// Bytes in memory, of any realm and any class, through the platform's own accessors.

import { isArrayBuffer, isSharedBuffer, propertyOf } from "./brands.js";

/**
 * A property of a typed array. The class above all of them has no name of its own.
 *
 * @param {string | symbol} name
 * @param {unknown} view
 */
const propertyOfTypedArray = (name, view) =>
  // It is there in each realm.
  /** @type {any} */ (Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), name)).get.call(
    view,
  );

/**
 * A Uint8Array of any realm, and of any class below it: Node's Buffer is one.
 *
 * @param {unknown} value
 * @returns {value is Uint8Array}
 */
export const isBytes = (value) => propertyOfTypedArray(Symbol.toStringTag, value) === "Uint8Array";

/**
 * @param {Uint8Array} bytes
 * @returns {number}
 */
export const byteLengthOf = (bytes) => propertyOfTypedArray("byteLength", bytes);

/**
 * An ArrayBuffer, or a view of any buffer: a typed array, Node's Buffer, a DataView.
 *
 * @param {unknown} value
 * @returns {value is ArrayBuffer | ArrayBufferView}
 */
export const isBuffer = (value) => ArrayBuffer.isView(value) || isArrayBuffer(value);

/**
 * A copy of what an ArrayBuffer holds, or a view shows, as it is now. Throws where the buffer was detached.
 *
 * @param {ArrayBuffer | ArrayBufferView} value
 */
export const blobOfBytes = (value) =>
  new Blob([ArrayBuffer.isView(value) ? bytesOfView(value) : new Uint8Array(value)]);

/**
 * @param {ArrayBufferView} view
 * @returns {Uint8Array<ArrayBuffer>}
 */
function bytesOfView(view) {
  const isTyped = propertyOfTypedArray(Symbol.toStringTag, view) !== undefined;
  const [buffer, start, bytes] = ["buffer", "byteOffset", "byteLength"].map((name) =>
    isTyped ? propertyOfTypedArray(name, view) : propertyOf("DataView", name, view),
  );
  const shown = new Uint8Array(buffer, start, bytes);
  // The platform makes no Blob of memory that another thread may write to meanwhile.
  return isSharedBuffer(buffer) ? new Uint8Array(shown) : shown;
}
