/**
 * Keeps book of timers, listeners and XMLHttpRequests. Open it before the code under test is imported; in Node and in
 * pages.
 *
 * What the platform does on its own behalf (Node's own code listens on signals too) is not counted.
 */
export function openResourceLedger() {
  const timers = new Map();
  const listeners = new Map();
  const fired = new WeakMap();
  const requests = new Map();
  const callSite = () => new Error("made here").stack.split("\n").slice(3, 9).join("\n");

  for (const [set, clear, repeats] of [
    ["setTimeout", "clearTimeout", false],
    ["setInterval", "clearInterval", true],
  ]) {
    const originalSet = globalThis[set];
    const originalClear = globalThis[clear];
    globalThis[set] = (callback, delayMs, ...args) => {
      const fire = (...values) => {
        if (!repeats) timers.delete(id);
        return callback(...values);
      };
      const id = originalSet(fire, delayMs, ...args);
      timers.set(id, `${set} of ${delayMs} ms\n${callSite()}`);
      return id;
    };
    globalThis[clear] = (id) => {
      timers.delete(id);
      originalClear(id);
    };
  }

  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const keyOf = (type, callback, options) => ({
    type,
    callback,
    capture: typeof options === "object" ? !!options?.capture : !!options,
  });
  const same = (a, b) => a.type === b.type && a.callback === b.callback && a.capture === b.capture;
  function forget(target, key) {
    const left = (listeners.get(target) ?? []).filter((entry) => !same(entry, key));
    if (left.length === 0) listeners.delete(target);
    else listeners.set(target, left);
  }
  EventTarget.prototype.addEventListener = function (type, callback, options) {
    const target = this ?? globalThis;
    const site = callSite();
    if (callback && !site.split("\n")[0].includes("node:internal") && !ofRequest(target)) {
      const key = { ...keyOf(type, callback, options), site: `${type} on ${target.constructor?.name}\n${site}` };
      const known = listeners.get(target) ?? [];
      if (!known.some((entry) => same(entry, key))) listeners.set(target, [...known, key]);
      // The platform drops these by itself; a listener of an aborted signal or of an event that was is not left behind.
      if (options?.once)
        addEventListener.call(target, type, () => forget(target, key), { once: true, capture: key.capture });
      if (options?.signal) addEventListener.call(options.signal, "abort", () => forget(target, key), { once: true });
    }
    return addEventListener.call(target, type, callback, options);
  };
  EventTarget.prototype.removeEventListener = function (type, callback, options) {
    const target = this ?? globalThis;
    forget(target, keyOf(type, callback, options));
    return removeEventListener.call(target, type, callback, options);
  };

  // A request's own listeners go with it; it counts itself.
  const ofRequest = (target) => typeof XMLHttpRequest === "function" && target instanceof XMLHttpRequestEventTarget;
  if (typeof XMLHttpRequest === "function") {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (...args) {
      requests.set(this, `XMLHttpRequest\n${callSite()}`);
      addEventListener.call(this, "loadend", () => requests.delete(this), { once: true });
      return send.apply(this, args);
    };
  }

  return {
    /**
     * What is open, a text with its call site each. Not the listeners of a signal that has fired: it fires once, and
     * they go with it.
     */
    open() {
      for (const [target, entries] of listeners) {
        if (!(target instanceof AbortSignal) || !target.aborted) continue;
        listeners.delete(target);
        fired.set(target, entries);
      }
      return [...timers.values(), ...[...listeners.values()].flat().map(({ site }) => site), ...requests.values()];
    },
    /** How many listeners `target` has, be it a signal that has fired. */
    listenersOf: (target) => (listeners.get(target) ?? fired.get(target) ?? []).length,
  };
}
