// What others do for the proxy has its time.

const LIMIT_MS = 10_000;

/** What `work` gives within 10 s; else rejects. Neither timer nor unhandled rejection is left. */
export async function within10s(what, work) {
  const given = work();
  // Given at once: a timer is among the dearest things in workerd.
  if (typeof given?.then !== "function") return given;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} took longer than 10 s`)), LIMIT_MS);
    const settle = (how) => (value) => {
      clearTimeout(timer);
      how(value);
    };
    Promise.resolve(given).then(settle(resolve), settle(reject));
  });
}
