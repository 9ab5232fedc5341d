/**
 * Whole journeys of the client against the second server (`server.py`): what client and emulator misread alike fails here.
 * The server's ledger, not the client's own word, tells what was sent.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { createClient, RivyaError } from "rivya-wasm";
import { noisePng, smallJpeg } from "../support/pictures.mjs";
import { SECOND_SERVER_KEY, startSecondServer } from "../support/second-server.mjs";

// nano-banana-2's page: images of at most 30 MB.
const MAX_IMAGE_BYTES = 30_000_000;
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const bodyOf = (request) => Buffer.from(request.body_base64, "base64").toString("utf8");

describe("against the second server", () => {
  let server;
  let client;

  before(async () => {
    server = await startSecondServer();
    client = await createClient(server.options);
  });
  beforeEach(() => server.reset());
  after(async () => {
    client?.free();
    await server?.stop();
  });

  const requests = async (method, path) =>
    (await server.state()).requests.filter((request) => request.method === method && request.path === `/api/v1${path}`);
  const submissions = () => requests("POST", "/generations");

  /** Rejects, and answers the `RivyaError` it rejected with. */
  async function refused(promise, expected) {
    const error = await promise.then(
      (value) => assert.fail(`resolved with ${JSON.stringify(value)}`),
      (reason) => reason,
    );
    assert.ok(error instanceof RivyaError, `not a RivyaError: ${error?.stack ?? error}`);
    assert.equal(error.name, "RivyaError");
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, error[key]])), expected, error.message);
    assert.ok(!error.message.includes(SECOND_SERVER_KEY) && !String(error.stack).includes(SECOND_SERVER_KEY), "the key is in the error");
    return error;
  }

  test("a_prompt_and_two_photos_make_a_picture_and_every_byte_of_the_photos_arrives", async () => {
    await server.set({ looks: 2 });
    const photo = noisePng({ maxBytes: MAX_IMAGE_BYTES });
    const small = smallJpeg();
    const phases = [];
    const generation = await client.generate(
      {
        model: "nano-banana-2",
        prompt: "Beide Fotos als Aquarell, 光 \u{1F3A8}",
        params: { aspect_ratio: "3:2", resolution: "2K", google_search: false },
        references: [new File([photo], "photo one.png", { type: "image/png" }), new Blob([small], { type: "image/jpeg" })],
        client_request_id: "journey-1",
      },
      { onProgress: (progress) => phases.push(progress.phase) },
    );

    const { uploads, tasks, charges, credits } = await server.state();
    assert.equal(uploads.length, 2);
    const forms = uploads.toSorted((a, b) => b.parts.at(-1).size - a.parts.at(-1).size).map(({ parts }) => parts);
    for (const parts of forms) {
      assert.deepEqual(
        parts.map(({ name }) => name).filter((name) => name !== "client_request_id"),
        ["kind", "model", "file"],
        "field order",
      );
      assert.deepEqual(parts.slice(0, 2).map(({ value }) => value), ["image", "nano-banana-2"]);
    }
    const [large, little] = forms.map((parts) => parts.at(-1));
    assert.deepEqual(
      [large.file_name, large.content_type, large.size, large.sha256],
      ["photo one.png", "image/png", photo.length, sha256(photo)],
    );
    assert.deepEqual([little.content_type, little.size, little.sha256], ["image/jpeg", small.length, sha256(small)]);
    assert.ok(little.file_name, "a Blob without a name gets one");

    const [submission, ...others] = await submissions();
    assert.equal(others.length, 0, "submitted once");
    const body = JSON.parse(bodyOf(submission));
    const items = body.params.referenceMediaItems;
    delete body.params.referenceMediaItems;
    assert.deepEqual(body, {
      model: "nano-banana-2",
      prompt: "Beide Fotos als Aquarell, 光 \u{1F3A8}",
      params: { aspect_ratio: "3:2", resolution: "2K", google_search: "false" },
      client_request_id: "journey-1",
    });
    const fileRequests = await requests("POST", "/files");
    assert.equal(fileRequests.length, 2);
    const urlsBySize = await Promise.all(
      [photo, small].map(async (bytes) => {
        const files = await Promise.all(["file_second_1", "file_second_2"].map((id) => client.files.retrieve(id)));
        return files.find((file) => file.size === bytes.length).url;
      }),
    );
    assert.deepEqual(items.map(({ url, kind }) => ({ url, kind })), urlsBySize.map((url) => ({ url, kind: "image" })), "in the order given");

    assert.deepEqual(generation, tasks[generation.id].task, "the generation is what the server sent");
    assert.equal(generation.status, "succeeded");
    assert.equal(charges.length, 1);
    assert.equal(credits, 95);
    assert.ok(phases.indexOf("submitting") < phases.indexOf("processing"), phases.join());
    assert.ok(phases.includes("submitting"), phases.join());
  });

  test("every_post_says_who_sends_it_and_a_submission_carries_a_key_of_printable_ascii", async () => {
    await client.files.upload(new Blob([smallJpeg()]));
    await client.generations.create({ model: "z-image", prompt: "a hill" });
    await client.generations.create({ model: "z-image", prompt: "a hill" }, { idempotencyKey: "order 4711/a" });
    const posts = (await server.state()).requests.filter(({ method }) => method === "POST");
    assert.equal(posts.length, 3);
    for (const { headers } of posts) {
      assert.equal(headers.authorization, `Bearer ${SECOND_SERVER_KEY}`);
      assert.match(headers["x-rivya-client"], /\d+\.\d+\.\d+/);
    }
    assert.match(posts[0].headers["content-type"], /^multipart\/form-data; ?boundary=/);
    assert.equal(posts[1].headers["content-type"], "application/json");
    assert.match(posts[1].headers["idempotency-key"], /^[\x21-\x7e]{16,128}$/);
    assert.equal(posts[2].headers["idempotency-key"], "order 4711/a");
    assert.deepEqual(JSON.parse(bodyOf(posts[1])), { model: "z-image", prompt: "a hill" }, "nothing that was not asked for");
  });

  test("answers_reach_the_caller_as_the_server_sent_them", async () => {
    assert.deepEqual(await client.credits.retrieve(), { current_credits: 100 });
    const models = await client.models.list();
    assert.equal(models.object, "list");
    assert.deepEqual(models.data.map(({ id, base_credits }) => [id, base_credits]), [["z-image", 1], ["nano-banana-2", 5]]);
    assert.equal(models.data[0].chat_capabilities, null);

    const uploaded = await client.files.upload(new File([smallJpeg()], "a.jpg"), { model: "nano-banana-2", client_request_id: "trace-1" });
    const read = await client.files.retrieve(uploaded.id);
    assert.deepEqual({ ...read, removed: uploaded.removed }, { ...uploaded, removed: uploaded.removed });
    const [{ parts }] = (await server.state()).uploads;
    assert.deepEqual(parts.map(({ name, value }) => [name, value]), [
      ["kind", "image"],
      ["model", "nano-banana-2"],
      ["client_request_id", "trace-1"],
      ["file", undefined],
    ]);
    assert.equal(parts[3].content_type, "image/jpeg", "typed by its first bytes");

    const created = await client.generations.create({ model: "z-image", prompt: "a hill", params: { aspect_ratio: "16:9" } });
    assert.equal(created.status, "queued");
    const seen = await client.generations.retrieve(created.id);
    assert.deepEqual(seen, (await server.state()).tasks[created.id].task);
  });

  test("a_key_less_client_may_list_models_and_is_told_what_else_needs_a_key", async () => {
    const anonymous = await createClient({ baseUrl: server.baseUrl });
    assert.equal((await anonymous.models.list()).data.length, 2);
    await refused(anonymous.credits.retrieve(), { code: "api_key_missing", status: 401, attempts: 1, retryable: false });
    anonymous.free();
  });

  test("watch_yields_each_new_state_and_the_end_last", async () => {
    await server.set({ looks: 2 });
    const { id } = await client.generations.create({ model: "z-image", prompt: "a hill" });
    const states = [];
    for await (const generation of client.generations.watch(id)) states.push(generation.status);
    assert.deepEqual(states, ["processing", "succeeded"]);
  });

  test("a_failed_task_rejects_with_its_code_and_the_generation_with_or_without_an_error_object", async () => {
    for (const outcome of ["failed", "failed_without_error"]) {
      await server.set({ outcome });
      const error = await refused(client.generate({ model: "z-image", prompt: "a hill" }), { code: "generation_failed", retryable: false });
      assert.equal(error.generation.status, "failed");
    }
    assert.equal((await server.state()).credits, 100);
  });

  test("no_look_comes_sooner_than_two_seconds_after_the_submission_or_the_look_before", async () => {
    await server.set({ looks: 2 });
    await client.generate({ model: "z-image", prompt: "a hill" });
    const times = (await server.state()).requests.map(({ at_ms }) => at_ms);
    assert.equal(times.length, 3);
    assert.ok(times[1] - times[0] >= 2_000 && times[2] - times[1] >= 2_000, times.join());
  });

  describe("errors", () => {
    const envelope = (code, message = `About ${code}.`) => ({ error: { code, message, requestId: `req_${code}` } });

    test("each_documented_envelope_becomes_an_error_with_its_code_status_and_request_id_and_is_sent_once", async () => {
      const documented = [
        [400, "validation_failed"],
        [401, "api_key_missing"],
        [401, "api_key_invalid"],
        [401, "api_key_revoked"],
        [401, "api_key_expired"],
        [402, "insufficient_credits"],
        [403, "api_scope_denied"],
        [404, "not_found"],
        [418, "a_code_of_tomorrow"],
      ];
      for (const [status, code] of documented) {
        await server.reset();
        await server.faults([{ method: "POST", path: "/generations", kind: "status", status, body: envelope(code) }]);
        const error = await refused(client.generations.create({ model: "z-image", prompt: "a hill" }), {
          code,
          status,
          requestId: `req_${code}`,
          retryable: false,
          attempts: 1,
          mayHaveBeenCharged: false,
        });
        assert.ok(error.message.includes(`About ${code}.`), error.message);
        assert.equal((await submissions()).length, 1, code);
      }
    });

    test("the_servers_own_refusals_arrive", async () => {
      await refused(client.generations.retrieve("task/../../credits?x=1#y"), { code: "not_found", status: 404 });
      const [look] = (await server.state()).requests;
      assert.equal(look.path, "/api/v1/generations/task/../../credits?x=1#y", "percent-encoded on the way, decoded by the server");

      await server.set({ credits: 4 });
      await refused(client.generate({ model: "nano-banana-2", prompt: "a hill" }), { code: "insufficient_credits", status: 402 });
      const lenient = await createClient({ ...server.options, validation: "off" });
      await refused(lenient.generations.create({ model: "no-such-model", prompt: "x" }), { code: "validation_failed", status: 400, attempts: 1 });
      lenient.free();
      const stranger = await createClient({ ...server.options, apiKey: "rvya_sk_other" });
      await refused(stranger.credits.retrieve(), { code: "api_key_invalid", status: 401 });
      stranger.free();
    });

    test("a_request_id_spelt_the_other_way_is_read_and_an_answer_without_envelope_still_makes_an_error", async () => {
      await server.faults([
        { method: "GET", path: "/credits", kind: "status", status: 403, body: { error: { code: "api_scope_denied", message: "No.", request_id: "req_snake" } } },
        { method: "GET", path: "/credits", kind: "status", status: 404, body: "<h1>Not here</h1>" },
      ]);
      await refused(client.credits.retrieve(), { code: "api_scope_denied", requestId: "req_snake" });
      await refused(client.credits.retrieve(), { status: 404, requestId: null, attempts: 1 });
    });

    test("a_success_that_is_no_json_is_an_invalid_response_with_its_status", async () => {
      const impatient = await createClient({ ...server.options, maxRetries: 0 });
      await server.faults([{ method: "GET", path: "/credits", kind: "answer", status: 200, body: "<!doctype html><title>Log in to the hotel</title>" }]);
      const error = await refused(impatient.credits.retrieve(), { code: "invalid_response", status: 200, attempts: 1 });
      assert.ok(error.message.includes("Log in to the hotel"), "its first characters are in the message");
      impatient.free();
    });

    test("a_redirect_is_neither_followed_nor_repeated", async () => {
      const headers = { Location: `${server.origin}/media/elsewhere` };
      await server.faults([{ method: "GET", path: "/credits", kind: "status", status: 302, body: "", headers, times: 9 }]);
      await refused(client.credits.retrieve(), { code: "invalid_response", attempts: 1 });
      const { media } = await server.state();
      assert.equal(media.length, 0);
    });
  });

  describe("what goes wrong on the way", () => {
    /** Both submissions are one and the same, and at most one was paid. */
    async function assertOnePaidSubmission(attempts) {
      const sent = await submissions();
      assert.equal(sent.length, attempts);
      assert.equal(new Set(sent.map(({ headers }) => headers["idempotency-key"])).size, 1, "the same key");
      assert.equal(new Set(sent.map(({ sha256: digest }) => digest)).size, 1, "the same bytes");
      assert.equal((await server.state()).charges.length, 1, "charged once");
      return sent;
    }

    for (const kind of ["drop_before", "drop_after", "truncate"]) {
      test(`a_submission_met_by_${kind}_is_repeated_with_its_own_key_and_bytes_and_paid_once`, async () => {
        await server.faults([{ method: "POST", path: "/generations", kind, times: 2 }]);
        const created = await client.generations.create({ model: "z-image", prompt: "a hill" });
        assert.equal(created.id, "task_second_1");
        await assertOnePaidSubmission(3);
      });
    }

    test("a_success_without_json_to_a_submission_is_asked_for_again_and_paid_once", async () => {
      await server.faults([{ method: "POST", path: "/generations", kind: "answer", status: 200, body: "<p>hello</p>" }]);
      assert.equal((await client.generate({ model: "z-image", prompt: "a hill" })).status, "succeeded");
      await assertOnePaidSubmission(2);
    });

    for (const [status, code] of [
      [503, "public_api_disabled"],
      [429, "rate_limited"],
    ]) {
      test(`retry_after_is_obeyed_after_a_${status}`, async () => {
        const body = { error: { code, message: "Later.", requestId: "req_x" } };
        await server.faults([{ method: "POST", path: "/generations", kind: "status", status, body, headers: { "Retry-After": "2" } }]);
        await client.generations.create({ model: "z-image", prompt: "a hill" });
        const [first, second] = await assertOnePaidSubmission(2);
        const waited = second.at_ms - first.at_ms;
        assert.ok(waited >= 2_000 && waited < 5_000, `${waited} ms`);
      });
    }

    test("a_longer_retry_after_than_a_minute_ends_the_call_at_once_and_says_how_long", async () => {
      const body = { error: { code: "rate_limited", message: "Later.", requestId: "req_x" } };
      await server.faults([{ method: "GET", path: "/credits", kind: "status", status: 429, body, headers: { "Retry-After": "3600" } }]);
      const own = await createClient(server.options);
      await refused(own.credits.retrieve(), { code: "rate_limited", status: 429, retryAfterMs: 3_600_000, attempts: 1, retryable: true });
      own.free();
    });

    test("when_no_answer_ever_comes_the_error_says_that_it_may_have_been_charged_and_by_which_key", async () => {
      const own = await createClient({ ...server.options, maxRetries: 1 });
      await server.faults([{ method: "POST", path: "/generations", kind: "drop_after", times: 9 }]);
      const error = await refused(own.generations.create({ model: "z-image", prompt: "a hill" }), {
        code: "network_error",
        status: null,
        retryable: true,
        attempts: 2,
        mayHaveBeenCharged: true,
      });
      const [sent] = await assertOnePaidSubmission(2);
      assert.equal(error.idempotencyKey, sent.headers["idempotency-key"]);
      own.free();
    });

    test("a_dropped_upload_is_sent_again_whole", async () => {
      const photo = noisePng({ maxBytes: 200_000 });
      await server.faults([{ method: "POST", path: "/files", kind: "drop_after" }]);
      await client.files.upload(new Blob([photo]), { model: "nano-banana-2" });
      const digests = (await server.state()).uploads.map(({ parts }) => parts.at(-1).sha256);
      assert.deepEqual(digests, [sha256(photo), sha256(photo)]);
    });

    test("an_upload_that_the_server_refuses_ends_generate_before_anything_is_paid", async () => {
      const body = { error: { code: "validation_failed", message: "No such pictures.", requestId: "req_x" } };
      await server.faults([{ method: "POST", path: "/files", kind: "status", status: 400, body, times: 2 }]);
      const references = [new Blob([smallJpeg()]), new Blob([noisePng({ maxBytes: 5_000 })])];
      await refused(client.generate({ model: "nano-banana-2", prompt: "both", references }), { code: "validation_failed", status: 400 });
      assert.equal((await submissions()).length, 0);
    });

    test("looks_that_fail_do_not_end_a_wait", async () => {
      const { id } = await client.generations.create({ model: "z-image", prompt: "a hill" });
      await server.faults([
        { method: "GET", path: `/${id}`, kind: "drop_before", times: 2 },
        { method: "GET", path: `/${id}`, kind: "status", status: 500, body: "oh", times: 1 },
      ]);
      assert.equal((await client.generations.wait(id)).status, "succeeded");
    });

    test("a_call_without_an_answer_times_out_and_an_abort_rejects_with_its_own_reason_at_once", async () => {
      await server.faults([{ method: "GET", path: "/credits", kind: "hang", times: 9 }]);
      const own = await createClient({ ...server.options, maxRetries: 0 });
      await refused(own.credits.retrieve({ timeoutMs: 300 }), { code: "timeout", status: null, attempts: 1, retryable: true });

      const controller = new AbortController();
      const reason = new Error("changed my mind");
      const call = own.credits.retrieve({ signal: controller.signal });
      const outcome = call.then(() => assert.fail("resolved"), (error) => [error, performance.now()]);
      await requestCount(2);
      const abortedAt = performance.now();
      controller.abort(reason);
      const [error, endedAt] = await outcome;
      assert.equal(error, reason);
      assert.ok(endedAt - abortedAt < 50, `${endedAt - abortedAt} ms`);
      own.free();
    });

    async function requestCount(count) {
      while ((await server.state()).requests.length < count) await new Promise(setImmediate);
    }
  });

  describe("results", () => {
    test("download_brings_every_byte_and_shows_the_key_to_nobody", async () => {
      const own = await createClient({ ...server.options, headers: { "X-Session": "secret-of-the-proxy" } });
      const generation = await own.generate({ model: "z-image", prompt: "a hill" });
      const blobs = await own.download(generation);
      const expected = await Promise.all(generation.result.urls.map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())));
      assert.deepEqual(await Promise.all(blobs.map(async (blob) => Buffer.from(await blob.arrayBuffer()))), expected);
      assert.ok(blobs.every((blob) => blob instanceof Blob && blob.type === "image/png"));
      const { media, requests: api } = await server.state();
      for (const { headers } of media) {
        const text = JSON.stringify(headers);
        assert.ok(!text.includes("rvya_sk_") && !text.includes("secret-of-the-proxy"), text);
      }
      assert.ok(api.length >= 2 && api.every(({ headers }) => headers["x-session"] === "secret-of-the-proxy"), "headers go with every API call");
      own.free();
    });

    test("a_result_that_is_gone_is_an_error_with_its_status", async () => {
      const generation = { id: "x", status: "succeeded", result: { primary_url: `${server.origin}/media/gone`, urls: [`${server.origin}/media/gone`] } };
      await refused(client.download(generation), { status: 404 });
    });
  });
});
