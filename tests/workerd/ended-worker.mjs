/**
 * A worker whose requests end in the midst of a call: each fetch, question to the store, callback and timer of the call
 * is a moment, and at the one that the request names it is over. One client for all requests, and one photo.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createClient } from "./dist/index.workerd.js";
import settings from "./settings.mjs";

/** How much faster time goes here: polls are seconds apart. */
const SPEED = 25;
/** Longer than any caller here stays. */
const STAY_MS = 60_000;
const never = () => new Promise(() => {});

const { setTimeout: setRealTimer } = globalThis;
const [realNow, realPerformanceNow] = [Date.now.bind(Date), performance.now.bind(performance)];
let startMs = 0;
Date.now = () => startMs + (realNow() - startMs) * SPEED;
performance.now = () => realPerformanceNow() * SPEED;
globalThis.setTimeout = (callback, delayMs, ...rest) => {
  reach("timer");
  return setRealTimer(callback, delayMs / SPEED, ...rest);
};

/** The request that something is done for: its moments so far, the one at which it ends, and what is done then. */
const requests = new AsyncLocalStorage();

/** Counts a moment of the request that it is one of; answers whether that has ended with it. */
function reach(kind) {
  const request = requests.getStore();
  if (request === undefined) return false;
  request.moments += 1;
  if (request.moments - 1 !== request.moment) return false;
  request.end(kind);
  return true;
}

/** Runs a call of which `end(kind)` is called at a moment, and with null where it is over before that. */
async function counting(moment, end, call) {
  const request = { moments: 0, moment, end };
  const outcome = await requests.run(request, call).then(told, told);
  if (request.moments <= moment) end(null);
  return outcome;
}

/** What is asked waits for ever where the request has ended with it, as it would where nobody answers it. */
const asking =
  (kind, ask) =>
  async (...args) =>
    reach(kind) ? never() : ask(...args);

const entries = new Map();
const store = {
  get: asking("get", (key) => entries.get(key)),
  set: asking("set", (key, text) => void entries.set(key, text)),
  delete: asking("delete", (key) => void entries.delete(key)),
  keys: asking("keys", (prefix) => [...entries.keys()].filter((key) => key.startsWith(prefix))),
};
const platformFetch = (url, init) => fetch(url, init);
const client = await createClient({ ...settings, fetch: asking("fetch", platformFetch), store });
const photo = new Blob([Uint8Array.from(settings.photo)], { type: "image/png" });

const generate = (key, options) =>
  client.generate(
    { model: "nano-banana-2", prompt: `order ${key}`, references: [photo] },
    { idempotencyKey: key, onProgress: () => void reach("progress"), ...options },
  );
const told = ({ status, code, message }) => ({ status, code, message });
/** Outside of a request, where a worker may do nothing of the kind. */
const early = await client.generate({ model: "z-image", prompt: "too early" }).then(told, told);
const answered = (promise) => promise.then(told, told).then((outcome) => Response.json(outcome));

const ROUTES = {
  "/early": () => Response.json(early),

  /** To its end, whatever others do. */
  "/generate": ({ key }) => answered(generate(key)),

  /** The signal fires at the moment. */
  "/abort": async ({ key, moment }) => {
    const controller = new AbortController();
    let kind = null;
    const end = (reached) => {
      kind = reached;
      controller.abort(new Error("left"));
    };
    const { message } = await counting(moment, end, () => generate(key, { signal: controller.signal }));
    return Response.json({ kind, message });
  },

  /** It is answered at the moment, and nothing is left to wait for. */
  "/answer": ({ key, moment }) =>
    new Promise((resolve) => {
      void counting(
        moment,
        (kind) => resolve(Response.json({ kind })),
        () => generate(key),
      );
    }),

  /** Its caller is told of the moment, and hangs up. */
  "/hang-up": ({ key, moment }) => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    // As long as a timer runs, it is no request that hangs: those workerd ends by itself.
    const timer = setRealTimer(() => {}, STAY_MS);
    const tell = (kind) => writer.write(new TextEncoder().encode(`${JSON.stringify({ kind })}\n`));
    const over = async () => {
      await writer.close();
      clearTimeout(timer);
    };
    counting(moment, tell, () => generate(key)).then(over, () => {});
    return new Response(readable);
  },
};

export default {
  fetch(request) {
    // Where a worker is loaded, time has not begun.
    startMs ||= realNow();
    const { pathname, searchParams } = new URL(request.url);
    return ROUTES[pathname]({ key: searchParams.get("key"), moment: Number(searchParams.get("moment")) });
  },
};
