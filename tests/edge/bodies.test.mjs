/**
 * What a body may be: how long, of which type, and what a submission may ask for. Of what is too long no more is read
 * than allowed.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answer, endlessBody, FORM_TEXT, recordingApi, startProxy } from "../support/edge.mjs";

const MAX_SUBMISSION_BYTES = 262_144;
const CHUNK_BYTES = 65_536;
const GIB = 2 ** 30;
const says = ({ status, json }, expectedStatus, code) =>
  assert.deepEqual([status, json?.error?.code], [expectedStatus, code]);
const bytesOf = async (body) => new Uint8Array(await new Response(body).arrayBuffer());

describe("a submission", () => {
  test("of_a_gigabyte_is_refused_and_hardly_more_than_allowed_is_pulled", async () => {
    const { submit, api } = startProxy();
    const { body, pulled, cancelled } = endlessBody(GIB);
    says(await submit({ body }), 413, "payload_too_large");
    assert.ok(pulled() <= MAX_SUBMISSION_BYTES + 2 * CHUNK_BYTES, `${pulled()} bytes were pulled`);
    assert.ok(cancelled());
    assert.deepEqual(api.calls, []);
  });

  test("that_says_it_is_too_long_is_not_read_at_all", async () => {
    const { submit, api } = startProxy();
    const { body, pulled } = endlessBody(GIB);
    says(await submit({ body, headers: { "Content-Length": String(GIB) } }), 413, "payload_too_large");
    assert.equal(pulled(), 0);
    assert.deepEqual(api.calls, []);
  });

  test("that_says_less_than_it_is_or_no_number_at_all_is_counted_all_the_same", async () => {
    for (const length of ["2", "0", "-1", "1e3", "nonsense", "99999999999999999999"]) {
      const { submit, api } = startProxy();
      const { body, pulled } = endlessBody(GIB);
      says(await submit({ body, headers: { "Content-Length": length } }), 413, "payload_too_large");
      assert.ok(pulled() <= MAX_SUBMISSION_BYTES + 2 * CHUNK_BYTES, `${length}: ${pulled()} bytes were pulled`);
      assert.deepEqual(api.calls, []);
    }
  });

  test("of_exactly_what_is_allowed_is_sent_and_one_byte_more_is_not", async () => {
    const frame = JSON.stringify({ model: "z-image", prompt: "" }).length;
    for (const [extra, status] of [
      [0, 202],
      [1, 413],
    ]) {
      const { submit } = startProxy();
      assert.equal(
        (await submit({ body: { model: "z-image", prompt: "x".repeat(MAX_SUBMISSION_BYTES - frame + extra) } })).status,
        status,
      );
    }
  });

  test("of_another_type_is_refused_unread", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json-patch+json",
      "application/jsonx",
      "",
      "text/plain; application/json",
    ]) {
      const { submit, api } = startProxy();
      const { body, pulled } = endlessBody(GIB);
      says(await submit({ body, headers: { "Content-Type": type } }), 415, "unsupported_media_type");
      assert.equal(pulled(), 0);
      assert.deepEqual(api.calls, []);
    }
  });

  test("cut_off_on_its_way_is_refused_and_not_sent", async () => {
    const { submit, api } = startProxy();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"model":"z-image"}'));
        controller.error(new Error("hung up"));
      },
    });
    says(await submit({ body }), 400, "validation_failed");
    assert.deepEqual(api.calls, []);
  });

  test("for_a_model_that_is_not_allowed_is_refused_wherever_the_model_hides", async () => {
    const { submit, api } = startProxy({ models: ["z-image"] });
    const hidden = [
      '{"model":"nano-banana-2"}',
      '{"model":"z-image","model":"nano-banana-2"}',
      '{"model":"nano-banana-2","model":"z-image"}',
      '{"model":"z-image","\\u006dodel":"nano-banana-2"}',
      '{"model":"z-image","params":{"a":1,"a":2}}',
      '{"model":"z-image","params":{"b":[{"a":1,"\\u0061":2}]}}',
      '{"model":"z-image","Model":"nano-banana-2"}',
      '{"model":"z-image","__proto__":{"model":"nano-banana-2"}}',
      '{"model":"z-image ","prompt":"x"}',
      '{"model":"Z-IMAGE"}',
      '{"model":["z-image"]}',
      '{"model":{"toString":"z-image"}}',
      '{"model":"z-image\\u0000nano-banana-2"}',
      '{"model":"z-image"}{"model":"nano-banana-2"}',
      '[{"model":"z-image"}]',
      '{"model":"z-image","files":[]}',
      '{"model":"z-image","webhook_url":"https://evil.test"}',
      '{"model":"z-image","prompt":"\\ud800"}',
      '{"model":"z-image",}',
      "{'model':'z-image'}",
      '{"model":"z-image"} // {"model":"nano-banana-2"}',
      '{"model":"z-image","params":{"a":NaN}}',
      "null",
      "7",
      '"z-image"',
      "",
      "{}",
    ];
    for (const body of hidden) says(await submit({ body }), 400, "validation_failed");
    assert.deepEqual(api.calls, []);
    for (const body of ['\ufeff{"model":"z-image"}', ' \n{"model":"\\u007a-image"}\t']) {
      assert.equal((await submit({ body })).status, 202);
      assert.equal(api.calls.at(-1).body, '{"model":"z-image"}');
    }
  });

  test("reaches_the_api_with_each_number_as_it_was_written_or_is_refused", async () => {
    const { submit, api } = startProxy();
    const numbers = [
      "9007199254740993",
      "-9007199254740993",
      "123456789012345678901234567890",
      "-0",
      "1e-400",
      "-0.0",
      "0.10000000000000000001",
    ];
    for (const number of numbers) {
      const body = `{"model":"z-image","params":{"seed":${number},"more":["5",{"n":${number}}]}}`;
      assert.equal((await submit({ body })).status, 202, number);
      assert.equal(api.calls.at(-1).body, body);
    }
    const sent = api.calls.length;
    says(await submit({ body: '{"model":"z-image","params":{"seed":1e400}}' }), 400, "validation_failed");
    assert.equal(api.calls.length, sent);
  });

  test("that_names_no_model_or_one_that_can_be_none_is_refused_where_all_are_allowed_too", async () => {
    const { submit, api } = startProxy();
    for (const model of ["", "x".repeat(129), 7, null, ["z-image"], {}, true])
      says(await submit({ body: { model, prompt: "x" } }), 400, "validation_failed");
    says(await submit({ body: { prompt: "x" } }), 400, "validation_failed");
    assert.deepEqual(api.calls, []);
    assert.equal((await submit({ body: { model: "x".repeat(128) } })).status, 202);
  });

  test("whose_members_are_of_another_type_is_refused", async () => {
    const { submit, api } = startProxy();
    for (const wrong of [
      { prompt: 7 },
      { prompt: null },
      { prompt: ["x"] },
      { client_request_id: 7 },
      { client_request_id: {} },
      { params: [] },
      { params: null },
      { params: "x" },
      { params: [{ referenceMediaItems: [] }] },
    ]) {
      says(await submit({ body: { model: "z-image", ...wrong } }), 400, "validation_failed");
    }
    assert.deepEqual(api.calls, []);
  });

  test("that_nests_as_deep_as_is_read_does_no_harm_and_deeper_is_refused", async () => {
    const { submit, api } = startProxy();
    const nested = (depth, open, close) =>
      `{"model":"z-image","params":{"a":${open.repeat(depth)}1${close.repeat(depth)}}}`;
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ]) {
      assert.equal((await submit({ body: nested(28, open, close) })).status, 202);
      for (const depth of [200, 40_000])
        says(await submit({ body: nested(depth, open, close) }), 400, "validation_failed");
    }
    says(await submit({ body: "[".repeat(MAX_SUBMISSION_BYTES) }), 400, "validation_failed");
    assert.equal(api.calls.length, 2);
    assert.equal((await submit()).status, 202);
  });

  test("may_name_public_references_alone", async () => {
    const { submit, api } = startProxy();
    const reference = (url) => ({ model: "nano-banana-2", params: { referenceMediaItems: [{ url, kind: "image" }] } });
    for (const url of [
      "http://a.test/x.png",
      "file:///etc/passwd",
      "data:image/png;base64,",
      "//a.test/x.png",
      "/x.png",
      " https://a.test",
      "ftp://a.test",
      "javascript:1",
      "http://127.0.0.1/",
      7,
      null,
      "",
    ]) {
      says(await submit({ body: reference(url) }), 400, "validation_failed");
    }
    for (const url of [
      "https://127.0.0.1/x.png",
      "https://127.0.0.１/x.png",
      "https://[::1]/x.png",
      "https://localhost/x.png",
      "https://db.internal/x.png",
      "https://user:password@a.test/x.png",
      "https://a.test:443@127.0.0.1/x.png",
      "https://a.test\\@127.0.0.1/x.png",
      "https://%6cocalhost.a/x.png",
      "https://a\u0000.test/x.png",
      "https://a b.test/x.png",
      "https://a<.test/x.png",
      "https://db/x.png",
      "https://localhost./x.png",
    ]) {
      says(await submit({ body: reference(url) }), 400, "validation_failed");
    }
    for (const items of [
      { url: "http://127.0.0.1/" },
      "http://127.0.0.1/",
      7,
      null,
      [null],
      ["https://a.example.com/x.png"],
      [{}],
      [[]],
      [{ url: "https://a.example.com/x.png" }, { url: "http://127.0.0.1/" }],
    ]) {
      says(
        await submit({ body: { model: "nano-banana-2", params: { referenceMediaItems: items } } }),
        400,
        "validation_failed",
      );
    }
    assert.deepEqual(api.calls, []);
    assert.equal((await submit({ body: reference("https://a.example.com/x.png") })).status, 202);
  });
});

describe("an upload", () => {
  test("that_says_its_length_goes_through_to_the_byte_as_it_comes", async () => {
    let arrived;
    const api = recordingApi(async ({ path, body }) => {
      if (path === "/files") arrived = await bytesOf(body);
    });
    const { upload } = startProxy({ api });
    assert.equal((await upload()).status, 201);
    assert.equal(new TextDecoder().decode(arrived), FORM_TEXT);
  });

  test("streams_the_api_has_its_beginning_before_its_end_was_sent", async () => {
    let sendEnd;
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(FORM_TEXT.slice(0, 20)));
        sendEnd = () => {
          controller.enqueue(new TextEncoder().encode(FORM_TEXT.slice(20)));
          controller.close();
        };
      },
    });
    const api = recordingApi(async ({ body: passed }) => {
      const reader = passed.getReader();
      const { value } = await reader.read();
      assert.equal(value.byteLength, 20);
      sendEnd();
      assert.equal((await reader.read()).value.byteLength, FORM_TEXT.length - 20);
    });
    assert.equal((await startProxy({ api }).upload({ body })).status, 201);
  });

  test("that_says_it_is_too_long_is_not_read_at_all", async () => {
    const { upload, api } = startProxy({ maxUploadBytes: 1_000 });
    const { body, pulled } = endlessBody(GIB);
    says(await upload({ body, length: "1001" }), 413, "payload_too_large");
    assert.equal(pulled(), 0);
    assert.equal((await upload({ length: "1000" })).status, 201);
    assert.equal(api.calls.length, 1);
  });

  test("without_a_length_or_with_a_strange_one_is_refused_unread", async () => {
    for (const [length, options] of [
      [null, {}],
      ["-1", {}],
      ["0x10", {}],
      ["1e3", {}],
      ["", {}],
      ["10, 10", {}],
      ["9999999999999999", {}],
      ["nonsense", { allowChunkedUploads: true }],
    ]) {
      const { upload, api } = startProxy(options);
      const { body, pulled } = endlessBody(GIB);
      says(await upload({ body, length }), 411, "length_required");
      assert.equal(pulled(), 0, String(length));
      assert.deepEqual(api.calls, []);
    }
  });

  test("of_a_gigabyte_in_chunks_is_counted_and_cut_off", async () => {
    let readBytes = 0;
    const api = recordingApi(async ({ body }) => {
      for await (const chunk of body) readBytes += chunk.byteLength;
      return answer(201, { id: "file_1" });
    });
    const { upload } = startProxy({ api, allowChunkedUploads: true, maxUploadBytes: 1_000_000 });
    const { body, pulled, cancelled } = endlessBody(GIB);
    says(await upload({ body, length: null }), 413, "payload_too_large");
    assert.ok(readBytes <= 1_000_000, `${readBytes} bytes reached the API`);
    assert.ok(pulled() <= 1_000_000 + 4 * CHUNK_BYTES, `${pulled()} bytes were pulled`);
    assert.ok(cancelled());
  });

  test("in_chunks_within_bounds_goes_through", async () => {
    let arrived;
    const api = recordingApi(async ({ body }) => void (arrived = await bytesOf(body)));
    const { upload } = startProxy({ api, allowChunkedUploads: true });
    assert.equal((await upload({ length: null, body: new Blob([FORM_TEXT]).stream() })).status, 201);
    assert.equal(new TextDecoder().decode(arrived), FORM_TEXT);
    assert.equal(api.calls[0].headers["content-length"], undefined);
  });

  test("of_another_type_is_refused_unread", async () => {
    for (const type of [
      "application/json",
      "text/plain",
      "multipart/mixed",
      "multipart/form-data-x",
      "application/x-www-form-urlencoded",
      "",
    ]) {
      const { upload, api } = startProxy();
      const { body, pulled } = endlessBody(GIB);
      says(await upload({ body, headers: { "Content-Type": type } }), 415, "unsupported_media_type");
      assert.equal(pulled(), 0);
      assert.deepEqual(api.calls, []);
    }
  });

  test("cut_off_on_its_way_is_no_success", async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(FORM_TEXT.slice(0, 20)));
        controller.error(new Error("hung up"));
      },
    });
    const api = recordingApi(async ({ body: passed }) => void (await bytesOf(passed)));
    says(await startProxy({ api }).upload({ body }), 502, "upstream_unreachable");
  });
});
