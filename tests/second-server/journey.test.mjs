/**
 * Whole journeys of the client against the second server (`server.py`): what client and emulator misread alike fails
 * here. The server's ledger, not the client's own word, tells what was sent.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { noisePng, smallJpeg } from "../support/pictures.mjs";
import { SECOND_SERVER_KEY } from "../support/second-server.mjs";
import { bodyOf, refused, secondServer, sha256 } from "./harness.mjs";

// nano-banana-2's page: images of at most 30 MB.
const MAX_IMAGE_BYTES = 30_000_000;

describe("journeys against the second server", () => {
  const api = secondServer();

  test("a_prompt_and_two_photos_make_a_picture_and_every_byte_of_the_photos_arrives", async () => {
    await api.server.set({ polls: 2 });
    const photo = noisePng({ maxBytes: MAX_IMAGE_BYTES });
    const small = smallJpeg();
    const phases = [];
    const generation = await api.client.generate(
      {
        model: "nano-banana-2",
        prompt: "Beide Fotos als Aquarell, 光 \u{1F3A8}",
        params: { aspect_ratio: "3:2", resolution: "2K", google_search: false },
        references: [
          new File([photo], "photo one.png", { type: "image/png" }),
          new Blob([small], { type: "image/jpeg" }),
        ],
        client_request_id: "journey-1",
      },
      { onProgress: (progress) => phases.push(progress.phase) },
    );

    const { uploads, tasks, charges, credits } = await api.server.state();
    assert.equal(uploads.length, 2);
    const forms = uploads.toSorted((a, b) => b.parts.at(-1).size - a.parts.at(-1).size).map(({ parts }) => parts);
    for (const parts of forms) {
      assert.deepEqual(
        parts.map(({ name }) => name).filter((name) => name !== "client_request_id"),
        ["kind", "model", "file"],
        "field order",
      );
      assert.deepEqual(
        parts.slice(0, 2).map(({ value }) => value),
        ["image", "nano-banana-2"],
      );
    }
    const [large, little] = forms.map((parts) => parts.at(-1));
    assert.deepEqual(
      [large.file_name, large.content_type, large.size, large.sha256],
      ["photo one.png", "image/png", photo.length, sha256(photo)],
    );
    assert.deepEqual([little.content_type, little.size, little.sha256], ["image/jpeg", small.length, sha256(small)]);
    assert.ok(little.file_name, "a Blob without a name gets one");

    const [submission, ...others] = await api.submissions();
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
    const fileRequests = await api.requests("POST", "/files");
    assert.equal(fileRequests.length, 2);
    const urlsBySize = await Promise.all(
      [photo, small].map(async (bytes) => {
        const files = await Promise.all(["file_second_1", "file_second_2"].map((id) => api.client.files.retrieve(id)));
        return files.find((file) => file.size === bytes.length).url;
      }),
    );
    assert.deepEqual(
      items.map(({ url, kind }) => ({ url, kind })),
      urlsBySize.map((url) => ({ url, kind: "image" })),
      "in the order given",
    );

    assert.deepEqual(generation, tasks[generation.id].task, "the generation is what the server sent");
    assert.equal(generation.status, "succeeded");
    assert.equal(charges.length, 1);
    assert.equal(credits, 95);
    assert.ok(phases.indexOf("submitting") < phases.indexOf("processing"), phases.join());
    assert.ok(phases.includes("submitting"), phases.join());
  });

  test("every_post_says_who_sends_it_and_a_submission_carries_a_key_of_printable_ascii", async () => {
    await api.client.files.upload(new Blob([smallJpeg()]));
    await api.client.generations.create({ model: "z-image", prompt: "a hill" });
    await api.client.generations.create({ model: "z-image", prompt: "a hill" }, { idempotencyKey: "order 4711/a" });
    const posts = (await api.server.state()).requests.filter(({ method }) => method === "POST");
    assert.equal(posts.length, 3);
    for (const { headers } of posts) {
      assert.equal(headers.authorization, `Bearer ${SECOND_SERVER_KEY}`);
      assert.match(headers["x-rivya-client"], /\d+\.\d+\.\d+/);
    }
    assert.match(posts[0].headers["content-type"], /^multipart\/form-data; ?boundary=/);
    assert.equal(posts[1].headers["content-type"], "application/json");
    assert.match(posts[1].headers["idempotency-key"], /^[\x21-\x7e]{16,128}$/);
    assert.equal(posts[2].headers["idempotency-key"], "order 4711/a");
    assert.deepEqual(
      JSON.parse(bodyOf(posts[1])),
      { model: "z-image", prompt: "a hill" },
      "nothing that was not asked for",
    );
  });

  test("answers_reach_the_caller_as_the_server_sent_them", async () => {
    assert.deepEqual(await api.client.credits.retrieve(), { current_credits: 100 });
    const models = await api.client.models.list();
    assert.equal(models.object, "list");
    assert.deepEqual(
      models.data.map(({ id, base_credits }) => [id, base_credits]),
      [
        ["z-image", 1],
        ["nano-banana-2", 5],
      ],
    );
    assert.equal(models.data[0].chat_capabilities, null);

    const uploaded = await api.client.files.upload(new File([smallJpeg()], "a.jpg"), {
      model: "nano-banana-2",
      client_request_id: "trace-1",
    });
    const read = await api.client.files.retrieve(uploaded.id);
    assert.deepEqual({ ...read, removed: uploaded.removed }, { ...uploaded, removed: uploaded.removed });
    const [{ parts }] = (await api.server.state()).uploads;
    assert.deepEqual(
      parts.map(({ name, value }) => [name, value]),
      [
        ["kind", "image"],
        ["model", "nano-banana-2"],
        ["client_request_id", "trace-1"],
        ["file", undefined],
      ],
    );
    assert.equal(parts[3].content_type, "image/jpeg", "typed by its first bytes");

    const created = await api.client.generations.create({
      model: "z-image",
      prompt: "a hill",
      params: { aspect_ratio: "16:9" },
    });
    assert.equal(created.status, "queued");
    const seen = await api.client.generations.retrieve(created.id);
    assert.deepEqual(seen, (await api.server.state()).tasks[created.id].task);
  });

  test("a_key_less_client_may_list_models_and_is_told_what_else_needs_a_key", async () => {
    const anonymous = await createClient({ baseUrl: api.server.baseUrl });
    assert.equal((await anonymous.models.list()).data.length, 2);
    await refused(anonymous.credits.retrieve(), {
      code: "api_key_missing",
      status: 401,
      attempts: 1,
      retryable: false,
    });
    anonymous.free();
  });

  test("watch_yields_each_new_state_and_the_end_last", async () => {
    await api.server.set({ polls: 2 });
    const { id } = await api.client.generations.create({ model: "z-image", prompt: "a hill" });
    const states = [];
    for await (const generation of api.client.generations.watch(id)) states.push(generation.status);
    assert.deepEqual(states, ["processing", "succeeded"]);
  });

  test("a_failed_task_rejects_with_its_code_and_the_generation_with_or_without_an_error_object", async () => {
    for (const outcome of ["failed", "failed_without_error"]) {
      await api.server.set({ outcome });
      const error = await refused(api.client.generate({ model: "z-image", prompt: "a hill" }), {
        code: "generation_failed",
        retryable: false,
      });
      assert.equal(error.generation.status, "failed");
    }
    assert.equal((await api.server.state()).credits, 100);
  });

  test("no_poll_comes_sooner_than_two_seconds_after_the_submission_or_the_poll_before", async () => {
    await api.server.set({ polls: 2 });
    await api.client.generate({ model: "z-image", prompt: "a hill" });
    const times = (await api.server.state()).requests.map(({ at_ms }) => at_ms);
    assert.equal(times.length, 3);
    assert.ok(times[1] - times[0] >= 2_000 && times[2] - times[1] >= 2_000, times.join());
  });

  describe("results", () => {
    test("download_brings_every_byte_and_shows_the_key_to_nobody", async () => {
      const own = await createClient({ ...api.server.options, headers: { "X-Session": "secret-of-the-proxy" } });
      const generation = await own.generate({ model: "z-image", prompt: "a hill" });
      const blobs = await own.download(generation);
      const expected = await Promise.all(
        generation.result.urls.map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())),
      );
      assert.deepEqual(await Promise.all(blobs.map(async (blob) => Buffer.from(await blob.arrayBuffer()))), expected);
      assert.ok(blobs.every((blob) => blob instanceof Blob && blob.type === "image/png"));
      const { media, requests: calls } = await api.server.state();
      for (const { headers } of media) {
        const text = JSON.stringify(headers);
        assert.ok(!text.includes("rvya_sk_") && !text.includes("secret-of-the-proxy"), text);
      }
      assert.ok(
        calls.length >= 2 && calls.every(({ headers }) => headers["x-session"] === "secret-of-the-proxy"),
        "headers go with every API call",
      );
      own.free();
    });

    test("a_result_that_is_gone_is_an_error_with_its_status", async () => {
      const generation = {
        id: "x",
        status: "succeeded",
        result: { primary_url: `${api.server.origin}/media/gone`, urls: [`${api.server.origin}/media/gone`] },
      };
      await refused(api.client.download(generation), { status: 404 });
    });
  });
});
