/**
 * A Blob that was uploaded is not uploaded again within the hour; who waits for one that is under way shares it, and
 * places go round between calls.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  answer,
  clock,
  connect,
  createFakeApi,
  failure,
  failureOf,
  generation,
  pass,
  picture,
  refuse,
  value,
} from "./harness.mjs";

const HOUR_MS = 3_600_000;
const REASON = new Error("the caller has left");
const MODEL = "nano-banana-2";
const editOf = (references, more) => ({ model: MODEL, prompt: "together", references, ...more });
const uploadsOf = (api) => api.calls.filter(({ path }) => path === "/files");

/** Answers uploads when it is told to. */
function gated({ token } = {}) {
  const uploads = [];
  const aborted = [];
  const fetch = async (url, { signal, body }) => {
    if (!url.endsWith("/files")) return answer(generation("succeeded"), 201);
    const upload = { number: uploads.length, model: body.get("model"), size: body.get("file").size };
    uploads.push(upload);
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => (aborted.push(upload.number), reject(signal.reason)), { once: true });
      upload.answer = (
        made = answer(
          { url: `https://cdn.invalid/${upload.number}`, kind: "image", ...(token && { duration_token: token }) },
          201,
        ),
      ) => resolve(made);
    });
  };
  return { uploads, aborted, fetch };
}

describe("the same Blob", () => {
  test("is_uploaded_once_within_an_hour_of_its_uploads_end_and_again_later", async () => {
    const api = createFakeApi();
    const client = await connect(api);
    const photo = picture();
    const first = await value(client.files.upload(photo, { model: MODEL }));
    await value(client.generate(editOf([photo, photo])));
    assert.deepEqual(await value(client.files.upload(photo, { model: MODEL })), first);
    assert.equal(uploadsOf(api).length, 1);
    await pass(HOUR_MS + 1);
    await value(client.generate(editOf([photo])));
    assert.equal(uploadsOf(api).length, 2);
  });

  for (const [what, one, other] of [
    ["another_model", {}, { model: "nano-banana-pro" }],
    ["its_metadata", {}, { keepMetadata: true }],
    ["fitting", {}, { fit: "limit" }],
    ["another_name", {}, { name: "x.png" }],
    ["another_trace_id", {}, { client_request_id: "x" }],
  ]) {
    test(`with_${what}_is_another_upload`, async () => {
      const api = createFakeApi();
      const client = await connect(api);
      const photo = picture();
      globalThis.OffscreenCanvas = globalThis.createImageBitmap = function none() {};
      try {
        await value(client.files.upload(photo, { model: MODEL, ...one }));
        await value(client.files.upload(photo, { model: MODEL, ...other }));
      } finally {
        delete globalThis.OffscreenCanvas;
        delete globalThis.createImageBitmap;
      }
      assert.equal(uploadsOf(api).length, 2);
    });
  }

  test("as_another_blob_of_the_same_bytes_or_of_another_client_is_another_upload", async () => {
    const api = createFakeApi();
    const photo = picture();
    const client = await connect(api);
    await value(client.files.upload(photo));
    await value(client.files.upload(new Blob([photo], { type: photo.type })));
    await value((await connect(api)).files.upload(photo));
    assert.equal(uploadsOf(api).length, 3);
  });

  test("whose_upload_failed_is_uploaded_anew", async () => {
    const api = createFakeApi(({ number }) =>
      number === 0 ? { status: 400, json: { error: { code: "validation_failed", message: "no" } } } : undefined,
    );
    const client = await connect(api);
    const photo = picture();
    await failureOf("validation_failed", client.files.upload(photo));
    assert.equal((await value(client.files.upload(photo))).kind, "image");
  });

  test("whose_upload_carries_a_duration_token_is_uploaded_each_time", async () => {
    const api = gated({ token: "token" });
    const client = await connect(api.fetch);
    const photo = picture();
    for (let number = 0; number < 2; number += 1) {
      const uploading = client.files.upload(photo);
      await clock.settle();
      api.uploads[number].answer();
      assert.equal((await value(uploading)).duration_token, "token");
    }
  });
});

describe("an upload under way", () => {
  test("is_shared_by_whoever_asks_for_the_same_and_lives_until_the_last_one_has_left", async () => {
    const api = gated();
    const client = await connect(api.fetch);
    const photo = picture();
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [first, second].map(({ signal }) => client.generate(editOf([photo]), { signal }));
    calls.forEach((call) => call.catch(() => {}));
    await clock.settle();
    assert.equal(api.uploads.length, 1);
    first.abort(REASON);
    assert.equal(await failure(calls[0]), REASON);
    assert.deepEqual(api.aborted, []);
    api.uploads[0].answer();
    assert.equal((await value(calls[1])).status, "succeeded");
  });

  test("is_given_up_when_all_have_left_and_begun_anew_by_the_next", async () => {
    const api = gated();
    const client = await connect(api.fetch);
    const photo = picture();
    const controller = new AbortController();
    const calls = [1, 2].map(() => client.generate(editOf([photo]), { signal: controller.signal }));
    calls.forEach((call) => call.catch(() => {}));
    await clock.settle();
    controller.abort(REASON);
    for (const call of calls) assert.equal(await failure(call), REASON);
    assert.deepEqual(api.aborted, [0]);
    const again = client.files.upload(photo, { model: MODEL });
    await clock.settle();
    api.uploads[1].answer();
    assert.equal((await value(again)).url, "https://cdn.invalid/1");
  });

  test("that_fails_fails_for_all_who_share_it_and_their_other_uploads_are_given_up", async () => {
    const api = gated();
    const client = await connect(api.fetch);
    const photo = picture();
    const calls = [1, 2].map(() => client.generate(editOf([photo, picture()])));
    calls.forEach((call) => call.catch(() => {}));
    await clock.settle();
    assert.equal(api.uploads.length, 3);
    api.uploads[0].answer(refuse(400, "validation_failed"));
    for (const call of calls) await failureOf("validation_failed", call);
    assert.deepEqual(api.aborted.toSorted(), [1, 2]);
  });
});

describe("places for uploads", () => {
  test("go_round_between_calls_so_that_one_with_many_files_does_not_keep_the_others_waiting", async () => {
    const api = gated();
    const client = await connect(api.fetch, { maxConcurrentUploads: 1 });
    const many = client.generate(editOf(Array.from({ length: 10 }, picture)));
    await clock.settle();
    // It begins when one of the ten is on its way and nine wait.
    const single = client.files.upload(new Blob([picture(), new Uint8Array(1)]), { keepMetadata: true });
    await clock.settle();
    const sizes = [];
    for (let number = 0; number < 11; number += 1) {
      await clock.settle();
      sizes.push(api.uploads[number].size);
      api.uploads[number].answer();
    }
    await value(Promise.all([many, single]));
    assert.equal(sizes.indexOf(picture().size + 1), 2, "behind the one on its way and the one that was next");
  });
});
