/**
 * Taking work up again: by a key that is known, by `resume`, by `create`, by two at once; what `pending` tells of it,
 * and what `forget` leaves.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generation, refusal } from "../support/fake-api.mjs";
import { smallJpeg } from "../support/pictures.mjs";
import { abortedWhen, clock, createStore, createWorld, DAY_MS, ends, REQUEST } from "./harness.mjs";

const photo = (name = "a.jpg", bytes = smallJpeg()) => new File([bytes], name, { type: "image/jpeg" });
const edit = (...references) => ({ model: "nano-banana-2", prompt: "both", params: { resolution: "1K" }, references });
const isPost = ({ method, path }) => method === "POST" && path === "/generations";
const lost = (call) => (isPost(call) ? "network" : undefined);
const running = (call) => (call.method === "GET" ? { json: generation("processing") } : undefined);
const ofId = (id, status = "queued") => ({ json: { ...generation(status), id } });

/**
 * A world in which one submission was left: `unsubmitted` (its answer lost), or `running` (its page closed while it
 * waited).
 */
async function left(state, request = REQUEST, options = {}) {
  const world = createWorld(state === "unsubmitted" ? lost : running, { maxRetries: 0, ...options });
  await ends((await world.open()).generate(request, { idempotencyKey: "k", waitTimeoutMs: 5_000 }));
  assert.deepEqual(
    world.store.entries().map((entry) => entry.state),
    [state],
  );
  world.turn.behave = undefined;
  world.api.calls.length = 0;
  world.posts.length = 0;
  return world;
}

describe("a call with a key that the journal knows", () => {
  for (const state of ["unsubmitted", "running"]) {
    const paths =
      state === "unsubmitted"
        ? ["POST /generations", "GET /generations/task_fake_1"]
        : ["GET /generations/task_fake_1"];
    test(`goes_on_where_it_is_${state}_and_uploads_nothing`, async () => {
      const world = await left(state, edit(photo()));
      const { value } = await ends((await world.open()).generate(edit(photo()), { idempotencyKey: "k" }));
      assert.equal(value.status, "succeeded");
      assert.deepEqual(world.paths(), paths);
    });
    test(`hands_over_its_id_to_create_where_it_is_${state}_and_stays_that_of_generate`, async () => {
      const world = await left(state);
      const { value } = await ends((await world.open()).generations.create(REQUEST, { idempotencyKey: "k" }));
      assert.equal(value.id, "task_fake_1");
      assert.deepEqual(world.paths(), paths.slice(0, 1));
      await clock.settle();
      assert.deepEqual(
        world.store.entries().map(({ id }) => id),
        ["task_fake_1"],
      );
    });
  }

  for (const [what, other] of [
    ["prompt", { ...edit(photo()), prompt: "other" }],
    ["parameter", { ...edit(photo()), params: { resolution: "2K" } }],
    ["model", { ...edit(photo()), model: "nano-banana-pro" }],
    ["trace id", { ...edit(photo()), client_request_id: "other" }],
    ["file name", edit(photo("b.jpg"))],
    ["file size", edit(photo("a.jpg", new Uint8Array([...smallJpeg(), 0])))],
    ["number of files", edit(photo(), photo())],
    ["order of references", edit("https://x.invalid/a.png", photo())],
  ]) {
    for (const state of ["unsubmitted", "running"]) {
      test(`is_a_conflict_for_another ${what} where it is ${state}`, async () => {
        const world = await left(
          state,
          what.startsWith("order") ? edit(photo(), "https://x.invalid/a.png") : edit(photo()),
        );
        const before = [...world.store.texts];
        const client = await world.open({ validation: "off" });
        const { error } = await ends(client.generate(other, { idempotencyKey: "k" }));
        assert.deepEqual(
          [error.code, error.attempts, error.idempotencyKey, error.retryable],
          ["idempotency_conflict", 0, "k", false],
        );
        assert.deepEqual(world.paths(), []);
        assert.deepEqual([...world.store.texts], before, "the entry is untouched");
      });
    }
  }

  test("is_the_same_request_when_its_file_came_by_another_blob_url", async () => {
    const urls = [0, 1].map(() => URL.createObjectURL(photo()));
    const world = await left("unsubmitted", edit(urls[0]));
    world.api.calls.length = 0;
    assert.equal(
      (await ends((await world.open()).generate(edit(urls[1]), { idempotencyKey: "k" }))).value.status,
      "succeeded",
    );
    assert.deepEqual(
      world.paths().filter((path) => !path.includes("blob:")),
      ["POST /generations", "GET /generations/task_fake_1"],
    );
    urls.forEach((url) => URL.revokeObjectURL(url));
  });

  test("is_another_requests_for_create_too", async () => {
    const world = await left("running");
    const { error } = await ends(
      (await world.open()).generations.create({ ...REQUEST, prompt: "other" }, { idempotencyKey: "k" }),
    );
    assert.deepEqual([error.code, error.attempts], ["idempotency_conflict", 0]);
    assert.deepEqual(world.paths(), []);
  });

  test("is_delivered_again_within_a_day_of_its_delivery_without_another_submission", async () => {
    const world = createWorld();
    for (let visit = 0; visit < 3; visit += 1) {
      assert.equal(
        (await ends((await world.open()).generate(REQUEST, { idempotencyKey: "k" }))).value.status,
        "succeeded",
      );
    }
    assert.equal(world.posts.length, 1);
  });
});

