/**
 * What the tests of the journal share: a clock, a store that can be read and made to fail, clients over one store as
 * pages that follow each other.
 */
import { API, createFakeApi } from "../support/fake-api.mjs";
import { installFakeClock } from "../support/fake-clock.mjs";

export const DAY_MS = 86_400_000;
export const REQUEST = { model: "z-image", prompt: "a hill" };

// Before the package: it may keep what it finds at import.
export const clock = installFakeClock();
export const { createClient, RivyaError } = await import("rivya-wasm");

const clocksNow = Date.now;
let movedMs = 0;
Date.now = () => clocksNow() + movedMs;
/** The calendar goes on by so much while everything stands still: a machine that slept. */
export const moveDate = (byMs) => void (movedMs += byMs);

let copies = 0;
/** A copy of the package that has warned of nothing yet. */
export const freshPackage = () => import(`../../dist/index.node.js?copy=${(copies += 1)}`);

/**
 * A store in memory; `texts` is what it holds. `disturb(what, key, value)` may throw, or answer what is answered
 * instead.
 */
export function createStore(disturb = () => undefined) {
  const texts = new Map();
  const ask = (what, work) =>
    async function (key, value) {
      const other = await disturb(what, key, value);
      return other === undefined ? work(key, value) : other;
    };
  return {
    texts,
    /** Its entries, as they were written. */
    entries: () => [...texts.values()].map((text) => JSON.parse(text)),
    get: ask("get", (key) => texts.get(key) ?? null),
    set: ask("set", (key, value) => void texts.set(key, value)),
    delete: ask("delete", (key) => void texts.delete(key)),
    keys: ask("keys", (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix))),
  };
}

/**
 * A fake API, and clients of it over one store. `posts` are the submissions, `{ key, body }`; `paths` what was asked,
 * `"GET /generations/task_fake_1"`. `turn.behave` may be changed at any time.
 */
export function createWorld(behave, { store = createStore(), ...options } = {}) {
  const turn = { behave };
  const posts = [];
  const api = createFakeApi((call) => turn.behave?.(call), { onHangingBody: clock.beyondTime });
  const fetch = (url, init) => {
    if (init.method === "POST" && url === `${API}/generations`)
      posts.push({ key: init.headers.get("Idempotency-Key"), body: init.body });
    return api.fetch(url, init);
  };
  const open = (more) => createClient({ baseUrl: API, fetch, downloadFetch: fetch, store, ...options, ...more });
  return {
    turn,
    posts,
    store,
    api,
    open,
    fetch,
    paths: () => api.calls.map(({ method, path }) => `${method} ${path}`),
  };
}

/** How `promise` ends, in no time: `{ value }` or `{ error }`. */
export const ends = (promise) => clock.until(promise);

/** Runs `work(signal)` and aborts it when `isTime()` is true, looking at every step of the clock. */
export async function abortedWhen(isTime, work) {
  const controller = new AbortController();
  const reason = new Error("the tab is closed");
  const promise = work(controller.signal);
  const end = ends(promise);
  const look = () => (isTime() ? controller.abort(reason) : setImmediate(look));
  setImmediate(look);
  const { error } = await end;
  if (error !== reason) throw new Error("it was not the abort that ended it", { cause: error });
  await clock.settle();
}

/** What `console.warn` is told while `work` runs. */
export async function warningsOf(work) {
  const told = [];
  const { warn } = console;
  console.warn = (...words) => told.push(words.join(" "));
  try {
    await work();
  } finally {
    console.warn = warn;
  }
  return told;
}
