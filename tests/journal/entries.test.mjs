/**
 * What the journal holds before, between and after: which answers take an entry away and which leave it, what is sent
 * again, and for how long.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generation, refusal } from "../support/fake-api.mjs";
import { smallJpeg } from "../support/pictures.mjs";
import { clock, createStore, createWorld, DAY_MS, ends, abortedWhen, moveDate, REQUEST } from "./harness.mjs";

const SUBMITS = {
  generate: (client, options) => client.generate(REQUEST, options),
  create: (client, options) => client.generations.create(REQUEST, options),
};
const isPost = ({ method, path }) => method === "POST" && path === "/generations";
const toPosts = (answer) => (call) => (isPost(call) ? answer : undefined);
const summary = ({ key, id, state }) => ({ key, id, state });

describe("an entry after a submission that failed", () => {
  const DEFINITE = [400, 402, 403, 404, 413, 415, 422];
  const OPEN = {
    ...Object.fromEntries(
      [401, 408, 409, 410, 418, 429, 500, 502, 503, 504, 520].map((status) => [
        status,
        refusal(status, status === 409 ? "idempotency_conflict" : "any_code"),
      ]),
    ),
    "a redirect": { status: 307, text: "", headers: { Location: "https://elsewhere.invalid/" } },
    "a lost answer": "network",
    "a truncated answer": { status: 201, text: '{"id":"task_fa' },
    "an answer that is none": { status: 201, text: "<p>hotel</p>" },
    "no answer in time": "hang",
    "half an answer in time": "hang_body",
    "a fetch that throws": "throw",
  };
  for (const [name, submit] of Object.entries(SUBMITS)) {
    for (const status of DEFINITE) {
      test(`${name}: goes_with_${status}`, async () => {
        const { open, store, posts } = createWorld(toPosts(refusal(status, "any_code")));
        const { error } = await ends(submit(await open()));
        assert.deepEqual(
          [error.code, error.status, error.mayHaveBeenCharged, posts.length],
          ["any_code", status, false, 1],
        );
        assert.deepEqual(store.entries(), []);
      });
      test(`${name}: stays_with_${status}_after_an_attempt_that_nobody_answered`, async () => {
        const { open, store, posts } = createWorld((call) =>
          isPost(call) ? (call.number === 0 ? "network" : refusal(status, "any_code")) : undefined,
        );
        const { error } = await ends(submit(await open(), { idempotencyKey: "k" }));
        assert.deepEqual([error.status, error.mayHaveBeenCharged, posts.length], [status, true, 2]);
        assert.deepEqual(store.entries().map(summary), [{ key: "k", id: undefined, state: "unsubmitted" }]);
      });
    }
    for (const [what, answer] of Object.entries(OPEN)) {
      test(`${name}: stays_with ${what}`, async () => {
        const { open, store, posts } = createWorld(toPosts(answer), { maxRetries: 1 });
        const { error } = await ends(submit(await open(), { idempotencyKey: "k" }));
        assert.equal(error.idempotencyKey, "k");
        assert.ok(posts.length > 0 && posts.every(({ key, body }) => key === "k" && body === posts[0].body));
        assert.deepEqual(store.entries().map(summary), [{ key: "k", id: undefined, state: "unsubmitted" }]);
      });
    }
    test(`${name}: stays_with_an_abort_while_its_answer_is_awaited`, async () => {
      const { open, store, posts } = createWorld(toPosts("hang"));
      const client = await open();
      await abortedWhen(
        () => posts.length > 0,
        (signal) => submit(client, { idempotencyKey: "k", signal }),
      );
      assert.deepEqual(store.entries().map(summary), [{ key: "k", id: undefined, state: "unsubmitted" }]);
    });
  }

  test("a_refused_resume_leaves_it_for_an_earlier_visit_may_have_been_accepted", async () => {
    const { open, store, turn, posts } = createWorld(toPosts("hang"));
    await abortedWhen(
      () => posts.length > 0,
      async (signal) => (await open()).generate(REQUEST, { idempotencyKey: "k", signal }),
    );
    turn.behave = toPosts(refusal(400, "validation_failed"));
    const { error } = await ends((await open()).resume({ idempotencyKey: "k" }));
    assert.deepEqual([error.code, error.mayHaveBeenCharged, error.idempotencyKey], ["validation_failed", true, "k"]);
    assert.equal(store.entries().length, 1);
  });
});

describe("an entry of a generation that was accepted", () => {
  const toGets = (answer) => (call) => (call.method === "GET" ? answer : undefined);

  for (const [what, answer, state] of [
    ["401", refusal(401, "api_key_revoked"), "running"],
    ["403", refusal(403, "api_scope_denied"), "running"],
    ["404 without the API's envelope", { status: 404, text: "nothing here" }, "lost"],
    ["not_found", refusal(404, "not_found"), "lost"],
    ["a redirect", { status: 302, text: "", headers: { Location: "https://elsewhere.invalid/" } }, "running"],
    ["a status that never ends", { json: generation("processing") }, "running"],
    ["a service that is down", refusal(503, "public_api_disabled"), "running"],
  ]) {
    test(`stays_when_its_polls_end_with ${what}`, async () => {
      const { open, store, turn } = createWorld(toGets(answer), { maxRetries: 1 });
      const client = await open();
      const { error } = await ends(client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 30_000 }));
      assert.deepEqual([error.idempotencyKey, error.attempts > 0], ["k", true]);
      assert.deepEqual(store.entries().map(summary), [{ key: "k", id: "task_fake_1", state }]);
      // It was not the generation's fault: found again, it is delivered.
      turn.behave = undefined;
      assert.equal((await ends(client.resume({ idempotencyKey: "k" }))).value.status, "succeeded");
    });
  }

  test("goes_when_its_failure_was_handed_over", async () => {
    const { open, store } = createWorld(toGets({ json: generation("failed") }));
    const { error } = await ends((await open()).generate(REQUEST));
    assert.deepEqual([error.code, error.generation.status], ["generation_failed", "failed"]);
    await clock.settle();
    assert.deepEqual(store.entries(), []);
  });

  test("goes_a_day_after_its_result_was_delivered_and_not_before", async () => {
    const { open, store } = createWorld();
    const client = await open();
    await ends(client.generate(REQUEST, { idempotencyKey: "k" }));
    assert.deepEqual((await ends(client.pending())).value, [], "delivered is not pending");
    moveDate(DAY_MS - 60_000);
    assert.deepEqual((await ends(client.pending())).value, []);
    assert.deepEqual(store.entries().map(summary), [{ key: "k", id: "task_fake_1", state: "succeeded" }]);
    assert.equal((await ends((await open()).resume({ idempotencyKey: "k" }))).value.status, "succeeded");
    moveDate(DAY_MS + 60_000);
    assert.equal(
      (await ends(client.resume({ idempotencyKey: "k" }))).error.code,
      "not_found",
      "gone at once, not only when somebody lists",
    );
    assert.deepEqual((await ends(client.pending())).value, []);
    assert.deepEqual(store.entries(), []);
  });

  test("stays_for_months_as_long_as_its_result_was_not_delivered", async () => {
    const { open, turn } = createWorld(toGets("hang"));
    await ends((await open()).generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 1_000 }));
    moveDate(90 * DAY_MS);
    turn.behave = undefined;
    const client = await open();
    assert.deepEqual(
      (await ends(client.pending())).value.map(({ state, generationId }) => [state, generationId]),
      [["running", "task_fake_1"]],
    );
    assert.equal((await ends(client.resume({ generationId: "task_fake_1" }))).value.status, "succeeded");
  });

  test("stays_when_its_wait_was_over_before_its_first_poll_and_that_poll_is_the_only_one", async () => {
    const store = createStore(() => clock.sleep(5));
    const { open, paths } = createWorld(toGets({ json: generation("processing") }), { store });
    const { error } = await ends((await open()).generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 1 }));
    assert.deepEqual([error.code, error.generation.status], ["timeout", "processing"]);
    assert.deepEqual(paths(), ["POST /generations", "GET /generations/task_fake_1"]);
    assert.deepEqual(store.entries().map(summary), [{ key: "k", id: "task_fake_1", state: "running" }]);
  });

  test("is_kept_until_create_has_handed_over_its_id_and_no_longer", async () => {
    const order = [];
    const store = createStore(
      (what, _key, value) => void order.push(value === undefined ? what : `${what} ${JSON.parse(value).state}`),
    );
    const { open } = createWorld((call) => void order.push(call.method), { store });
    const { value } = await ends((await open()).generations.create(REQUEST));
    assert.equal(value.id, "task_fake_1");
    await clock.settle();
    assert.deepEqual(
      order.filter((each) => each !== "get"),
      ["set unsubmitted", "POST", "set running", "delete"],
    );
    assert.deepEqual(store.entries(), []);
  });
});

describe("what is sent", () => {
  test("is_in_the_store_before_with_its_exact_bytes_and_afterwards_with_its_id", async () => {
    const order = [];
    const store = createStore((_what, _key, value) => void (value && order.push(["set", JSON.parse(value)])));
    const { open, turn, posts } = createWorld(undefined, { store });
    turn.behave = (call) => void order.push([call.method, call.body]);
    await ends(
      (await open()).generate({ ...REQUEST, prompt: "Grüße 🖼", client_request_id: "trace" }, { idempotencyKey: "k" }),
    );
    assert.deepEqual(
      order.map(([what]) => what),
      ["set", "POST", "set", "GET"].concat("set"),
    );
    const [[, before], [, sent], [, after]] = order;
    assert.equal(before.body, sent);
    assert.deepEqual([before.key, before.id, posts[0].key], ["k", undefined, "k"]);
    assert.deepEqual([after.body, after.id, after.state], [sent, "task_fake_1", "running"]);
  });

  test("is_the_same_at_every_resume_and_references_are_not_uploaded_again", async () => {
    const { open, posts, turn, paths } = createWorld(toPosts("network"), { maxRetries: 1 });
    const request = {
      model: "nano-banana-2",
      prompt: "both",
      references: [new Blob([smallJpeg()], { type: "image/jpeg" }), "https://x.invalid/a.png"],
    };
    const { error } = await ends((await open()).generate(request, { idempotencyKey: "k" }));
    assert.deepEqual([error.code, error.mayHaveBeenCharged, error.attempts], ["network_error", true, 2]);
    await ends((await open()).resume({ idempotencyKey: "k" }));
    turn.behave = undefined;
    const [pending] = (await ends((await open()).pending())).value;
    assert.equal((await ends((await open()).resume(pending))).value.status, "succeeded");
    assert.equal(posts.length, 5);
    assert.deepEqual(new Set(posts.map((post) => JSON.stringify(post))).size, 1);
    assert.equal(paths().filter((path) => path === "POST /files").length, 1);
  });

  test("is_never_the_secret_key", async () => {
    const { open, store } = createWorld(toPosts("network"), {
      apiKey: "rvya_sk_never_in_a_journal",
      account: "ada@example.com",
      maxRetries: 0,
    });
    await ends((await open()).generate(REQUEST));
    const held = JSON.stringify([...store.texts]);
    assert.ok(held.includes("a hill"));
    assert.ok(!held.includes("rvya_sk") && !held.includes("ada@"), held);
  });

  test("is_sent_again_within_a_day_and_never_after_it", async () => {
    const { open, turn, posts } = createWorld(toPosts("network"), { maxRetries: 0 });
    await ends((await open()).generate(REQUEST, { idempotencyKey: "k" }));
    moveDate(DAY_MS - 60_000);
    await ends((await open()).resume({ idempotencyKey: "k" }));
    assert.equal(posts.length, 2);
    moveDate(120_000);
    turn.behave = undefined;
    for (const again of [
      (client) => client.resume({ idempotencyKey: "k" }),
      (client) => client.generate(REQUEST, { idempotencyKey: "k" }),
      (client) => client.generations.create(REQUEST, { idempotencyKey: "k" }),
    ]) {
      const { error } = await ends(again(await open()));
      assert.deepEqual(
        [error.code, error.mayHaveBeenCharged, error.retryable, error.attempts, error.idempotencyKey],
        ["resume_expired", true, false, 0, "k"],
      );
    }
    assert.equal(posts.length, 2);
    const [entry] = (await ends((await open()).pending())).value;
    assert.equal(entry.state, "unsubmitted", "what may exist stays until it is forgotten");
    assert.equal(Date.parse(entry.safeUntil) - Date.parse(entry.startedAt), DAY_MS);
  });

  test("is_not_sent_again_by_a_machine_that_slept_for_a_day_between_two_attempts", async () => {
    const { open, posts } = createWorld((call) => {
      if (isPost(call)) moveDate(DAY_MS + 1_000);
      return isPost(call) ? "network" : undefined;
    });
    const { error } = await ends((await open()).generate(REQUEST, { idempotencyKey: "k" }));
    assert.deepEqual([error.code, error.mayHaveBeenCharged, posts.length], ["network_error", true, 1]);
  });
});

describe("whose entries a client sees", () => {
  for (const [what, other] of [
    ["another base URL", { baseUrl: "https://other.invalid/api/v1" }],
    ["an account where it has none", { account: "ada" }],
    ["another account", { account: "bob" }, { account: "ada" }],
  ].map(([name, theirs, ours = {}]) => [name, { theirs, ours }])) {
    test(`not_those_of ${what}`, async () => {
      const { open, posts, turn } = createWorld(toPosts("network"), { maxRetries: 0 });
      await ends((await open(other.ours)).generate(REQUEST, { idempotencyKey: "k" }));
      const stranger = await open(other.theirs);
      assert.deepEqual((await ends(stranger.pending())).value, []);
      assert.equal((await ends(stranger.resume({ idempotencyKey: "k" }))).error.code, "not_found");
      await ends(stranger.forget({ idempotencyKey: "k" }));
      assert.equal(posts.length, 1);
      turn.behave = undefined;
      assert.equal((await ends((await open(other.ours)).resume({ idempotencyKey: "k" }))).value.status, "succeeded");
    });
  }
});
