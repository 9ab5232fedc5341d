/**
 * Waits until `condition` holds: looks every 10 ms, and fails with `what` after `limitMs`. Answers what the condition
 * answered. For what nobody tells us about; where there is an event, wait for that.
 */
export async function until(condition, { what, limitMs = 10_000 }) {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => realSetTimeout(resolve, 10));
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
export function withResolvers() {
  const gate = {};
  gate.promise = new Promise((resolve, reject) => Object.assign(gate, { resolve, reject }));
  return gate;
}

// Taken at import: a test may put a fake clock in its place later.
const realSetTimeout = globalThis.setTimeout;
