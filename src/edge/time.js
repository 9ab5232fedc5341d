// What others do for the proxy has its time.

const LIMIT_MS = 10_000;

/** What `work` gives within 10 s; else rejects. Neither timer nor unhandled rejection is left. */
export function within10s(what, work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} took longer than 10 s`)), LIMIT_MS);
    const settle = (how) => (value) => {
      clearTimeout(timer);
      how(value);
    };
    // It may throw at once.
    new Promise((begin) => begin(work())).then(settle(resolve), settle(reject));
  });
}
