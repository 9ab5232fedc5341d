/** Answers lost, delayed and cut off: a submission is repeated only with its own key and bytes, and paid once. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { noisePng, smallJpeg } from "../support/pictures.mjs";
import { until } from "../support/until.mjs";
import { refused, secondServer, sha256 } from "./harness.mjs";

describe("faults on the way to the second server", () => {
  const api = secondServer();

  /** All submissions were one and the same, as often as told, and one was paid. */
  async function assertOnePaidSubmission(attempts) {
    const sent = await api.submissions();
    assert.equal(sent.length, attempts);
    assert.equal(new Set(sent.map(({ headers }) => headers["idempotency-key"])).size, 1, "the same key");
    assert.equal(new Set(sent.map(({ sha256: digest }) => digest)).size, 1, "the same bytes");
    assert.equal((await api.server.state()).charges.length, 1, "charged once");
    return sent;
  }

  for (const kind of ["drop_before", "drop_after", "truncate"]) {
    test(`a_submission_met_by_${kind}_is_repeated_with_its_own_key_and_bytes_and_paid_once`, async () => {
      await api.server.faults([{ method: "POST", path: "/generations", kind, times: 2 }]);
      const created = await api.client.generations.create({ model: "z-image", prompt: "a hill" });
      assert.equal(created.id, "task_second_1");
      await assertOnePaidSubmission(3);
    });
  }

  test("a_success_without_json_to_a_submission_is_asked_for_again_and_paid_once", async () => {
    await api.server.faults([
      { method: "POST", path: "/generations", kind: "answer", status: 200, body: "<p>hello</p>" },
    ]);
    assert.equal((await api.client.generate({ model: "z-image", prompt: "a hill" })).status, "succeeded");
    await assertOnePaidSubmission(2);
  });

  for (const [status, code] of [
    [503, "public_api_disabled"],
    [429, "rate_limited"],
  ]) {
    test(`retry_after_is_obeyed_after_a_${status}`, async () => {
      const body = { error: { code, message: "Later.", requestId: "req_x" } };
      await api.server.faults([
        { method: "POST", path: "/generations", kind: "status", status, body, headers: { "Retry-After": "2" } },
      ]);
      await api.client.generations.create({ model: "z-image", prompt: "a hill" });
      const [first, second] = await assertOnePaidSubmission(2);
      const waited = second.at_ms - first.at_ms;
      assert.ok(waited >= 2_000 && waited < 5_000, `${waited} ms`);
    });
  }

  test("a_longer_retry_after_than_a_minute_ends_the_call_at_once_and_says_how_long", async () => {
    const body = { error: { code: "rate_limited", message: "Later.", requestId: "req_x" } };
    await api.server.faults([
      { method: "GET", path: "/credits", kind: "status", status: 429, body, headers: { "Retry-After": "3600" } },
    ]);
    const own = await createClient(api.server.options);
    await refused(own.credits.retrieve(), {
      code: "rate_limited",
      status: 429,
      retryAfterMs: 3_600_000,
      attempts: 1,
      retryable: true,
    });
    own.free();
  });

  test("when_no_answer_ever_comes_the_error_says_that_it_may_have_been_charged_and_by_which_key", async () => {
    const own = await createClient({ ...api.server.options, maxRetries: 1 });
    await api.server.faults([{ method: "POST", path: "/generations", kind: "drop_after", times: 9 }]);
    const error = await refused(own.generations.create({ model: "z-image", prompt: "a hill" }), {
      code: "network_error",
      status: null,
      // The same call again would draw a fresh key, and might pay a second time.
      retryable: false,
      attempts: 2,
      mayHaveBeenCharged: true,
    });
    const [sent] = await assertOnePaidSubmission(2);
    assert.equal(error.idempotencyKey, sent.headers["idempotency-key"]);
    own.free();
  });

  test("with_a_key_of_the_callers_the_same_call_may_be_made_again_after_a_lost_answer", async () => {
    const own = await createClient({ ...api.server.options, maxRetries: 0 });
    await api.server.faults([{ method: "POST", path: "/generations", kind: "drop_after", times: 1 }]);
    const create = () => own.generations.create({ model: "z-image", prompt: "a hill" }, { idempotencyKey: "order-7" });
    await refused(create(), { code: "network_error", retryable: true, attempts: 1, mayHaveBeenCharged: true });
    await create();
    await assertOnePaidSubmission(2);
    own.free();
  });

  test("a_dropped_upload_is_sent_again_whole", async () => {
    const photo = noisePng({ maxBytes: 200_000 });
    await api.server.faults([{ method: "POST", path: "/files", kind: "drop_after" }]);
    await api.client.files.upload(new Blob([photo]), { model: "nano-banana-2" });
    const digests = (await api.server.state()).uploads.map(({ parts }) => parts.at(-1).sha256);
    assert.deepEqual(digests, [sha256(photo), sha256(photo)]);
  });

  test("an_upload_that_the_server_refuses_ends_generate_before_anything_is_paid", async () => {
    const body = { error: { code: "validation_failed", message: "No such pictures.", requestId: "req_x" } };
    await api.server.faults([{ method: "POST", path: "/files", kind: "status", status: 400, body, times: 2 }]);
    const references = [new Blob([smallJpeg()]), new Blob([noisePng({ maxBytes: 5_000 })])];
    await refused(api.client.generate({ model: "nano-banana-2", prompt: "both", references }), {
      code: "validation_failed",
      status: 400,
    });
    assert.equal((await api.submissions()).length, 0);
  });

  test("polls_that_fail_do_not_end_a_wait", async () => {
    const { id } = await api.client.generations.create({ model: "z-image", prompt: "a hill" });
    await api.server.faults([
      { method: "GET", path: `/${id}`, kind: "drop_before", times: 2 },
      { method: "GET", path: `/${id}`, kind: "status", status: 500, body: "oh", times: 1 },
    ]);
    assert.equal((await api.client.generations.wait(id)).status, "succeeded");
  });

  test("a_call_without_an_answer_times_out_and_an_abort_rejects_with_its_own_reason_at_once", async () => {
    await api.server.faults([{ method: "GET", path: "/credits", kind: "hang", times: 9 }]);
    const own = await createClient({ ...api.server.options, maxRetries: 0 });
    await refused(own.credits.retrieve({ timeoutMs: 300 }), {
      code: "timeout",
      status: null,
      attempts: 1,
      retryable: true,
    });

    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const call = own.credits.retrieve({ signal: controller.signal });
    const outcome = call.then(
      () => assert.fail("resolved"),
      (error) => [error, performance.now()],
    );
    await until(async () => (await api.server.state()).requests.length === 2, { what: "the server has got it" });
    const abortedAt = performance.now();
    controller.abort(reason);
    const [error, endedAt] = await outcome;
    assert.equal(error, reason);
    assert.ok(endedAt - abortedAt < 50, `${endedAt - abortedAt} ms`);
    own.free();
  });
});
