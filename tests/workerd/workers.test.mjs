/**
 * The client inside workerd, over real HTTP to the second server. There no call may be woken by another one: a request
 * that waits on what a second one resolves is killed as hung. Old compatibility dates are part of it: `cache` in a
 * request throws under them.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, beforeEach, describe, test } from "node:test";
import { withMetadata } from "../support/metadata.mjs";
import { noisePng } from "../support/pictures.mjs";
import { startSecondServer } from "../support/second-server.mjs";
import { until } from "../support/until.mjs";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";

const DATES = ["2024-09-01", "2025-06-01", newestCompatibilityDate()];
// The longest step of polling is 10 s; workerd gives up on a hung request long before twice that.
const ANSWER_LIMIT_MS = 25_000;
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

describe("in workerd", { concurrency: DATES.length }, () => {
  for (const date of DATES) describe(`with compatibility date ${date}`, { concurrency: 1 }, () => underDate(date));
});

function underDate(compatibilityDate) {
  let server;
  let workerd;
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-settings-"));

  before(async () => {
    server = await startSecondServer();
    writeFileSync(
      join(folder, "settings.mjs"),
      `export default ${JSON.stringify({ ...server.options, maxConcurrentUploads: 4 })};`,
    );
    workerd = await startWorkerd({
      compatibilityDate,
      modules: {
        "worker.mjs": path("worker.mjs"),
        "scope-watch.mjs": path("scope-watch.mjs"),
        "settings.mjs": join(folder, "settings.mjs"),
        "dist/index.workerd.js": path("../../dist/index.workerd.js"),
        "dist/client.wasm": path("../../dist/client.wasm"),
      },
    });
  });
  beforeEach(() => server.reset());
  after(async () => {
    await workerd?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Asks the worker, and answers what its client's call resolved with. */
  async function ask(route, init) {
    const response = await fetch(`${workerd.origin}${route}`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      ...init,
    });
    const text = await response.text();
    assert.equal(response.status, 200, `${route}: ${text}\n${workerd.log()}`);
    return JSON.parse(text).value;
  }
  const received = async (method, start) =>
    (await server.state()).requests.filter(
      (request) => request.method === method && request.path.startsWith(`/api/v1${start}`),
    ).length;
  const submit = async () => {
    const init = {
      method: "POST",
      headers: { Authorization: `Bearer ${server.options.apiKey}`, "Content-Type": "application/json" },
    };
    const response = await fetch(`${server.baseUrl}/generations`, {
      ...init,
      body: '{"model":"z-image","prompt":"a hill"}',
    });
    return (await response.json()).id;
  };

  test("a_client_made_at_module_scope_draws_and_starts_nothing_there_and_works_in_a_request", async () => {
    assert.deepEqual(await ask("/module-scope"), []);
    assert.deepEqual(await ask("/credits"), { current_credits: 100 });
    assert.deepEqual(await ask("/later"), { current_credits: 100 });
  });

  test("a_posted_photo_is_uploaded_whole_and_becomes_a_picture", async () => {
    const photo = noisePng({ maxBytes: 2_000_000 });
    const generation = await ask("/generate?copies=1", { method: "POST", body: photo });
    assert.equal(generation.status, "succeeded");
    const { uploads, charges } = await server.state();
    assert.deepEqual(
      uploads[0].parts.map(({ name }) => name),
      ["kind", "model", "file"],
    );
    assert.equal(uploads[0].parts[2].sha256, createHash("sha256").update(photo).digest("hex"));
    assert.equal(charges.length, 1);
    const [result] = await ask(`/download?id=${generation.id}`);
    assert.equal(result.type, "image/png");
    assert.ok(result.size > 0);
  });

  test("a_photos_metadata_is_cut_out_and_its_upload_is_told_from_begin_to_end", async () => {
    const photo = noisePng({ maxBytes: 6_000_000 });
    const body = await withMetadata(new Blob([photo]));
    const { removed, told } = await ask("/upload", { method: "POST", body });
    assert.deepEqual(removed, ["Exif (with GPS)", "text", "XMP", "data behind the image"]);
    const { uploads } = await server.state();
    assert.equal(uploads[0].parts[2].sha256, createHash("sha256").update(photo).digest("hex"));
    assert.deepEqual(told, [0, photo.length], "here no byte can be seen going");
  });

  test("twenty_waits_for_one_id_are_all_answered_though_one_caller_hangs_up_and_so_is_one_more", async () => {
    await server.set({ polls: Number.MAX_SAFE_INTEGER });
    const id = await submit();
    const leaving = new AbortController();
    const waits = Array.from({ length: 19 }, () => ask(`/wait?id=${id}`));
    const left = fetch(`${workerd.origin}/wait?id=${id}`, { signal: leaving.signal });
    await until(async () => (await received("GET", `/generations/${id}`)) >= 20, {
      what: "every wait has polled once",
    });
    leaving.abort();
    await assert.rejects(left, { name: "AbortError" });
    waits.push(ask(`/wait?id=${id}`));
    await until(async () => (await received("GET", `/generations/${id}`)) >= 21, { what: "the one more has polled" });
    await server.set({ polls: 1 });
    const ends = await Promise.all(waits);
    assert.equal(ends.length, 20);
    assert.ok(ends.every((generation) => generation.id === id && generation.status === "succeeded"));
    assert.equal((await ask(`/wait?id=${id}`)).status, "succeeded");
  });

  test("a_loop_left_by_its_caller_holds_nobody_up", async () => {
    await server.set({ polls: Number.MAX_SAFE_INTEGER });
    const id = await submit();
    const leaving = new AbortController();
    const left = fetch(`${workerd.origin}/watch?id=${id}`, { signal: leaving.signal });
    await until(async () => (await received("GET", `/generations/${id}`)) >= 1, { what: "it has polled" });
    leaving.abort();
    await assert.rejects(left, { name: "AbortError" });
    await server.set({ polls: 1 });
    assert.deepEqual((await ask(`/watch?id=${id}`)).at(-1), "succeeded");
  });

  test("uploads_that_hang_in_one_call_take_no_place_from_another_call", async () => {
    const photo = noisePng({ maxBytes: 20_000 });
    await server.faults([{ method: "POST", path: "/files", kind: "hang", times: 4 }]);
    const leaving = new AbortController();
    const left = fetch(`${workerd.origin}/generate?copies=5`, { method: "POST", body: photo, signal: leaving.signal });
    await until(async () => (await received("POST", "/files")) >= 4, { what: "four uploads hang" });
    const other = ask("/generate?copies=2", { method: "POST", body: photo });
    await until(async () => (await received("POST", "/files")) >= 6, {
      what: "the other call's uploads are sent",
      limitMs: 3_000,
    });
    leaving.abort();
    await assert.rejects(left, { name: "AbortError" });
    assert.equal((await other).status, "succeeded");
    assert.equal((await ask("/generate?copies=1", { method: "POST", body: photo })).status, "succeeded");
  });

  test("a_429_during_requests_at_once_hangs_nobody_even_if_one_leaves", async () => {
    const body = { error: { code: "rate_limited", message: "Later.", requestId: "req_x" } };
    await server.faults([
      { method: "GET", path: "/credits", kind: "status", status: 429, body, headers: { "Retry-After": "2" }, times: 3 },
    ]);
    const leaving = new AbortController();
    const calls = Array.from({ length: 10 }, () => ask("/credits"));
    const left = fetch(`${workerd.origin}/credits`, { signal: leaving.signal });
    left.catch(() => {});
    await until(async () => (await received("GET", "/credits")) >= 3, { what: "the limit was met" });
    leaving.abort();
    // The balance itself may still move: what a caller left behind before runs on.
    for (const answer of [...(await Promise.all(calls)), await ask("/credits")])
      assert.equal(typeof answer.current_credits, "number");
  });

  test("an_abort_inside_the_worker_rejects_with_its_reason_and_the_client_works_on", async () => {
    await server.faults([{ method: "GET", path: "/credits", kind: "hang", times: 1 }]);
    const response = await fetch(`${workerd.origin}/leave`);
    assert.equal((await response.json()).error.message, "left");
    assert.equal(typeof (await ask("/credits")).current_credits, "number");
  });

  test("workerd_found_no_request_hung_and_no_promise_of_another_request_awaited", () => {
    assert.doesNotMatch(workerd.log(), /hung|different request|uncaught|unhandled/i);
  });
}
