/** Bad input gets an error that names it, before anything is sent or paid. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { createClient, RivyaError } from "rivya-wasm";
import { API, createFakeApi } from "../support/fake-api.mjs";
import { smallJpeg } from "../support/pictures.mjs";

const KEY = "rvya_sk_bad_input_test";
const MIB = 1_048_576;
const photo = () => new Blob([smallJpeg()], { type: "image/jpeg" });
const hill = (more) => ({ model: "z-image", prompt: "a hill", ...more });
const edit = (references, more) => ({ model: "nano-banana-2", prompt: "edit", references, ...more });

describe("bad input", () => {
  let behave;
  let api;
  let client;

  before(async () => {
    api = createFakeApi((call) => behave?.(call));
    client = await createClient({ baseUrl: API, apiKey: KEY, fetch: api.fetch, maxRetries: 0 });
  });
  beforeEach(() => {
    behave = undefined;
    api.calls.length = 0;
  });
  after(() => client?.free());

  async function rejection(call) {
    try {
      await call();
    } catch (error) {
      assert.ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes(KEY), "the key is in the error");
      return error;
    }
    return assert.fail("nothing was thrown");
  }

  async function refusedHere(call) {
    const error = await rejection(call);
    assert.ok(error instanceof RivyaError, error.stack);
    assert.deepEqual(
      [error.code, error.status, error.attempts, error.retryable, error.mayHaveBeenCharged],
      ["validation_failed", null, 0, false, false],
    );
    assert.deepEqual(api.calls, [], "nothing is sent");
    assert.ok(
      error.issues.length > 0 &&
        error.issues.every(({ path, message, severity }) => path && message && severity === "error"),
    );
    return error;
  }

  describe("a wrong type is a TypeError that names its path", () => {
    const options = (name, ...wrong) =>
      wrong.flatMap((value) => [
        [`generate's ${name} = ${String(value)}`, () => client.generate(hill(), { [name]: value }), name],
      ]);
    const TABLE = [
      ["no request", () => client.generate(), "request"],
      ["a request that is text", () => client.generate("a hill"), "request"],
      ["a request that is a list", () => client.generate([hill()]), "request"],
      ["a model that is a number", () => client.generate(hill({ model: 5 })), "model"],
      ["no model", () => client.generate({ prompt: "x" }), "model"],
      ["a prompt that is a number", () => client.generate(hill({ prompt: 5 })), "prompt"],
      ["a prompt that is null", () => client.generate(hill({ prompt: null })), "prompt"],
      ["params that are text", () => client.generate(hill({ params: "16:9" })), "params"],
      ["params that are a list", () => client.generate(hill({ params: [] })), "params"],
      ["references that are one file", () => client.generate(edit(photo())), "references"],
      ["a reference that is a number", () => client.generate(edit([photo(), 5])), "references[1]"],
      ["a reference that is null", () => client.generate(edit([photo(), photo(), null])), "references[2]"],
      [
        "a reference whose url is a number",
        () => client.generate(edit([{ url: 5, kind: "image" }])),
        "references[0].url",
      ],
      [
        "client_request_id that is a number",
        () => client.generate(hill({ client_request_id: 5 })),
        "client_request_id",
      ],
      ["options that are text", () => client.generate(hill(), "fast"), "options"],
      ...options("signal", "x", {}, { aborted: false }, new AbortController()),
      ...options("waitTimeoutMs", "5", NaN, -1, 5n),
      ...options("onProgress", "x", {}),
      ...options("idempotencyKey", 5, {}, "é", "x".repeat(129), "a\nb"),
      ...options("validation", "loose", true),
      ["validate's model", () => client.validate({ model: 5 }), "model"],
      ["create's body", () => client.generations.create(), /body|request/],
      ["create's model", () => client.generations.create({ model: 5 }), "model"],
      ["create's idempotencyKey", () => client.generations.create(hill(), { idempotencyKey: 5 }), "idempotencyKey"],
      ["create's timeoutMs", () => client.generations.create(hill(), { timeoutMs: "5" }), "timeoutMs"],
      ["retrieve's id", () => client.generations.retrieve(5), "id"],
      ["retrieve's empty id", () => client.generations.retrieve(""), "id"],
      ["retrieve's id .", () => client.generations.retrieve("."), "id"],
      ["retrieve's id ..", () => client.generations.retrieve(".."), "id"],
      ["wait's id", () => client.generations.wait({ id: "x" }), "id"],
      ["wait's id ..", () => client.generations.wait(".."), "id"],
      ["watch's id", () => drain(client.generations.watch(null)), "id"],
      ["watch's signal", () => drain(client.generations.watch("x", { signal: 5 })), "signal"],
      ["a file that is a path", () => client.files.upload("./photo.jpg"), "file"],
      ["a file that is bytes", () => client.files.upload(new Uint8Array(8)), "file"],
      ["a file's kind", () => client.files.upload(photo(), { kind: "picture" }), "kind"],
      ["a file's model", () => client.files.upload(photo(), { model: 5 }), "model"],
      ["a file's name", () => client.files.upload(photo(), { name: 5 }), "name"],
      ["files.retrieve's id", () => client.files.retrieve(".."), "id"],
      ["models.list's signal", () => client.models.list({ signal: 5 }), "signal"],
      ["credits.retrieve's timeoutMs", () => client.credits.retrieve({ timeoutMs: -5 }), "timeoutMs"],
      ["download's generation", () => client.download("task_1"), "generation"],
      ["download of nothing", () => client.download({ id: "x", status: "queued", result: null }), "result"],
      [
        "download's urls",
        () => client.download({ id: "x", status: "succeeded", result: { primary_url: "", urls: [5] } }),
        "urls[0]",
      ],
      ...Object.entries({
        baseUrl: [5, "", "/api/rivya", "ftp://x.invalid", "not a url"],
        apiKey: [5, {}],
        dangerouslyAllowBrowser: ["yes"],
        headers: ["x", [], { "X-A": 5 }, { "X-A": "a\nb" }, { "bad name": "x" }],
        credentials: ["always"],
        fetch: [5, {}, "x"],
        downloadFetch: [5, {}],
        maxRetries: ["4", -1, NaN],
        timeoutMs: ["5", -1],
        stallMs: [{}],
        maxConcurrentUploads: ["many", -1],
        maxResultBytes: ["all", 0, -1, Infinity],
        validation: ["loose"],
        wasm: [5, {}],
      }).flatMap(([name, wrong]) =>
        wrong.map((value) => [
          `createClient's ${name} = ${JSON.stringify(value)}`,
          () => createClient({ fetch: api.fetch, [name]: value }),
          name,
        ]),
      ),
      ...["Idempotency-Key", "x-rivya-client", "CONTENT-TYPE", "Authorization"].map((name) => [
        `createClient's header ${name}`,
        () => createClient({ baseUrl: API, apiKey: KEY, fetch: api.fetch, headers: { [name]: "x" } }),
        new RegExp(name, "i"),
      ]),
      [
        "createClient with a key over http",
        () => createClient({ baseUrl: "http://api.invalid/api/v1", apiKey: KEY, fetch: api.fetch }),
        "baseUrl",
      ],
      ["createClient's options", () => createClient("https://x.invalid"), "options"],
    ];

    for (const [what, call, path] of TABLE) {
      test(what, async () => {
        const error = await rejection(async () => call());
        assert.ok(error instanceof TypeError, error.stack);
        const pattern =
          path instanceof RegExp ? path : new RegExp(`(?<![\\w])${path.replace(/[.[\]]/g, "\\$&")}(?![\\w])`);
        assert.match(error.message, pattern);
        assert.deepEqual(api.calls, [], "nothing is sent");
      });
    }
  });

  describe("what the contract forbids", () => {
    const broken = () => ({
      model: "nano-banana-2",
      prompt: "\u{1F3A8}".repeat(20_001),
      params: { aspect_ratio: "16:10", resolution: "8K", sharpness: 3 },
      references: Array.from({ length: 15 }, (_, index) => `https://x.invalid/${index}.png`),
    });

    test("every_problem_is_told_at_once_by_generate_and_by_validate", async () => {
      const error = await refusedHere(() => client.generate(broken()));
      const paths = error.issues.map(({ path }) => path);
      for (const path of ["prompt", "params.aspect_ratio", "params.resolution", "params.sharpness"]) {
        assert.equal(paths.filter((each) => each === path).length, 1, `${path} once among ${paths}`);
      }
      assert.ok(
        paths.some((path) => path.startsWith("references")),
        paths.join(),
      );
      assert.ok(
        paths.some((path) => error.message.includes(path)),
        `where it is: ${error.message}`,
      );
      const options = error.issues.find(({ path }) => path === "params.aspect_ratio").message;
      assert.ok(
        options.includes("16:10") && options.includes("16:9"),
        `what was wrong and what would be right: ${options}`,
      );
      assert.match(error.issues.find(({ path }) => path === "params.sharpness").message, /validation: "known"/);
      assert.deepEqual(
        client
          .validate(broken())
          .map(({ path }) => path)
          .toSorted(),
        paths.toSorted(),
      );
      assert.deepEqual(api.calls, []);
    });

    test("a_right_request_has_no_problem_and_a_prompt_is_counted_in_code_points", async () => {
      assert.deepEqual(
        client.validate(edit([photo()], { prompt: "\u{1F3A8}".repeat(20_000), params: { google_search: true } })),
        [],
      );
      assert.deepEqual(
        client.validate(hill({ prompt: "x".repeat(1_001) })).map(({ path }) => path),
        ["prompt"],
      );
      assert.deepEqual(client.validate(hill({ prompt: "x".repeat(1_000) })), []);
    });

    test("a_missing_prompt_a_file_for_a_model_of_text_and_a_model_for_chat_are_refused", async () => {
      assert.deepEqual(
        (await refusedHere(() => client.generate({ model: "z-image" }))).issues.map(({ path }) => path),
        ["prompt"],
      );
      const [{ path }] = (await refusedHere(() => client.generate(hill({ references: [photo()] })))).issues;
      assert.match(path, /^references/);
      assert.equal((await refusedHere(() => client.generate(hill({ model: "gpt-5-2-chat" })))).issues[0].path, "model");
    });

    test("generations_create_and_files_upload_check_too", async () => {
      assert.deepEqual(
        (await refusedHere(() => client.generations.create(hill({ params: { aspect_ratio: "7:3" } })))).issues.map(
          ({ path }) => path,
        ),
        ["params.aspect_ratio"],
      );
      await refusedHere(() => client.files.upload(new Blob(["%PDF-1.7 …"]), { model: "nano-banana-2" }));
      await refusedHere(() => client.files.upload(photo(), { model: "z-image" }));
    });

    test("an_option_that_the_catalogue_does_not_list_is_sent_with_known_and_off", async () => {
      const warn = console.warn;
      const told = [];
      console.warn = (...args) => told.push(args.join(" "));
      try {
        const lenient = await createClient({ baseUrl: API, apiKey: KEY, fetch: api.fetch, validation: "known" });
        await lenient.generations.create(hill({ params: { aspect_ratio: "7:3", grain: "fine" } }));
        assert.ok(told.length > 0 && told.join().includes("aspect_ratio"), "it is told by console.warn");
        assert.ok(!told.join().includes(KEY));
        lenient.free();
        const trusting = await createClient({ baseUrl: API, apiKey: KEY, fetch: api.fetch, validation: "off" });
        await trusting.generations.create({ model: "z-image", params: { aspect_ratio: "7:3" } });
        trusting.free();
      } finally {
        console.warn = warn;
      }
      assert.deepEqual(
        api.calls.map(({ method, path }) => `${method} ${path}`),
        ["POST /generations", "POST /generations"],
      );
    });

    test("a_model_that_the_catalogue_does_not_know_is_the_servers_to_judge", async () => {
      await client.generations.create({
        model: "model-of-tomorrow",
        prompt: "x",
        params: { anything: { goes: [1, true, null] } },
      });
      assert.equal(api.calls.length, 1);
    });
  });

  describe("a file of the wrong kind is named for what it is", () => {
    const bytes = (...parts) =>
      new Blob(
        parts.map((part) =>
          typeof part === "string" ? Uint8Array.from(part, (c) => c.charCodeAt(0)) : Uint8Array.from(part),
        ),
      );
    const box = (brand) => bytes([0, 0, 0, 24], "ftyp", brand, [0, 0, 0, 0], brand, "mif1", new Array(64).fill(0));
    const TABLE = [
      ["HEIC", box("heic")],
      ["AVIF", box("avif")],
      ["GIF", bytes("GIF89a", new Array(64).fill(0))],
      ["PDF", bytes("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")],
      ["MP4", bytes([0, 0, 0, 32], "ftypisom", [0, 0, 2, 0], "isomiso2avc1mp41", new Array(64).fill(0))],
      ["MP3", bytes("ID3\x04\0\0\0\0\0\0", new Array(64).fill(0))],
      ["WAV", bytes("RIFF", [36, 0, 0, 0], "WAVEfmt ", new Array(64).fill(0))],
    ];
    for (const [kind, blob] of TABLE) {
      test(kind, async () => {
        // Named .jpg and typed image/jpeg: the signature decides.
        const error = await refusedHere(() =>
          client.generate(edit([photo(), new File([blob], "photo.jpg", { type: "image/jpeg" })])),
        );
        assert.deepEqual(
          error.issues.map(({ path }) => path),
          ["references[1]"],
        );
        const [{ message }] = error.issues;
        assert.match(message, new RegExp(kind, "i"));
        assert.ok(
          message.includes("nano-banana-2") && ["JPEG", "PNG", "WebP"].every((type) => message.includes(type)),
          message,
        );
      });
    }

    test("text_and_nothing_at_all_are_refused_as_well_and_several_files_at_once", async () => {
      const error = await refusedHere(() =>
        client.generate(edit([new Blob(["just text"], { type: "image/png" }), photo(), new Blob([])])),
      );
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        ["references[0]", "references[2]"],
      );
    });

    test("a_picture_above_the_models_size_is_refused_and_one_that_may_still_be_within_is_the_servers_to_judge", async () => {
      const padded = (size) => new Blob([smallJpeg(), new Uint8Array(size - smallJpeg().length)]);
      // What trails the picture is cut off: with it both are as large as they are.
      const keepMetadata = true;
      const error = await refusedHere(() =>
        client.generate({ ...edit([photo(), padded(30 * MIB + 1)]), keepMetadata }),
      );
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        ["references[1]"],
      );
      assert.match(error.issues[0].message, /30/);
      await client.files.upload(padded(30 * MIB), { model: "nano-banana-2", keepMetadata });
      assert.deepEqual(
        api.calls.map(({ path }) => path),
        ["/files"],
      );
    });
  });

  describe("a success that is no answer is an invalid_response with its status", () => {
    const NO_ANSWERS = [
      "",
      "<!doctype html><p>hotel",
      "null",
      "[]",
      "5",
      '"text"',
      "{",
      '{"status":"queued"}',
      '{"id":5,"status":"queued"}',
      '{"id":"x","status":5}',
    ];
    for (const text of NO_ANSWERS) {
      test(`to a submission: ${text || "(empty)"}`, async () => {
        behave = () => ({ status: 201, text });
        const error = await rejection(() => client.generations.create(hill()));
        assert.ok(error instanceof RivyaError, error.stack);
        assert.deepEqual([error.code, error.status, error.attempts], ["invalid_response", 201, 1]);
      });
    }

    test("of_a_long_one_its_first_200_characters_are_told", async () => {
      behave = () => ({ text: "x".repeat(200) + "y".repeat(10_000) });
      const error = await rejection(() => client.credits.retrieve());
      assert.equal(error.code, "invalid_response");
      assert.ok(
        error.message.includes("x".repeat(200)) && !error.message.includes("yy") && error.message.length < 500,
        error.message,
      );
    });

    test("json_of_another_content_type_and_with_more_fields_is_an_answer", async () => {
      behave = () => ({ text: '{"current_credits":7.5,"news":{"a":[1]}}', headers: { "Content-Type": "text/plain" } });
      assert.deepEqual(await client.credits.retrieve(), { current_credits: 7.5, news: { a: [1] } });
    });
  });

  test("after_all_of_that_an_ordinary_call_works", async () => {
    assert.deepEqual(await client.credits.retrieve(), { current_credits: 100 });
  });
});

async function drain(iterable) {
  for await (const each of iterable) void each;
}
