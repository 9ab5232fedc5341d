/**
 * A result is a picture, a film or a sound. What a host answers else with a 2xx is handed over to nobody: it may be
 * there next time.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tinyPng } from "../support/tiny-png.mjs";
import { clock, connect, failure, generation, value } from "./harness.mjs";

const RESULT = generation("succeeded");
const HTML = "<!doctype html><html><title>Log in</title></html>";
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>';
const JSON_ERROR = '{"error":{"code":"not_found"}}';
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const typed = (type) => (type === null ? {} : { "Content-Type": type });
const utf8 = (text) => new TextEncoder().encode(text);
const utf16 = (text) =>
  new Uint8Array(new Uint16Array([0xfeff, ...[...text].map((character) => character.charCodeAt(0))]).buffer);
/** A response of any status with any body: the platform's own has none for some of them. */
const lookAlike = (status, bytes, headers) => ({
  status,
  headers: new Headers(headers),
  body: new Response(bytes).body,
});

const NONE = {
  an_empty_body: [200, new Uint8Array(), typed("image/png")],
  an_empty_body_without_a_type: [200, new Uint8Array(), {}],
  a_202_with_a_picture: [202, tinyPng(), typed("image/png")],
  a_202_that_says_so: [202, utf8('{"status":"processing"}'), typed("application/json")],
  a_204: [204, null, {}],
  a_205: [205, null, {}],
  a_206_that_nobody_asked_for: [206, tinyPng(), { ...typed("image/png"), "Content-Range": "bytes 0-69/1000" }],
  a_login_page: [200, utf8(HTML), typed("text/html; charset=utf-8")],
  a_login_page_that_is_called_a_picture: [200, utf8(`\r\n  ${HTML}`), typed("image/png")],
  a_login_page_without_a_type: [200, utf8(HTML), {}],
  a_picture_that_is_called_a_page: [200, tinyPng(), typed("text/html")],
  a_storages_error: [200, utf8(XML), typed("application/xml")],
  a_storages_error_that_is_called_bytes: [200, utf8(XML), typed("application/octet-stream")],
  json: [200, utf8(JSON_ERROR), typed("application/json")],
  json_that_is_called_a_picture: [200, utf8(JSON_ERROR), typed("image/webp")],
  json_with_a_byte_order_mark: [200, utf8(`\ufeff ${JSON_ERROR}`), {}],
  text_in_utf_16: [200, utf16(HTML), typed("image/png")],
  a_word: [200, utf8("gone"), typed("image/png")],
  a_document: [200, utf8("%PDF-1.7\n\x01\x02"), typed("application/pdf")],
  an_archive: [200, utf8("PK\x03\x04"), typed("application/zip")],
  a_picture_that_ends_before_its_length: [
    200,
    tinyPng().subarray(0, 40),
    {
      ...typed("image/png"),
      "Content-Length": "70",
    },
  ],
};

describe("what is no picture, film or sound is invalid_response, and is asked for again", () => {
  for (const [name, [status, bytes, headers]] of Object.entries(NONE)) {
    test(name, async () => {
      let count = 0;
      const client = await connect(
        async () => {
          count += 1;
          return lookAlike(status, bytes, headers);
        },
        { maxRetries: 2 },
      );
      const error = await failure(client.download(RESULT));
      const { code, retryable, attempts } = error;
      assert.deepEqual(
        { code, status: error.status, retryable, attempts, count },
        {
          code: "invalid_response",
          status,
          retryable: true,
          attempts: 3,
          count: 3,
        },
      );
    });

    test(`${name}_is_followed_by_the_picture`, async () => {
      let count = 0;
      const client = await connect(async () => {
        count += 1;
        return count === 1 ? lookAlike(status, bytes, headers) : lookAlike(200, tinyPng(), typed("image/png"));
      });
      const [picture] = await value(client.download(RESULT));
      assert.deepEqual(new Uint8Array(await picture.arrayBuffer()), tinyPng());
      assert.equal(count, 2);
    });
  }
});

