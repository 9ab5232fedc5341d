/**
 * On Workers no call may be woken by another one: no promise of one is resolved in the course of another, whatever both
 * meet.
 */
import assert from "node:assert/strict";
import { AsyncLocalStorage, AsyncResource, createHook } from "node:async_hooks";
import { test } from "node:test";
import { HILL, ID, clock, connect, createFakeApi, editOf, generation, picture, refusal, value } from "./harness.mjs";

const CALLS = 30;
const REASON = new Error("the caller has left");

/**
 * Which call an asynchronous step belongs to. A timer of a call goes on in its context, as the platform's own would.
 */
const callers = new AsyncLocalStorage();
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = (callback, ...args) => setTimer(AsyncResource.bind(callback), ...args);

/** The places in the client where a promise that was made for one call is resolved in the course of another. */
async function foreignWakings(work) {
  const owners = new Map();
  const found = new Set();
  const hook = createHook({
    init(id, type) {
      const caller = callers.getStore();
      if (type === "PROMISE" && caller !== undefined) owners.set(id, caller);
    },
    promiseResolve(id) {
      const [owner, caller] = [owners.get(id), callers.getStore()];
      if (owner !== undefined && caller !== undefined && owner !== caller)
        found.add(new Error().stack.split("\n").slice(3, 6).join("\n"));
    },
  });
  hook.enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return [...found];
}

/** Calls of all kinds at once, for one id among others, through pauses, failures and callers who leave. */
async function manyCalls() {
  let number = 0;
  const api = createFakeApi(({ path }) => {
    number += 1;
    if (number % 7 === 0) return refusal(429, "rate_limited", { "Retry-After": "3" });
    if (number % 5 === 0) return "network";
    return path.startsWith("/generations/") && number % 3 !== 0 ? { json: generation("processing") } : undefined;
  });
  // As often as it takes: which call meets how many refusals is a matter of chance.
  const client = await connect(api, { maxConcurrentUploads: 1, maxRetries: 1_000 });
  const kinds = [
    (options) => client.generations.wait(ID, options),
    (options) => client.generate(editOf(2), options),
    (options) => client.credits.retrieve(options),
    (options) => client.files.upload(picture(), options),
    (options) => client.generations.create(HILL, options),
  ];
  const outcomes = Array.from({ length: CALLS }, (_, index) =>
    callers.run(index, () => {
      const controller = new AbortController();
      if (index % 6 === 5) setTimeout(() => controller.abort(REASON), 3_000);
      return kinds[index % kinds.length]({ signal: controller.signal }).then(
        () => "resolved",
        (error) => (error === REASON ? "left" : error),
      );
    }),
  );
  const ended = await value(Promise.all(outcomes));
  await clock.settle();
  assert.deepEqual(
    ended.filter((each) => each !== "resolved" && each !== "left"),
    [],
  );
  assert.ok(ended.includes("resolved") && ended.includes("left"));
  assert.deepEqual(api.inFlight(), []);
}

test("elsewhere_calls_share_loops_and_queues_and_so_wake_each_other", async () => {
  assert.notDeepEqual(await foreignWakings(manyCalls), [], "where they do, it is seen");
});

test("on_workers_no_promise_of_one_call_is_resolved_by_another", async () => {
  globalThis.WebSocketPair = class {};
  try {
    assert.deepEqual(await foreignWakings(manyCalls), []);
  } finally {
    delete globalThis.WebSocketPair;
  }
});
