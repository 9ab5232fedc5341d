/**
 * A worker whose requests end in the midst of a call: each fetch, question to the store, callback and timer of the call
 * is a moment, and at the one that the request names it is over. One client for all requests, and one photo.
 */
import { createClient } from "./dist/index.workerd.js";
import settings from "./settings.mjs";

/** How much faster time goes here: polls are seconds apart. */
const SPEED = 25;
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

/** The request that is counted: its moments so far, the one at which it ends, and what is done then. */
let counted = null;

/** Whether the request that is counted has ended with this moment. */
function reach(kind) {
  if (counted === null) return false;
  const { moment, end } = counted;
  counted.moments += 1;
  if (counted.moments <= moment) return false;
  counted = null;
  end(kind);
  return true;
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
    counted = {
      moments: 0,
      moment,
      end: (reached) => {
        kind = reached;
        controller.abort(new Error("left"));
      },
    };
    const { message } = await generate(key, { signal: controller.signal }).then(told, told);
    counted = null;
    return Response.json({ kind, message });
  },

  /** It is answered at the moment, and nothing is left to wait for. */
  "/answer": ({ key, moment }) =>
    new Promise((resolve) => {
      counted = { moments: 0, moment, end: (kind) => resolve(Response.json({ kind })) };
      const over = () => {
        counted = null;
        resolve(Response.json({ kind: null }));
      };
      generate(key).then(over, over);
    }),

  /** Its caller is told of the moment, and hangs up. */
  "/hang-up": ({ key, moment }) => {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const tell = (kind) => writer.write(new TextEncoder().encode(`${JSON.stringify({ kind })}\n`));
    counted = { moments: 0, moment, end: tell };
    const over = () => {
      counted = null;
      return tell(null);
    };
    generate(key).then(over, over);
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