describe("a picture is one", () => {
  const PICTURES = {
    of_any_success: [201, tinyPng(), typed("image/png")],
    without_a_type: [200, tinyPng(), {}],
    that_is_called_bytes: [200, tinyPng(), typed("application/octet-stream")],
    of_another_type_than_it_says: [200, tinyPng(), typed("image/jpeg")],
    of_a_format_of_tomorrow: [200, new Uint8Array([0, 1, 2, 3, 4, 5]), typed("image/new")],
    as_svg: [200, utf8(SVG), typed("image/svg+xml")],
    of_the_length_that_it_says: [200, tinyPng(), { ...typed("image/png"), "Content-Length": String(tinyPng().length) }],
    whose_length_was_that_of_its_compressed_form: [
      200,
      tinyPng(),
      {
        ...typed("image/png"),
        "Content-Length": "1000",
        "Content-Encoding": "gzip",
      },
    ],
    whose_length_is_no_number: [200, tinyPng(), { ...typed("image/png"), "Content-Length": "1000, 1000" }],
  };
  for (const [name, [status, bytes, headers]] of Object.entries(PICTURES)) {
    test(name, async () => {
      const [picture] = await value((await connect(async () => lookAlike(status, bytes, headers))).download(RESULT));
      assert.deepEqual(new Uint8Array(await picture.arrayBuffer()), bytes);
      assert.equal(picture.type, headers["Content-Type"] ?? "");
    });
  }

  test("where_a_page_does_not_see_that_it_came_compressed", async () => {
    const hidden = () =>
      Object.assign(lookAlike(200, tinyPng(), { ...typed("image/png"), "Content-Length": "1000" }), { type: "cors" });
    const outcome = await clock.until((await connect(async () => hidden())).download(RESULT));
    assert.equal(outcome.error, undefined);
  });

  test("of_a_look_alike_without_a_stream", async () => {
    const whole = (blob) => async () => ({ status: 200, headers: new Headers(), blob: async () => blob });
    const [picture] = await value(
      (await connect(whole(new Blob([tinyPng()], { type: "image/png" })))).download(RESULT),
    );
    assert.deepEqual(new Uint8Array(await picture.arrayBuffer()), tinyPng());
    const error = await failure((await connect(whole(new Blob([HTML])), { maxRetries: 0 })).download(RESULT));
    assert.equal(error.code, "invalid_response");
  });
});

test("a_login_page_is_given_up_before_its_end", async () => {
  let cancelled = 0;
  const endless = (type) => {
    const pull = (controller) => controller.enqueue(utf8(HTML.padEnd(10_000)));
    return new Response(new ReadableStream({ pull, cancel: () => void (cancelled += 1) }, { highWaterMark: 0 }), {
      headers: typed(type),
    });
  };
  for (const type of ["text/html", "image/png"]) {
    cancelled = 0;
    const client = await connect(async () => endless(type), { maxRetries: 1, maxResultBytes: 1_000_000 });
    const error = await failure(client.download(RESULT));
    assert.deepEqual([error.code, error.retryable, cancelled], ["invalid_response", true, 2], type);
  }
});

test("what_is_in_the_pieces_of_a_picture_comes_whole_and_in_order", async () => {
  // More than one part, in pieces of odd sizes, the first ones shorter than what a format is known by.
  const bytes = new Uint8Array(9_500_001).map((_, at) => (at * 31 + (at >> 8)) & 255);
  bytes.set(tinyPng());
  const sizes = [1, 2, 3, 5_000, 65_536, 4_194_304, 1_000_003];
  let at = 0;
  let turn = 0;
  const pull = (controller) => {
    const end = Math.min(at + sizes[turn % sizes.length], bytes.length);
    turn += 1;
    controller.enqueue(bytes.slice(at, end));
    at = end;
    if (at === bytes.length) controller.close();
  };
  const told = [];
  const client = await connect(
    async () =>
      new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), {
        headers: { ...typed("image/png"), "Content-Length": String(bytes.length) },
      }),
  );
  const [picture] = await value(client.download(RESULT, { onProgress: (progress) => told.push(progress) }));
  assert.deepEqual(new Uint8Array(await picture.arrayBuffer()), bytes);
  assert.deepEqual(
    [told[0], told.at(-1)],
    [
      { loadedBytes: 0, totalBytes: bytes.length },
      {
        loadedBytes: bytes.length,
        totalBytes: bytes.length,
      },
    ],
  );
});
