// Warnings to whoever writes the page. Rust imports this file by itself.

const warned = new Set();

/** Told once: a page may make the same request a thousand times. */
export function warnOnce(message) {
  if (warned.has(message)) return;
  if (warned.size < 100) warned.add(message);
  console.warn(message);
}
