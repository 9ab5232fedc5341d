// What others do for the proxy has its time.

/** What `work(signal)` gives within `limitMs`; else rejects with a `TimeoutError`, its signal aborted. Neither timer nor unhandled rejection is left. */
export function within(limitMs, what, work) {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new TimeoutError(`${what} took longer than ${limitMs / 1000} s`));
      controller.abort();
    }, limitMs);
    const settle = (how) => (value) => {
      clearTimeout(timer);
      how(value);
    };
    // It may throw at once.
    new Promise((begin) => begin(work(controller.signal))).then(settle(resolve), settle(reject));
  });
}

export class TimeoutError extends Error {}

const LIMIT_MS = 10_000;

/** The same for what the options bring, within 10 s. What is given at once is answered at once: a timer is among the dearest things in workerd. */
export function within10s(what, work) {
  const given = work();
  return typeof given?.then === "function" ? within(LIMIT_MS, what, () => given) : given;
}
