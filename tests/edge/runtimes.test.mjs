/**
 * The same worker in each runtime, over real HTTP on both sides: client → proxy → emulator. Paths and bodies of an
 * attacker's are written to the socket itself, for every client normalises them.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { noisePng } from "../support/pictures.mjs";
import { serveProxy } from "../support/runtimes.mjs";
import { until } from "../support/until.mjs";
import { newestCompatibilityDate } from "../../build/workerd.mjs";

const API_KEY = "rvya_sk_emulator";
const MAX_UPLOAD_BYTES = 4_000_000;
const ENV = {
  API_KEY,
  SIGNING_KEY: "the signing key of these tests, longer than 32 bytes",
  MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES),
};
const MAP =
  /^(GET \/api\/v1\/(models|generations\/[\w-]+|files\/[\w-]+)|POST \/api\/v1\/(generations|files)|GET \/results\/.*)$/;
const RUNTIMES = [
  { runtime: "node" },
  { runtime: "deno" },
  { runtime: "bun" },
  ...["2024-09-01", "2025-06-01", newestCompatibilityDate()].map((compatibilityDate) => ({
    runtime: "workerd",
    compatibilityDate,
  })),
];

const uploadHead = (host) =>
  `POST /api/rivya/files HTTP/1.1\r\nHost: ${host}\r\nX-Caller: ann\r\nX-Rivya-Client: t\r\n` +
  "Content-Type: multipart/form-data; boundary=x\r\n";

for (const where of RUNTIMES)
  describe(`the proxy in ${[where.runtime, where.compatibilityDate].filter(Boolean).join(" of ")}`, () =>
    inRuntime(where));

function inRuntime(where) {
  let api;
  let proxy;
  /** What reached the API in this test, and in all of them. */
  let seen = [];
  const everSeen = new Set();

  before(async () => {
    const record = async (request) => {
      const { method, headers } = request;
      const entry = { what: `${method} ${new URL(request.url).pathname}`, headers: Object.fromEntries(headers) };
      seen.push(entry);
      everSeen.add(entry.what);
      // The emulator reads the body; a copy tells what arrived.
      if (entry.what === "POST /api/v1/files")
        entry.body = new Uint8Array(
          await request
            .clone()
            .arrayBuffer()
            .catch(() => new ArrayBuffer(0)),
        );
      return undefined;
    };
    api = await serveEmulator(
      (publicUrl) => createEmulator({ apiKeys: [API_KEY], publicUrl, pace: { queuedMs: 50, processingMs: 50 } }),
      { handlers: [record] },
    );
    proxy = await serveProxy({ ...where, env: { ...ENV, UPSTREAM: `${api.origin}/api/v1` } });
  });
  beforeEach(() => (seen = []));
  after(async () => {
    await proxy?.stop();
    await api?.close();
  });

  const base = () => `${proxy.origin}/api/rivya`;
  const clientOf = (caller) => createClient({ baseUrl: base(), headers: { "X-Caller": caller } });
  const ask = (path, caller = "ann") => fetch(base() + path, { headers: { "X-Caller": caller } });

  test("a_client_reads_models_uploads_a_photo_to_the_byte_generates_and_downloads", async () => {
    const client = await clientOf("ann");
    assert.ok((await client.models.list()).data.length > 0);
    const photo = noisePng({ maxBytes: 3_000_000 });
    const generation = await client.generate({
      model: "nano-banana-2",
      prompt: "a hill",
      references: [new Blob([photo], { type: "image/png" })],
    });
    assert.equal(generation.status, "succeeded");
    assert.match(generation.id, /\.[\w-]{22}$/);
    const { body, headers } = seen.find(({ what }) => what === "POST /api/v1/files");
    const start = Buffer.from(body).indexOf(photo.subarray(0, 64));
    const arrived = createHash("sha256")
      .update(body.subarray(start, start + photo.length))
      .digest("hex");
    assert.equal(arrived, createHash("sha256").update(photo).digest("hex"));
    assert.equal(headers["content-length"], String(body.length), "a length that was said goes along");
    assert.equal(headers["transfer-encoding"], undefined);
    const result = await ask(`/generations/${generation.id}/results/0`);
    assert.deepEqual(
      [result.status, result.headers.get("x-content-type-options"), result.headers.get("content-security-policy")],
      [200, "nosniff", "default-src 'none'; sandbox"],
    );
    const bytes = Buffer.from(await result.arrayBuffer());
    const direct = Buffer.from(await (await fetch(generation.result.primary_url)).arrayBuffer());
    assert.ok(bytes.length > 1_000 && bytes.equals(direct));
    client.free();
  });

  test("every_call_of_the_api_carries_the_key_and_none_of_the_callers_headers", async () => {
    const client = await clientOf("ann");
    const { id } = await client.generations.create({ model: "z-image", prompt: "a hill" });
    await client.generations.retrieve(id);
    for (const { what, headers } of seen) {
      assert.equal(headers.authorization, `Bearer ${API_KEY}`, what);
      for (const name of ["x-caller", "cookie", "origin", "x-forwarded-for"])
        assert.equal(headers[name], undefined, `${what}: ${name}`);
    }
    assert.equal(seen.length, 2);
    client.free();
  });

  test("another_callers_id_is_as_one_that_never_was_and_is_asked_of_nobody", async () => {
    const [ann, bob] = [await clientOf("ann"), await clientOf("bob")];
    const { id } = await ann.generations.create({ model: "z-image", prompt: "a hill" });
    seen = [];
    await assert.rejects(bob.generations.retrieve(id), { code: "not_found", status: 404 });
    const missing = await (await ask("/generations/task_missing")).text();
    assert.equal(await (await ask(`/generations/${id}`, "bob")).text(), missing);
    assert.equal(await (await ask(`/generations/${id}/results/0`, "bob")).text(), missing);
    assert.deepEqual(seen, []);
    ann.free();
    bob.free();
  });

  test("no_path_written_to_the_socket_leads_out_of_the_map", async () => {
    const paths = [
      "/api/rivya/models/../credits",
      "/api/rivya/generations/../credits",
      "/api/rivya/generations/%2e%2e/credits",
      "/api/rivya/generations/..%2fcredits",
      "/api/rivya/generations/..%5ccredits",
      "/api/rivya/generations/%252e%252e%252fcredits",
      "/api/rivya/../../api/v1/credits",
      "/api/v1/credits",
      "//api/rivya/credits",
      "/api/rivya//credits",
      "/api/rivya/generations//credits",
      "/api/rivya/./credits",
      "/api/rivya\\credits",
      "/api/rivya/%63redits",
      "/api/rivya/credits;x",
      "/api/rivya/credits%00",
      "/api/rivya/generations/a%00b",
      "/x/../api/rivya/credits",
      "/api/rivya/models?/../credits",
      "/api/rivya/models#/../credits",
      "/api/rivya/files/http://evil.test/x",
      "/api/rivya/generations/@evil.test",
      "/api/rivya/openapi.json",
      "/api/rivya/chat/sessions",
      "http://evil.test/api/rivya/credits",
      "http://evil.test/api/v1/credits",
      "https://rivya.ai/api/v1/credits",
      "*",
      "api/rivya/credits",
    ];
    for (const path of paths) {
      await raw(
        `GET ${path} HTTP/1.1\r\nHost: ${new URL(proxy.origin).host}\r\nX-Caller: ann\r\nConnection: close\r\n\r\n`,
      );
      await raw(
        `DELETE ${path} HTTP/1.1\r\nHost: ${new URL(proxy.origin).host}\r\nX-Caller: ann\r\nX-Rivya-Client: t\r\nConnection: close\r\n\r\n`,
      );
    }
    assert.equal((await ask("/models")).status, 200, "it serves still");
    // A query or a fragment behind a route is none of its path: the models may be read so.
    for (const { what } of seen) assert.equal(what, "GET /api/v1/models");
  });

  test("what_follows_a_body_is_another_request_and_a_length_beside_chunks_misleads_nobody", async () => {
    const head = uploadHead(new URL(proxy.origin).host);
    const smuggled = "GET /api/v1/credits HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n";
    for (const lie of [
      `Content-Length: 4\r\n\r\n0123${smuggled}`,
      `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
      `Transfer-Encoding: chunked\r\nContent-Length: ${smuggled.length + 5}\r\n\r\n0\r\n\r\n${smuggled}`,
      `Content-Length: 4\r\nContent-Length: ${4 + smuggled.length}\r\n\r\n0123${smuggled}`,
      `Content-Length: 4, 4\r\n\r\n0123${smuggled}`,
      `Content-Length: +4\r\n\r\n0123${smuggled}`,
      `Transfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n\r\n0123${smuggled}`,
    ]) {
      await raw(head + lie, { waitMs: 300 });
    }
    for (const { what, headers, body } of seen) {
      assert.equal(what, "POST /api/v1/files");
      assert.equal(headers["content-length"], "4");
      assert.equal(Buffer.from(body).toString(), "0123");
    }
    assert.ok(seen.length >= 1, "the one that is no lie in itself");
  });

  test("an_upload_without_a_length_is_refused_and_one_that_is_too_long_too", async () => {
    const form = { "X-Caller": "ann", "X-Rivya-Client": "t", "Content-Type": "multipart/form-data; boundary=x" };
    const chunked = await fetch(`${base()}/files`, {
      method: "POST",
      headers: form,
      body: new Blob(["x"]).stream(),
      duplex: "half",
    });
    assert.deepEqual([chunked.status, (await chunked.json()).error.code], [411, "length_required"]);
    const large = await raw(
      `POST /api/rivya/files HTTP/1.1\r\nHost: x\r\n${lines(form)}Content-Length: ${MAX_UPLOAD_BYTES + 1}\r\n\r\n`,
    );
    assert.match(large, /^HTTP\/1\.1 413 /);
    assert.deepEqual(seen, []);
  });

  test("an_upload_in_chunks_that_is_too_long_or_cut_never_ends_at_the_api_as_if_it_were_whole", async (t) => {
    const ends = [];
    const server = createServer((request, response) => {
      request.resume();
      request.once("end", () => {
        ends.push("whole");
        response.setHeader("Content-Type", "application/json");
        response.end('{"id":"file_1"}');
      });
      request.once("error", () => ends.push("cut"));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const other = await serveProxy({
      ...where,
      env: { ...ENV, ALLOW_CHUNKED: "true", UPSTREAM: `http://127.0.0.1:${server.address().port}/api/v1` },
    });
    t.after(async () => {
      await other.stop();
      server.closeAllConnections();
      server.close();
    });
    const head = `${uploadHead("x")}Transfer-Encoding: chunked\r\n\r\n`;
    const chunk = `80000\r\n${"x".repeat(0x80000)}\r\n`;
    assert.match(await raw(`${head}${chunk}0\r\n\r\n`, { port: other.port }), /^HTTP\/1\.1 200 /);
    assert.match(await raw(`${head}${chunk.repeat(10)}0\r\n\r\n`, { port: other.port }), /^HTTP\/1\.1 413 /);
    await until(() => ends.length === 2, { what: "the API has seen the end of the long one" });
    assert.doesNotMatch(await raw(`${head}${chunk}zz\r\n`, { port: other.port, waitMs: 1_000 }), /^HTTP\/1\.1 2/);
    await raw(`${head}${chunk}`, { port: other.port, waitMs: 300 });
    await until(() => ends.length === 4, { what: "the API has seen the end of the ones that were cut" });
    assert.deepEqual(ends, ["whole", "cut", "cut", "cut"]);
  });

  test("an_answer_that_says_a_length_beside_chunks_is_read_no_further_than_is_allowed", async (t) => {
    const chunk = Buffer.from(`10000\r\n${" ".repeat(0x10000)}\r\n`);
    const limitBytes = 200_000_000;
    let written = 0;
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      const pump = () => {
        while (written < limitBytes && !socket.destroyed) {
          written += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", pump);
        }
        socket.end("0\r\n\r\n");
      };
      socket.once("data", () => {
        socket.write(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        pump();
      });
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const other = await serveProxy({
      ...where,
      env: { ...ENV, UPSTREAM: `http://127.0.0.1:${server.address().port}/api/v1` },
    });
    t.after(async () => {
      await other.stop();
      server.close();
    });
    const response = await fetch(`${other.origin}/api/rivya/models`, { headers: { "X-Caller": "ann" } });
    assert.equal(response.status, 502);
    // What the sockets and the runtime hold of it counts as well.
    assert.ok(written < 32_000_000, `${written} bytes were sent`);
  });

  for (const madeBy of ["the_platform", "javascript"]) {
    test(`an_answer_of_any_length_arrives_to_the_byte_and_none_that_is_cut_off_where_its_body_is_made_by_${madeBy}`, async (t) => {
      let answered;
      const server = createServer((_, response) => {
        const { bytes, saysLength, isCut } = answered;
        const middle = bytes.length >> 1;
        response.setHeader("Content-Type", "application/json");
        if (saysLength) response.setHeader("Content-Length", bytes.length);
        response.write(bytes.subarray(0, middle), () =>
          isCut ? response.destroy() : response.end(bytes.subarray(middle)),
        );
      });
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      const env = {
        ...ENV,
        UPSTREAM: `http://127.0.0.1:${server.address().port}/api/v1`,
        IN_PIECES: String(madeBy === "javascript"),
      };
      const other = await serveProxy({ ...where, env });
      t.after(async () => {
        await other.stop();
        server.closeAllConnections();
        server.close();
      });
      const models = () => fetch(`${other.origin}/api/rivya/models`, { headers: { "X-Caller": "ann" } });
      // Around the ends of buffers, with characters of several bytes across them.
      for (const length of [2, 100, 4_095, 4_096, 4_097, 8_192, 300_000]) {
        const text = `"${"日".repeat((length - 2) / 3)}${"x".repeat((length - 2) % 3)}"`;
        for (const saysLength of [true, false]) {
          answered = { bytes: Buffer.from(text), saysLength, isCut: false };
          const whole = await models();
          const what = `${length} bytes, ${saysLength ? "with their length" : "in chunks"}`;
          assert.deepEqual([whole.status, (await whole.text()) === text], [200, true], what);
          answered.isCut = true;
          const cut = await models();
          assert.deepEqual(
            [cut.status, (await cut.json()).error.code],
            [502, "upstream_unreachable"],
            `${what}, cut off`,
          );
        }
      }
    });
  }

  test("of_all_this_nothing_outside_of_the_map_has_reached_the_api_and_its_log_shows_no_key", () => {
    for (const what of everSeen) assert.match(what, MAP);
    assert.ok(everSeen.size >= 5);
    assert.ok(!proxy.log().includes(API_KEY));
    assert.doesNotMatch(proxy.log(), /hung|different request|uncaught|unhandled/i);
  });

  /** Writes to the socket as it is, and reads until it closes, or until nothing has come for `waitMs`. */
  function raw(text, { port = proxy.port, waitMs = 2_000 } = {}) {
    return new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      let answered = "";
      const end = () => {
        socket.destroy();
        resolve(answered);
      };
      socket.setTimeout(waitMs, end);
      socket.on("data", (data) => (answered += data.toString("latin1")));
      socket.on("error", end);
      socket.on("close", end);
    });
  }
}

const lines = (headers) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