describe("create", () => {
  test("takes_up_its_own_lost_submission_and_leaves_nothing", async () => {
    const world = createWorld(lost, { maxRetries: 0 });
    const { error } = await ends((await world.open()).generations.create(REQUEST, { idempotencyKey: "k" }));
    assert.deepEqual([error.code, error.mayHaveBeenCharged, error.retryable], ["network_error", true, true]);
    world.turn.behave = undefined;
    assert.equal(
      (await ends((await world.open()).generations.create(REQUEST, { idempotencyKey: "k" }))).value.id,
      "task_fake_1",
    );
    await clock.settle();
    assert.equal(new Set(world.posts.map((post) => JSON.stringify(post))).size, 1);
    assert.deepEqual(world.store.entries(), []);
  });

  test("is_not_retryable_without_a_key_of_the_callers_when_it_may_have_been_charged_and_resume_finds_it", async () => {
    const world = createWorld(lost, { maxRetries: 0 });
    const { error } = await ends((await world.open()).generations.create(REQUEST));
    assert.deepEqual([error.mayHaveBeenCharged, error.retryable], [true, false]);
    world.turn.behave = undefined;
    const { value } = await ends((await world.open()).resume({ idempotencyKey: error.idempotencyKey }));
    assert.equal(value.status, "succeeded");
    assert.equal(new Set(world.posts.map((post) => JSON.stringify(post))).size, 1);
  });

  test("of_an_id_that_the_api_knows_no_more_makes_its_entry_lost", async () => {
    const world = await left("running");
    world.turn.behave = () => refusal(404, "not_found");
    assert.equal(
      (await ends((await world.open()).generations.create(REQUEST, { idempotencyKey: "k" }))).error.code,
      "not_found",
    );
    assert.deepEqual(
      world.store.entries().map(({ state }) => state),
      ["lost"],
    );
  });
});

