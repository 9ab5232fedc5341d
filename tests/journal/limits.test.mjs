/**
 * The limit of a wait bounds everything: what is held elsewhere, a store that takes its time, a submission and its
 * repeats.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { REQUEST, RivyaError, clock, createStore, createWorld, ends } from "./harness.mjs";

const LIMIT_MS = 3_000;
const PATIENT_MS = 60_000;

/** A world that holds an entry of which no answer was ever seen. */
async function leftUnanswered(options) {
  const world = createWorld(() => "network", options);
  const client = await world.open({ maxRetries: 0 });
  await ends(client.generate(REQUEST, { idempotencyKey: "k" }));
  client.free();
  return world;
}

/** How `call` ends, and after how long. */
async function timed(call) {
  const begunMs = clock.nowMs();
  const outcome = await ends(call());
  return { ...outcome, tookMs: clock.nowMs() - begunMs };
}

function isOutOfTime({ error, tookMs }, { attempts, mayHaveBeenCharged = true }) {
  assert.ok(error instanceof RivyaError, String(error?.stack ?? error));
  assert.deepEqual(
    [error.code, error.attempts, error.mayHaveBeenCharged, error.idempotencyKey],
    ["timeout", attempts, mayHaveBeenCharged, "k"],
  );
  assert.equal(tookMs, LIMIT_MS);
}

/** Web Locks, as far as the client asks for them: `held` are the names that another page holds alone. */
function installLocks(held) {
  const locks = {
    async request(name, { signal, ifAvailable }, work) {
      if (!held.has(name)) return work({ name });
      if (ifAvailable) return work(null);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    query: async () => ({ held: [], pending: [] }),
  };
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true, writable: true });
}
const real = Object.getOwnPropertyDescriptor(globalThis, "navigator");

describe("a submission ends with the limit of its wait", () => {
  afterEach(() =>
    real === undefined ? delete globalThis.navigator : Object.defineProperty(globalThis, "navigator", real),
  );

  test("where_the_API_is_silent", async () => {
    const world = await leftUnanswered();
    world.turn.behave = () => "hang";
    const client = await world.open({ timeoutMs: 2_000 });
    isOutOfTime(await timed(() => client.resume({ idempotencyKey: "k" }, { waitTimeoutMs: LIMIT_MS })), {
      attempts: 2,
    });
    assert.deepEqual(world.api.inFlight(), [], "what was under way was aborted");
    const [{ state }] = (await ends(client.pending())).value;
    assert.equal(state, "unsubmitted", "the entry is kept");
    world.turn.behave = undefined;
    assert.equal((await ends(client.resume({ idempotencyKey: "k" }))).value?.status, "succeeded");
    assert.equal(new Set(world.posts.map((post) => JSON.stringify(post))).size, 1);
  });

  test("and_what_generate_has_sent_may_have_been_charged", async () => {
    const { open } = createWorld(() => "hang");
    const client = await open();
    const outcome = await timed(() => client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: LIMIT_MS }));
    isOutOfTime(outcome, { attempts: 1 });
    assert.equal(outcome.error.retryable, true, "under its own key");
  });

  for (const [name, storeMs] of [
    ["a_slow_store", 1_900],
    ["a_store_that_never_answers", Infinity],
  ]) {
    test(`but_${name}_keeps_none_from_being_sent_and_what_was_answered_is_handed_over`, async () => {
      const never = new Promise(() => {});
      const store = createStore(() => (storeMs === Infinity ? never : clock.sleep(storeMs)));
      const { open, posts } = createWorld(undefined, { store });
      for (const waitTimeoutMs of [1_000, LIMIT_MS, 5_999]) {
        const { value, error } = await ends((await open()).generate(REQUEST, { waitTimeoutMs }));
        assert.equal(error && `${error.code}: ${error.message}`, undefined);
        assert.equal(value.status, "succeeded");
      }
      assert.equal(posts.length, 3);
    });
  }

  test("but_a_refusal_is_told_though_the_store_is_slow_to_forget_it", async () => {
    const store = createStore(() => clock.sleep(1_200));
    const refusal = { status: 402, json: { error: { code: "insufficient_credits", message: "None left." } } };
    const { open } = createWorld(({ method }) => (method === "POST" ? refusal : undefined), { store });
    const { error } = await ends((await open()).generate(REQUEST, { waitTimeoutMs: 2_000 }));
    assert.deepEqual(
      [error?.code, error?.retryable, error?.mayHaveBeenCharged],
      ["insufficient_credits", false, false],
    );
  });

  test("and_who_waits_for_another_call_under_the_same_key_knows_that_it_may_have_been_charged", async () => {
    const { open, posts } = createWorld(({ method }) => (method === "POST" ? "hang" : undefined));
    const client = await open();
    const first = client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: PATIENT_MS });
    first.catch(() => {});
    isOutOfTime(await timed(() => client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: LIMIT_MS })), {
      attempts: 0,
    });
    assert.equal(posts.length, 1);
  });

  test("and_a_resume_that_can_not_read_the_journal_does_not_say_that_nothing_was_sent", async () => {
    let fails = false;
    const store = createStore((what) => {
      if (fails && what === "get") throw new Error("the disk is busy");
    });
    const world = await leftUnanswered({ store });
    fails = true;
    const { error } = await ends((await world.open()).resume({ idempotencyKey: "k" }));
    assert.deepEqual([error?.code, error?.retryable, error?.mayHaveBeenCharged], ["not_found", true, true]);
    fails = false;
    world.turn.behave = undefined;
    assert.equal((await ends((await world.open()).resume({ idempotencyKey: "k" }))).value?.status, "succeeded");
  });

  for (const lock of ["submission/", ""]) {
    test(`where_another_page_holds_the_lock_of_its_${lock === "" ? "entry" : "submission"}`, async () => {
      const world = await leftUnanswered();
      const [name] = world.store.texts.keys();
      installLocks(new Set([lock === "" ? name : `rivya-wasm/submission/${name}`]));
      const client = await world.open();
      world.turn.behave = lock === "" ? () => "hang" : undefined;
      const outcome = await timed(() => client.resume({ idempotencyKey: "k" }, { waitTimeoutMs: LIMIT_MS }));
      isOutOfTime(outcome, { attempts: lock === "" ? 1 : 0 });
    });
  }

  test("where_repeats_would_go_on_behind_it", async () => {
    const world = await leftUnanswered();
    world.turn.behave = () => ({ status: 503, json: {}, headers: { "Retry-After": "2" } });
    const client = await world.open({ maxRetries: 100 });
    // A pause that would end behind it ends it at once.
    const { error, tookMs } = await timed(() => client.resume({ idempotencyKey: "k" }, { waitTimeoutMs: LIMIT_MS }));
    assert.deepEqual(
      [error?.status, error?.retryAfterMs, error?.mayHaveBeenCharged, tookMs],
      [503, 2_000, true, 2_000],
    );
  });

  test("and_a_long_one_is_waited_for", async () => {
    const { open } = createWorld(({ method }) => (method === "POST" ? "hang" : undefined));
    const { error, tookMs } = await timed(async () =>
      (await open({ maxRetries: 1 })).generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 10 * PATIENT_MS }),
    );
    assert.deepEqual([error?.code, error?.attempts], ["timeout", 2]);
    assert.ok(tookMs >= PATIENT_MS && tookMs < 2 * PATIENT_MS, `${tookMs}`);
  });
});
