/** What is sent while the machine is offline costs no attempt, but it was sent: what follows it is a repeat of ours. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { API, HILL, answer, clock, createClient, failureOf, generation, refuse, value } from "./harness.mjs";

const OFFLINE_MS = 3_000;
const conflict = () => refuse(409, "idempotency_conflict");
const accepted = () => answer(generation("queued"), 201);

describe("a submission", () => {
  const replaced = ["fetch", "navigator", "addEventListener", "removeEventListener"];
  const real = replaced.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  let page;
  let posts;
  let script;

  beforeEach(() => {
    page = new EventTarget();
    posts = [];
    const put = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    put("navigator", { onLine: true });
    put("addEventListener", (...args) => page.addEventListener(...args));
    put("removeEventListener", (...args) => page.removeEventListener(...args));
    put("fetch", async (_, { method, headers, body }) => {
      if (method === "GET") return answer(generation("succeeded"));
      posts.push({ key: headers.get("Idempotency-Key"), body });
      return script[posts.length - 1]();
    });
  });
  afterEach(() => {
    for (const [name, descriptor] of real) {
      if (descriptor === undefined) delete globalThis[name];
      else Object.defineProperty(globalThis, name, descriptor);
    }
  });

  /** The network goes, and comes back after a while. */
  function goesOffline() {
    navigator.onLine = false;
    clock.sleep(OFFLINE_MS).then(() => {
      navigator.onLine = true;
      page.dispatchEvent(new Event("online"));
    });
    throw new TypeError("fetch failed");
  }
  const fails = () => {
    throw new TypeError("fetch failed");
  };
  /** The platform's own fetch: only of that the client knows that it means the machine's network. */
  const connect = (options) => createClient({ baseUrl: API, apiKey: "rvya_sk_client_test", ...options });
  const allTheSame = () => assert.equal(new Set(posts.map((post) => JSON.stringify(post))).size, 1, "one key and the same bytes");

  for (const [name, lost] of Object.entries({ after_being_offline: goesOffline, after_a_lost_answer: fails })) {
    test(`that_meets_its_own_first_one_${name}_is_repeated`, async () => {
      script = [lost, conflict, accepted];
      const client = await connect();
      assert.equal((await value(client.generate(HILL))).status, "succeeded");
      assert.equal(posts.length, 3);
      allTheSame();
    });
  }

  test("under_a_callers_key_whose_first_attempt_meets_a_conflict_is_not_repeated_and_may_be_what_the_browser_repeated", async () => {
    script = [conflict];
    const error = await failureOf("idempotency_conflict", (await connect()).generate(HILL, { idempotencyKey: "k" }));
    assert.deepEqual([posts.length, error.attempts, error.mayHaveBeenCharged], [1, 1, true]);
  });

  test("under_a_key_of_our_own_whose_first_attempt_meets_a_conflict_met_what_the_browser_repeated_and_waits_for_it", async () => {
    script = [conflict, conflict, accepted];
    assert.equal((await value((await connect()).generate(HILL))).status, "succeeded");
    assert.equal(posts.length, 3);
    allTheSame();
  });

  test("costs_no_attempt_while_offline_and_is_repeated_as_soon_as_the_network_is_back", async () => {
    script = [goesOffline, goesOffline, accepted];
    const client = await connect({ maxRetries: 0 });
    const begunMs = clock.nowMs();
    await value(client.generations.create(HILL));
    assert.equal(clock.nowMs() - begunMs, 2 * OFFLINE_MS);
    allTheSame();
  });

  test("says_how_often_it_was_sent_what_was_sent_while_offline_included", async () => {
    const unavailable = () => refuse(503, "public_api_disabled");
    script = [goesOffline, goesOffline, unavailable, unavailable];
    const client = await connect({ maxRetries: 1 });
    const error = await failureOf("public_api_disabled", client.generations.create(HILL));
    assert.deepEqual([posts.length, error.attempts, error.mayHaveBeenCharged], [4, 4, true]);
    allTheSame();
  });
});