describe("resume", () => {
  const BY = {
    its_key: () => ({ idempotencyKey: "k" }),
    "what pending tells": async (client) => (await ends(client.pending())).value[0],
  };
  for (const [what, which] of Object.entries({ ...BY, its_id: () => ({ generationId: "task_fake_1" }) })) {
    test(`delivers_what_runs_by ${what}`, async () => {
      const world = await left("running");
      const client = await world.open();
      const phases = [];
      world.turn.behave = (call) => (call.number === 0 ? { json: generation("processing") } : undefined);
      const { value } = await ends(
        client.resume(await which(client), { onProgress: ({ phase }) => phases.push(phase) }),
      );
      assert.deepEqual([value.status, phases], ["succeeded", ["processing"]]);
      assert.deepEqual((await ends(client.pending())).value, []);
      assert.equal(world.posts.length, 0);
    });
  }
  for (const [what, which] of Object.entries(BY)) {
    test(`submits_what_was_never_answered_by ${what}`, async () => {
      const world = await left("unsubmitted");
      const client = await world.open();
      assert.equal((await ends(client.resume(await which(client)))).value.status, "succeeded");
      assert.deepEqual(world.paths(), ["POST /generations", "GET /generations/task_fake_1"]);
    });
  }

  test("of_an_unknown_key_is_not_found_and_asks_nothing", async () => {
    const world = createWorld();
    const { error } = await ends((await world.open()).resume({ idempotencyKey: "unknown" }));
    assert.deepEqual(
      [error.code, error.attempts, error.idempotencyKey, error.mayHaveBeenCharged],
      ["not_found", 0, "unknown", false],
    );
    assert.deepEqual(world.paths(), []);
  });

  test("of_an_id_that_the_journal_does_not_know_waits_for_it", async () => {
    const world = createWorld(({ path }) =>
      path === "/generations/elsewhere" ? ofId("elsewhere", "succeeded") : undefined,
    );
    assert.equal((await ends((await world.open()).resume({ generationId: "elsewhere" }))).value.id, "elsewhere");
    assert.deepEqual(world.store.entries(), []);
  });

  test("of_an_entry_that_is_gone_waits_for_its_id", async () => {
    const world = await left("running");
    const client = await world.open();
    const [pending] = (await ends(client.pending())).value;
    await ends(client.forget(pending));
    assert.equal((await ends(client.resume(pending))).value.status, "succeeded");
    assert.equal(world.posts.length, 0);
  });

  test("of_a_lost_one_asks_once_more_and_sends_nothing_anew", async () => {
    const world = await left("running");
    world.turn.behave = () => refusal(404, "not_found");
    const client = await world.open();
    for (let visit = 0; visit < 2; visit += 1) {
      assert.equal((await ends(client.resume({ idempotencyKey: "k" }))).error.code, "not_found");
      assert.deepEqual(
        (await ends(client.pending())).value.map(({ state }) => state),
        ["lost"],
      );
    }
    assert.equal(world.posts.length, 0);
  });

  test("tells_a_failure_and_lets_go", async () => {
    const world = await left("running");
    world.turn.behave = () => ({ json: generation("failed") });
    const { error } = await ends((await world.open()).resume({ idempotencyKey: "k" }));
    assert.deepEqual([error.code, error.idempotencyKey, error.generation.status], ["generation_failed", "k", "failed"]);
    await clock.settle();
    assert.deepEqual(world.store.entries(), []);
  });

  test("repeats_like_a_503_where_its_own_first_submission_still_runs", async () => {
    const world = await left("unsubmitted", REQUEST, { maxRetries: 4 });
    let posts = 0;
    world.turn.behave = (call) => (isPost(call) && (posts += 1) < 4 ? refusal(409, "idempotency_conflict") : undefined);
    assert.equal((await ends((await world.open()).resume({ idempotencyKey: "k" }))).value.status, "succeeded");
    assert.equal(posts, 4);
  });
});

describe("two at once", () => {
  const deliver = (client) => client.resume({ idempotencyKey: "k" });
  for (const [what, first, second] of [
    ["resume one entry", deliver, deliver],
    ["generate with one known key", ...Array(2).fill((client) => client.generate(REQUEST, { idempotencyKey: "k" }))],
    ["resume and create", deliver, (client) => client.generations.create(REQUEST, { idempotencyKey: "k" })],
  ]) {
    for (const clients of [1, 2]) {
      test(`that ${what} send one submission and both get it, ${clients === 1 ? "of one client" : "of two clients"}`, async () => {
        const world = await left("unsubmitted");
        const one = await world.open();
        const other = clients === 1 ? one : await world.open();
        const { value, error } = await ends(Promise.all([first(one), second(other)]));
        assert.equal(error, undefined, error?.stack);
        assert.deepEqual(
          value.map(({ id }) => id),
          ["task_fake_1", "task_fake_1"],
        );
        assert.equal(world.posts.length, 1);
      });
    }
  }

  test("that_generate_with_one_new_key_send_one_submission_and_all_get_it", async () => {
    const world = createWorld();
    const client = await world.open();
    const { value } = await ends(Promise.all([1, 2, 3].map(() => client.generate(REQUEST, { idempotencyKey: "k" }))));
    assert.deepEqual(
      value.map(({ id }) => id),
      Array(3).fill("task_fake_1"),
    );
    assert.equal(world.posts.length, 1);
  });

  test("with_one_new_key_for_two_requests_are_one_submission_and_one_conflict", async () => {
    const world = createWorld();
    const client = await world.open();
    const calls = [REQUEST, { ...REQUEST, prompt: "other" }].map((request) =>
      client.generate(request, { idempotencyKey: "k" }),
    );
    const [one, other] = (await ends(Promise.allSettled(calls))).value;
    assert.equal(one.value.status, "succeeded");
    assert.deepEqual([other.reason.code, other.reason.attempts], ["idempotency_conflict", 0]);
    assert.deepEqual(
      world.posts.map(({ body }) => JSON.parse(body).prompt),
      ["a hill"],
    );
    assert.deepEqual(
      world.store.entries().map(({ prompt }) => prompt),
      ["a hill"],
    );
  });

  test("of_which_the_first_is_refused_are_two_submissions_one_after_the_other", async () => {
    const world = createWorld((call) =>
      isPost(call) && call.number === 0 ? refusal(402, "insufficient_credits") : undefined,
    );
    const client = await world.open();
    const calls = [1, 2].map(() => client.generate(REQUEST, { idempotencyKey: "k" }));
    const [one, other] = (await ends(Promise.allSettled(calls))).value;
    assert.deepEqual([one.reason.code, other.value.status], ["insufficient_credits", "succeeded"]);
    assert.equal(world.posts.length, 2);
  });

  test("whose_keys_look_like_each_others_places_do_not_wait_for_each_other", async () => {
    const world = createWorld((call) => (isPost(call) && call.body.includes("slow") ? "hang" : undefined));
    const client = await world.open();
    const slow = client.generate({ ...REQUEST, prompt: "slow" }, { idempotencyKey: "k" });
    slow.catch(() => {});
    for (const key of ["k/submission", "submission/k", "__proto__", "constructor"]) {
      assert.equal((await ends(client.generate(REQUEST, { idempotencyKey: key }))).value.status, "succeeded", key);
    }
    assert.deepEqual(
      (await ends(client.pending())).value.map(({ idempotencyKey }) => idempotencyKey),
      ["k"],
    );
    await ends(slow.catch(() => {}));
  });
});

