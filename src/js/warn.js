// Warnings to whoever writes the page. Rust imports this file by itself.

import { redact } from "./error.js";

const warned = new Set();

/**
 * Told once, `about` one thing: a page may make the same request a thousand times.
 *
 * @param {string} message
 * @param {string} [about]
 */
export function warnOnce(message, about = message) {
  if (warned.has(about)) return;
  if (warned.size < 100) warned.add(about);
  console.warn(redact(message));
}
