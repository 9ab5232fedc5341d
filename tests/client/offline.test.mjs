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
    void clock.sleep(OFFLINE_MS).then(() => {
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
  const allTheSame = () =>
    assert.equal(new Set(posts.map((post) => JSON.stringify(post))).size, 1, "one key and the same bytes");

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

  /** The network is gone from now on. */
  const isGone = () => (navigator.onLine = false);
  const isBack = () => {
    navigator.onLine = true;
    page.dispatchEvent(new Event("online"));
  };
  const told = [];
  const onProgress = ({ phase, sinceMs }) => void told.push([phase, sinceMs]);

  test("is_held_back_while_offline_and_says_every_second_since_when", async () => {
    told.length = 0;
    script = [accepted];
    const client = await connect();
    isGone();
    const generating = client.generate(HILL, { onProgress });
    await value(clock.sleep(2_500));
    assert.equal(posts.length, 0);
    assert.deepEqual(told, [
      ["submitting", undefined],
      ["offline", 0],
      ["offline", 1_000],
      ["offline", 2_000],
    ]);
    isBack();
    assert.equal((await value(generating)).status, "succeeded");
    assert.deepEqual([posts.length, told[4][0]], [1, "submitting"]);
  });

  for (const [name, limitMs, heldMs] of [
    ["a_minute_at_most", 900_000, 60_000],
    ["the_limit_of_its_wait", 20_000, 20_000],
  ]) {
    test(`that_is_held_back_for_${name}_was_not_charged`, async () => {
      const client = await connect();
      isGone();
      const begunMs = clock.nowMs();
      const error = await failureOf("network_error", client.generate(HILL, { waitTimeoutMs: limitMs }));
      assert.equal(clock.nowMs() - begunMs, heldMs);
      assert.deepEqual([error.attempts, error.retryable, error.mayHaveBeenCharged, posts.length], [0, true, false, 0]);
      assert.match(error.message, /held back.*offline/);
      assert.equal((await value(client.pending())).length, 1, "its entry stays");
    });
  }

  test("that_was_sent_before_the_network_went_waits_for_it_to_the_limit_and_may_have_been_charged", async () => {
    script = [
      () => {
        isGone();
        throw new TypeError("fetch failed");
      },
    ];
    const client = await connect({ maxRetries: 0 });
    const begunMs = clock.nowMs();
    const error = await failureOf("network_error", client.generate(HILL, { waitTimeoutMs: 300_000 }));
    assert.equal(clock.nowMs() - begunMs, 300_000);
    assert.deepEqual([error.attempts, error.mayHaveBeenCharged, posts.length], [1, true, 1]);
    assert.match(error.message, /fetch failed.*offline/);
  });

  test("goes_out_where_a_server_of_this_machine_answers_though_it_is_offline", async () => {
    script = [accepted];
    const client = await connect({ baseUrl: "http://127.0.0.1:8787/api/v1" });
    isGone();
    const begunMs = clock.nowMs();
    await value(client.generations.create(HILL));
    assert.deepEqual([clock.nowMs() - begunMs, posts.length], [0, 1]);
  });

  test("of_a_client_with_a_fetch_of_its_own_is_not_held_back", async () => {
    script = [accepted];
    const client = await connect({ fetch: (...args) => fetch(...args) });
    isGone();
    await value(client.generations.create(HILL));
    assert.equal(posts.length, 1);
  });

  test("is_followed_by_polls_that_end_with_the_network_error_at_their_limit_where_it_never_comes_back", async () => {
    told.length = 0;
    script = [accepted];
    const client = await connect();
    const { id } = await value(client.generations.create(HILL));
    globalThis.fetch = async () => {
      isGone();
      throw new TypeError("fetch failed");
    };
    const begunMs = clock.nowMs();
    const error = await failureOf("network_error", client.generations.wait(id, { waitTimeoutMs: 90_000, onProgress }));
    assert.equal(clock.nowMs() - begunMs, 90_000);
    assert.deepEqual([error.retryable, error.mayHaveBeenCharged], [true, false]);
    assert.deepEqual(told[0], ["offline", 0]);
    assert.ok(told.at(-1)[0] === "offline" && told.at(-1)[1] >= 89_000);
  });

  test("that_was_answered_and_then_loses_the_network_waits_for_it_to_the_limit_and_ends_with_what_it_was_answered", async () => {
    script = [
      () => {
        isGone();
        return refuse(503, "public_api_disabled");
      },
    ];
    const client = await connect();
    const begunMs = clock.nowMs();
    const error = await failureOf("public_api_disabled", client.generate(HILL, { waitTimeoutMs: 300_000 }));
    assert.equal(clock.nowMs() - begunMs, 300_000);
    assert.deepEqual([error.attempts, error.mayHaveBeenCharged], [1, true]);
  });

  test("goes_on_though_the_platform_forgot_to_tell_that_it_is_online", async () => {
    script = [goesSilentlyOffline, accepted];
    const client = await connect();
    const begunMs = clock.nowMs();
    await value(client.generations.create(HILL));
    assert.ok(clock.nowMs() - begunMs < OFFLINE_MS + 2_000);
  });

  /** The network goes, and comes back without an event. */
  function goesSilentlyOffline() {
    isGone();
    void clock.sleep(OFFLINE_MS).then(() => (navigator.onLine = true));
    throw new TypeError("fetch failed");
  }

  test("on_this_machine_goes_out_when_the_network_comes_back_while_it_was_asked_whether_its_server_answers", async () => {
    script = [accepted];
    const client = await connect({ baseUrl: "http://127.0.0.1:8787/api/v1" });
    const { fetch } = globalThis;
    globalThis.fetch = async (url, init) => {
      if (!url.endsWith("/models")) return fetch(url, init);
      await clock.sleep(3_000);
      throw new TypeError("fetch failed");
    };
    isGone();
    void clock.sleep(2_000).then(isBack);
    const begunMs = clock.nowMs();
    await value(client.generations.create(HILL));
    assert.ok(clock.nowMs() - begunMs <= 3_000);
  });

  test("is_followed_by_polls_that_forget_an_outage_that_is_over", async () => {
    script = [accepted];
    const client = await connect();
    const { id } = await value(client.generations.create(HILL));
    let polls = 0;
    globalThis.fetch = async (_, { signal }) => {
      polls += 1;
      if (polls > 1) return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      isGone();
      void clock.sleep(2_000).then(isBack);
      throw new TypeError("fetch failed");
    };
    const late = [];
    const join = () =>
      client.generations.wait(id, { waitTimeoutMs: 1_000, onProgress: ({ phase }) => late.push(phase) });
    const joining = clock
      .sleep(5_000)
      .then(join)
      .catch(({ code }) => code);
    await failureOf("timeout", client.generations.wait(id, { waitTimeoutMs: 20_000 }));
    assert.equal(await value(joining), "timeout");
    assert.deepEqual(late, [], "who joins afterwards is told of none");
  });
});