describe("pending", () => {
  test("tells_all_of_each_oldest_first", async () => {
    let id = 0;
    const world = createWorld((call) => (isPost(call) ? ofId(`task_${(id += 1)}`) : running(call)));
    const client = await world.open();
    const waits = ["z-last", "a-first"].map((key) =>
      client.generate({ ...REQUEST, prompt: key }, { idempotencyKey: key, waitTimeoutMs: 60_000 }),
    );
    waits.forEach((wait) => wait.catch(() => {}));
    await clock.settle();
    await ends(clock.sleep(1_000));
    await ends(client.generate({ model: "model-of-tomorrow" }, { idempotencyKey: "third", waitTimeoutMs: 1 }));
    const { value } = await ends(client.pending());
    assert.deepEqual(
      value.map(({ idempotencyKey, active, state }) => [idempotencyKey, active, state]),
      [
        ["z-last", true, "running"],
        ["a-first", true, "running"],
        ["third", false, "running"],
      ],
    );
    const [first, , third] = value;
    assert.deepEqual(Object.keys(first).sort(), [
      "active",
      "generationId",
      "idempotencyKey",
      "model",
      "prompt",
      "safeUntil",
      "startedAt",
      "state",
    ]);
    assert.deepEqual([first.generationId, first.model, first.prompt], ["task_1", "z-image", "z-last"]);
    assert.ok(!("prompt" in third), "a request without a prompt has none");
    assert.equal(first.startedAt, new Date(first.startedAt).toISOString());
    assert.equal(Date.parse(first.safeUntil) - Date.parse(first.startedAt), DAY_MS);
    await ends(Promise.allSettled(waits));
    assert.deepEqual(
      (await ends(client.pending())).value.map(({ active }) => active),
      [false, false, false],
    );
  });

  test("does_not_know_the_id_of_what_was_never_answered", async () => {
    const world = await left("unsubmitted");
    const [{ generationId, state, active }] = (await ends((await world.open()).pending())).value;
    assert.deepEqual([generationId, state, active], [null, "unsubmitted", false]);
  });
});

