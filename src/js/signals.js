// A caller's signal, through the platform's own accessors: one of its own properties may throw.

import { propertyOf } from "./brands.js";

/**
 * @param {AbortSignal} signal
 * @returns {boolean}
 */
export const isAborted = (signal) => propertyOf("AbortSignal", "aborted", signal);

/**
 * @param {AbortSignal} signal
 * @returns {unknown}
 */
export const abortReason = (signal) => propertyOf("AbortSignal", "reason", signal);

/** @type {(signal: AbortSignal, callback: () => void) => void} */
export const listen = (signal, callback) => EventTarget.prototype.addEventListener.call(signal, "abort", callback);

/** @type {(signal: AbortSignal, callback: () => void) => void} */
export const unlisten = (signal, callback) => EventTarget.prototype.removeEventListener.call(signal, "abort", callback);
