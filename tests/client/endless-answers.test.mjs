/** What a server sends without end is not received to its end: JSON, a result, a list of results. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { pipeline, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { createClient } from "rivya-wasm";
import { runScript } from "../support/runtimes.mjs";
import { tinyPng } from "../support/tiny-png.mjs";
import { until } from "../support/until.mjs";

const MB = 1_000_000;
/** More than is ever taken, and little enough that a client which takes it all comes to its end. */
const ALL_BYTES = 100 * MB;
/** What a few megabytes unpack to. */
const UNPACKED_BYTES = 600 * MB;
const MAX_JSON_BYTES = 8 * MB;
/** What is on its way already when the client hangs up. */
const SLACK_BYTES = 16 * MB;
const API = "https://api.invalid/api/v1";
const PNG = { "Content-Type": "image/png" };

/** A body of `ALL_BYTES` that counts what was taken of it. */
function long({ first = new Uint8Array(), filler = 0x20, pieceBytes = 65_536 } = {}) {
  const seen = { bytes: 0, cancelled: false };
  const piece = new Uint8Array(pieceBytes).fill(filler);
  const body = new ReadableStream(
    {
      pull(controller) {
        const next = seen.bytes === 0 && first.length > 0 ? first : piece;
        seen.bytes += next.length;
        controller.enqueue(next.slice());
        if (seen.bytes >= ALL_BYTES) controller.close();
      },
      cancel: () => void (seen.cancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

/** Blanks, which JSON may begin with. `onPiece` is told of each. */
function* pieces(bytes, onPiece = () => {}) {
  const piece = Buffer.alloc(100_000, " ");
  for (let made = 0; made < bytes; made += piece.length) {
    onPiece(piece.length);
    yield piece;
  }
}

const connect = (fetch, options) =>
  createClient({ baseUrl: API, apiKey: "rvya_sk_client_test", fetch, downloadFetch: fetch, maxRetries: 0, ...options });
const resultsAt = (urls) => ({ id: "task_1", status: "succeeded", result: { primary_url: urls[0], urls } });
const resultAt = (url) => resultsAt([url]);
const outcome = (promise) =>
  promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );

describe("JSON", () => {
  for (const status of [200, 201, 400, 503]) {
    test(`of_a_${status}_is_cut_off_while_it_is_received`, async () => {
      const { body, seen } = long();
      const client = await connect(
        async () => new Response(body, { status, headers: { "Content-Type": "application/json" } }),
      );
      const { error } = await outcome(client.credits.retrieve());
      assert.equal(error.status, status);
      if (status < 300) assert.deepEqual([error.code, error.retryable], ["invalid_response", true]);
      assert.ok(seen.bytes <= MAX_JSON_BYTES + 65_536, `${seen.bytes} bytes were received`);
      assert.ok(seen.cancelled, "and the connection is given up");
    });
  }

  test("of_characters_that_are_several_bytes_is_read_as_they_were_written", async () => {
    const text = JSON.stringify({ current_credits: 1, text: "é絵😀".repeat(1_000) });
    const bytes = new TextEncoder().encode(`\ufeff${text}`);
    for (const pieceBytes of [1, 2, 3, 5, 7_919]) {
      let at = 0;
      const pull = (controller) => {
        controller.enqueue(bytes.slice(at, at + pieceBytes));
        at += pieceBytes;
        if (at >= bytes.length) controller.close();
      };
      const client = await connect(async () => new Response(new ReadableStream({ pull }, { highWaterMark: 0 })));
      assert.deepEqual(await client.credits.retrieve(), JSON.parse(text));
    }
  });

  test("of_a_look_alike_without_a_stream_is_read_as_text", async () => {
    const bodies = [
      {},
      { body: null },
      { body: "text" },
      { body: { pipe() {} } },
      {
        get body() {
          throw new Error("of the body");
        },
      },
    ];
    for (const body of bodies) {
      const lookAlike = Object.defineProperties(
        { status: 200, text: async () => '{"current_credits":7}' },
        Object.getOwnPropertyDescriptors(body),
      );
      assert.deepEqual(await (await connect(async () => lookAlike)).credits.retrieve(), { current_credits: 7 });
    }
    const long = { status: 200, text: async () => " ".repeat(MAX_JSON_BYTES + 1) };
    const { error } = await outcome((await connect(async () => long)).credits.retrieve());
    assert.equal(error.code, "invalid_response");
  });

  test("of_a_look_alike_whose_stream_is_not_of_bytes_is_no_answer", async () => {
    const lookAlike = { status: 200, body: new ReadableStream({ start: (controller) => controller.enqueue({}) }) };
    const { error } = await outcome((await connect(async () => lookAlike)).credits.retrieve());
    assert.deepEqual([error.code, error.status], ["invalid_response", 200]);
  });
});

describe("a result", () => {
  const url = "https://media.example.com/1.png";

  test("is_taken_up_to_its_bound_and_cut_off_behind_it", async () => {
    const { body, seen } = long({ first: tinyPng() });
    const client = await connect(async () => new Response(body, { headers: PNG }), {
      maxResultBytes: 10 * MB,
      maxRetries: 3,
    });
    const { error } = await outcome(client.download(resultAt(url)));
    assert.ok(seen.bytes <= 10 * MB + 65_536, `${seen.bytes} bytes were received`);
    assert.ok(seen.cancelled);
    assert.deepEqual([error.code, error.retryable, error.attempts, error.status], ["invalid_response", false, 1, 200]);
    assert.match(error.message, /maxResultBytes.* 10000000 bytes/);
    const exact = new Uint8Array(10 * MB);
    exact.set(tinyPng());
    const taken = await connect(async () => new Response(exact, { headers: PNG }), { maxResultBytes: exact.length });
    assert.equal((await taken.download(resultAt(url)))[0].size, exact.length);
  });

  test("that_says_it_is_longer_than_its_bound_is_not_received_at_all", async () => {
    const { body, seen } = long({ first: tinyPng() });
    const headers = { ...PNG, "Content-Length": String(ALL_BYTES) };
    const client = await connect(async () => new Response(body, { headers }), { maxResultBytes: MB });
    const { error } = await outcome(client.download(resultAt(url)));
    assert.deepEqual([error?.code, seen.bytes, seen.cancelled], ["invalid_response", 0, true]);
  });

  test("of_a_look_alike_without_a_stream_has_the_same_bound", async () => {
    const client = await connect(
      async () => ({
        status: 200,
        headers: new Headers(PNG),
        blob: async () => new Blob([tinyPng(), new Uint8Array(MB)]),
      }),
      { maxResultBytes: MB },
    );
    const { error } = await outcome(client.download(resultAt(url)));
    assert.deepEqual([error?.code, error?.retryable], ["invalid_response", false]);
  });
});

describe("results", () => {
  test("are_received_four_at_a_time", async () => {
    let underWay = 0;
    let most = 0;
    const waiting = [];
    const fetch = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => waiting.push(resolve));
      underWay -= 1;
      return new Response(tinyPng(), { headers: PNG });
    };
    const urls = Array.from({ length: 100 }, (_, index) => `https://media.example.com/${index}.png`);
    const downloading = (await connect(fetch)).download(resultsAt(urls));
    for (let served = 0; served < urls.length; served += 1) {
      const serve = await until(() => waiting.shift(), { what: "the next result is asked for" });
      serve();
    }
    assert.equal((await downloading).length, 100);
    assert.equal(most, 4);
  });

  test("of_which_there_are_more_than_a_hundred_are_not_fetched", async () => {
    let asked = 0;
    const fetch = async () => {
      asked += 1;
      return new Response(tinyPng(), { headers: PNG });
    };
    const urls = Array.from({ length: 101 }, (_, index) => `https://media.example.com/${index}.png`);
    const { error } = await outcome((await connect(fetch)).download(resultsAt(urls)));
    assert.deepEqual([error?.code, error?.retryable, asked], ["invalid_response", false, 0]);
    assert.match(error.message, /result\.urls has over 100 URLs/);
  });
});

describe("over HTTP", () => {
  let server;
  let origin;
  let zipped;
  const sent = { bytes: 0, closed: false };
  before(async () => {
    zipped = await buffer(Readable.from(pieces(UNPACKED_BYTES)).pipe(createGzip({ level: 1 })));
    server = createServer((request, response) => {
      Object.assign(sent, { bytes: 0, closed: false });
      response.on("close", () => (sent.closed = true));
      if (request.url.startsWith("/zip")) {
        return response.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip" }).end(zipped);
      }
      const isResult = request.url === "/result";
      response.writeHead(200, { "Content-Type": isResult ? "image/png" : "application/json" });
      if (isResult) response.write(tinyPng());
      pipeline(Readable.from(pieces(ALL_BYTES, (bytes) => (sent.bytes += bytes))), response, () => {});
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server?.closeAllConnections();
    server?.close();
  });

  for (const [what, call] of [
    ["json", (client) => client.credits.retrieve()],
    ["a_result", (client) => client.download(resultAt(`${origin}/result`))],
  ]) {
    test(`${what}_without_end_is_given_up_with_its_connection`, async () => {
      const client = await createClient({
        baseUrl: `${origin}/api/v1`,
        apiKey: "rvya_sk_client_test",
        maxRetries: 0,
        maxResultBytes: 8 * MB,
      });
      const { error } = await outcome(call(client));
      assert.equal(error?.code, "invalid_response");
      await until(() => sent.closed, { what: "the connection is closed" });
      assert.ok(sent.bytes <= 8 * MB + SLACK_BYTES, `${sent.bytes} bytes were sent`);
    });
  }

  test("json_that_is_small_on_the_wire_does_not_fill_the_memory", async () => {
    assert.ok(zipped.length < 10 * MB, `${zipped.length} bytes`);
    const { code, maxMemoryBytes } = await runScript("node", "tests/client/endless-answers-script.mjs", [
      `${origin}/zip/api/v1`,
    ]);
    assert.equal(code, "invalid_response");
    assert.ok(maxMemoryBytes < UNPACKED_BYTES / 2, `${maxMemoryBytes} bytes of memory`);
  });
});