describe("delivery by id", () => {
  const WAYS = {
    wait: (client) => client.generations.wait("task_fake_1"),
    async watch(client) {
      let last;
      for await (const each of client.generations.watch("task_fake_1")) last = each;
      return last;
    },
  };
  for (const [what, deliver] of Object.entries(WAYS)) {
    test(`by_${what}_is_delivery`, async () => {
      const world = await left("running");
      const client = await world.open();
      assert.equal((await ends(deliver(client))).value.status, "succeeded");
      assert.deepEqual((await ends(client.pending())).value, []);
      await clock.settle();
      assert.deepEqual(
        world.store.entries().map(({ state, deliveredMs }) => [state, typeof deliveredMs]),
        [["succeeded", "number"]],
      );
    });
    test(`of_a_failure_by_${what}_takes_the_entry_away`, async () => {
      const world = await left("running");
      world.turn.behave = () => ({ json: generation("failed") });
      await ends(deliver(await world.open()));
      await clock.settle();
      assert.deepEqual(world.store.entries(), []);
    });
    test(`by_${what}_of_what_the_api_knows_no_more_makes_it_lost`, async () => {
      const world = await left("running");
      world.turn.behave = () => refusal(404, "not_found");
      assert.equal((await ends(deliver(await world.open()))).error.code, "not_found");
      assert.deepEqual(
        world.store.entries().map(({ state }) => state),
        ["lost"],
      );
    });
    test(`by_${what}_of_another_id_is_none_of_this_one`, async () => {
      const world = createWorld(undefined);
      world.turn.behave = (call) =>
        isPost(call)
          ? ofId("another")
          : call.path === "/generations/another"
            ? ofId("another", "processing")
            : undefined;
      const client = await world.open();
      await ends(client.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 1 }));
      await ends(deliver(client));
      assert.deepEqual(
        (await ends(client.pending())).value.map(({ generationId }) => generationId),
        ["another"],
      );
    });
  }

  test("is_not_a_result_that_its_caller_did_not_live_to_see", async () => {
    // Aborted while the journal is being told of the end, or before it: the promise was rejected, so nothing was
    // delivered.
    for (const state of ["running", "succeeded"]) {
      const controller = new AbortController();
      const reason = new Error("closed");
      const store = createStore((what, _key, value) => {
        if (what === "set" && JSON.parse(value).state === state) controller.abort(reason);
      });
      const world = createWorld(undefined, { store });
      const { value, error } = await ends(
        (await world.open()).generate(REQUEST, { idempotencyKey: "k", signal: controller.signal }),
      );
      await clock.settle();
      const delivered = (await ends((await world.open()).pending())).value.length === 0;
      assert.equal(delivered, error === undefined, `aborted at ${state}: ${error ?? value.status}`);
    }
  });

  test("of_an_id_to_an_aborted_create_is_none", async () => {
    const controller = new AbortController();
    const reason = new Error("closed");
    const store = createStore((what, _key, value) => {
      if (what === "set" && JSON.parse(value).state === "running") controller.abort(reason);
    });
    const world = createWorld(undefined, { store });
    const { error } = await ends((await world.open()).generations.create(REQUEST, { signal: controller.signal }));
    assert.equal(error, reason);
    await clock.settle();
    assert.deepEqual(
      (await ends((await world.open()).pending())).value.map(({ generationId }) => generationId),
      ["task_fake_1"],
    );
  });
});

describe("forget", () => {
  for (const [what, which] of [
    ["its key", () => ({ idempotencyKey: "k" })],
    ["what pending tells", async (client) => (await ends(client.pending())).value[0]],
  ]) {
    test(`takes_it_off_the_list_by ${what} and sends nothing`, async () => {
      const world = await left("running");
      const client = await world.open();
      assert.equal((await ends(client.forget(await which(client)))).value, undefined);
      assert.deepEqual((await ends(client.pending())).value, []);
      assert.deepEqual([world.store.entries(), world.paths()], [[], []]);
    });
  }
  test("of_what_is_under_way_lets_it_run_and_it_does_not_come_back", async () => {
    const world = createWorld(running);
    const client = await world.open();
    const call = client.generate(REQUEST, { idempotencyKey: "k" });
    await clock.settle();
    await ends(client.forget({ idempotencyKey: "k" }));
    world.turn.behave = undefined;
    assert.equal((await ends(call)).value.status, "succeeded");
    await clock.settle();
    assert.deepEqual(world.store.entries(), []);
  });
  test("of_an_unknown_key_is_no_error", async () => {
    const world = createWorld();
    assert.equal((await ends((await world.open()).forget({ idempotencyKey: "unknown" }))).error, undefined);
  });
});

describe("a page that is closed", () => {
  test("while_it_uploads_leaves_nothing_and_has_paid_nothing", async () => {
    const world = createWorld(({ path }) => (path === "/files" ? "hang" : undefined));
    const client = await world.open();
    await abortedWhen(
      () => world.api.calls.length > 0,
      (signal) => client.generate(edit(photo()), { idempotencyKey: "k", signal }),
    );
    assert.deepEqual([world.store.entries(), world.posts], [[], []]);
  });
});
