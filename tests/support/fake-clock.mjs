/**
 * A clock for tests that would wait for minutes: timers fire in their order as soon as everything else rests. Runs in
 * Node and in pages.
 *
 * Install it before the code under test is imported. It stands still until someone waits with `clock.until`, so what a
 * call leaves behind can be counted when it has ended. Only for fakes inside the process: it knows nothing of a real
 * network.
 */

// Turns of the event loop without a timer made or cleared after which everything is held to rest: bodies and streams
// settle in one or two.
const QUIET_TURNS = 4;
// Real time: a call that neither ends nor waits for a timer hangs.
const HANG_MS = 5_000;

export function installFakeClock() {
  const real = { now: Date.now.bind(Date), performanceNow: performance.now.bind(performance) };
  const nextTurn = globalThis.setImmediate ? (callback) => globalThis.setImmediate(callback) : channelTurn();
  const timers = new Map();
  const patient = new WeakSet();
  const started = real.now();
  let nowMs = 0;
  let nextId = 1;
  let busy = 0;
  let stirs = 0;

  function add(callback, delayMs, args, everyMs) {
    const id = nextId;
    nextId += 1;
    stirs += 1;
    timers.set(id, { atMs: nowMs + Math.max(1, Number(delayMs) || 0), callback, args, everyMs });
    return id;
  }
  function remove(id) {
    if (timers.delete(Number(id))) stirs += 1;
  }
  globalThis.setTimeout = (callback, delayMs, ...args) => add(callback, delayMs, args, null);
  globalThis.setInterval = (callback, delayMs, ...args) =>
    add(callback, delayMs, args, Math.max(1, Number(delayMs) || 0));
  globalThis.clearTimeout = remove;
  globalThis.clearInterval = remove;
  Date.now = () => started + Math.floor(nowMs);
  performance.now = () => nowMs;

  // Reading a file or an answer takes real time and no timer: the clock must not run meanwhile.
  for (const kind of [Blob, Response]) {
    for (const name of ["arrayBuffer", "text", "json", "blob", "bytes"]) {
      const original = kind.prototype[name];
      if (!original) continue;
      kind.prototype[name] = function (...args) {
        const reading = original.apply(this, args);
        if (!patient.has(this)) {
          busy += 1;
          const done = () => {
            busy -= 1;
            stirs += 1;
          };
          reading.then(done, done);
        }
        return reading;
      };
    }
  }

  // So does asking IndexedDB, from the opening of a database to its closing.
  if (globalThis.IDBFactory) {
    const { open } = IDBFactory.prototype;
    const { addEventListener } = EventTarget.prototype;
    const { close } = IDBDatabase.prototype;
    const done = () => {
      busy -= 1;
      stirs += 1;
    };
    IDBFactory.prototype.open = function (...args) {
      busy += 1;
      const request = open.apply(this, args);
      addEventListener.call(request, "error", done);
      return request;
    };
    IDBDatabase.prototype.close = function () {
      close.call(this);
      done();
    };
  }

  function fireNext() {
    let first = null;
    for (const [id, timer] of timers) if (first === null || timer.atMs < first[1].atMs) first = [id, timer];
    if (first === null) return false;
    const [id, timer] = first;
    nowMs = Math.max(nowMs, timer.atMs);
    if (timer.everyMs === null) timers.delete(id);
    else timer.atMs += timer.everyMs;
    timer.callback(...timer.args);
    return true;
  }

  const turn = () => new Promise((resolve) => nextTurn(resolve));

  return {
    /** Now, in milliseconds since the installation. */
    nowMs: () => nowMs,
    /** What a wristwatch says, in milliseconds from some start. */
    realNowMs: real.performanceNow,
    /** A response whose body never ends by itself: time passes while it is read. */
    beyondTime: (response) => patient.add(response),
    /** Everything that needs no time has happened; time stood still. */
    async settle() {
      for (let quiet = 0, seen = stirs; quiet < QUIET_TURNS; ) {
        await turn();
        quiet = busy > 0 || seen !== stirs ? 0 : quiet + 1;
        seen = stirs;
      }
    },
    /**
     * Waits for `promise` and lets time pass until it has settled, and no longer. Answers `{ value }` or `{ error }`.
     */
    async until(promise) {
      let outcome = null;
      promise.then(
        (value) => (outcome = { value }),
        (error) => (outcome = { error }),
      );
      let lastMoveMs = real.performanceNow();
      while (outcome === null) {
        const seen = stirs;
        let quiet = 0;
        while (outcome === null && quiet < QUIET_TURNS) {
          await turn();
          quiet = busy > 0 || seen !== stirs ? 0 : quiet + 1;
          if (seen !== stirs) break;
          if (real.performanceNow() - lastMoveMs > HANG_MS)
            throw new Error(`nothing moves: the call hangs (${busy} reads, ${timers.size} timers)`);
        }
        if (seen !== stirs) {
          lastMoveMs = real.performanceNow();
          continue;
        }
        if (outcome === null && fireNext()) {
          stirs += 1;
          lastMoveMs = real.performanceNow();
        }
      }
      return outcome;
    },
    /** Resolves after `delayMs` of this clock. */
    sleep: (delayMs) => new Promise((resolve) => add(resolve, delayMs, [], null)),
  };
}

function channelTurn() {
  const waiting = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    channel.port2.postMessage(null);
  };
}
