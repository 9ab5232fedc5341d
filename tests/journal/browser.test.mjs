/**
 * The journal where it matters: in Chromium, over HTTP, through real reloads, in two tabs, in a worker, and in frames
 * that may not store anything.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator } from "rivya-wasm/emulator";
import { serveEmulator } from "../../dist/server.js";
import { launchChromium } from "../support/browsers.mjs";
import { serveStatic } from "../../build/static-server.mjs";
import { until } from "../support/until.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KEY = "rvya_sk_emulator";
const PACE = { queuedMs: 200, processingMs: 400 };

/** What page, frame and worker have in common; `API` is set before. */
const SETUP = `
  globalThis.warnings = [];
  const { warn } = console;
  console.warn = (...words) => { warnings.push(words.join(" ")); warn(...words); };
  const { createClient } = await import(ORIGIN + "/dist/index.browser.js");
  const options = { baseUrl: API, apiKey: "${KEY}", dangerouslyAllowBrowser: true, timeoutMs: 10_000 };
  globalThis.client = await createClient(options);
  globalThis.photo = async () => {
    const canvas = new OffscreenCanvas(32, 32);
    canvas.getContext("2d").fillRect(4, 4, 16, 16);
    return canvas.convertToBlob({ type: "image/png" });
  };
  globalThis.outcomeOf = (promise) =>
    promise.then(
      ({ id, status }) => ({ id, status }),
      (error) => ({ code: error.code ?? String(error) }),
    );
`;
const page = (script) =>
  `<!doctype html><meta charset="utf-8"><title>journal</title><script type="module">${script}</script>`;
const pageOf = (before = "") =>
  page(`
    globalThis.ORIGIN = location.origin;
    globalThis.API = new URLSearchParams(location.search).get("api");
    ${before};
    ${SETUP};
    globalThis.isReady = true;`);

const PAGES = {
  "/": pageOf(),
  // As a browser does that stores nothing in private.
  "/no-open": pageOf(
    `IDBFactory.prototype.open = () => {
      const message = "A mutation operation was attempted on a database that did not allow mutations.";
      throw new DOMException(message, "InvalidStateError");
    }`,
  ),
  "/open-fails": pageOf(
    `const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function () { return open.call(this, "rivya-wasm", 2 ** 60 + 2 ** 59); }`,
  ),
  "/no-name": pageOf(
    `const get = () => { throw new DOMException("The operation is insecure.", "SecurityError"); };
    Object.defineProperty(globalThis, "indexedDB", { get })`,
  ),
  "/no-indexeddb": pageOf(`Object.defineProperty(globalThis, "indexedDB", { value: undefined })`),
  "/quota": pageOf(`IDBObjectStore.prototype.put = () => { throw new DOMException("Full.", "QuotaExceededError"); }`),
  "/no-locks": pageOf(
    `LockManager.prototype.request = () => Promise.reject(new DOMException("Not here.", "SecurityError"))`,
  ),
  "/framed": page(`
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.src = "/frame" + location.search;
    globalThis.told = new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data)));
    document.body.append(frame);
    globalThis.isReady = true;`),
  "/frame": page(`
    globalThis.ORIGIN = new URL(location.href).origin;
    globalThis.API = new URLSearchParams(location.search).get("api");
    ${SETUP};
    const framed = () => outcomeOf(client.generate({ model: "z-image", prompt: "framed" }));
    const results = [await framed(), await framed()];
    parent.postMessage({ results, warnings, pending: await client.pending() }, "*");`),
  "/worker.js": `onmessage = async ({ data }) => {
    globalThis.ORIGIN = data.origin;
    globalThis.API = data.api;
    ${SETUP};
    const request = { model: "nano-banana-2", prompt: "in a worker", references: [await photo()] };
    const done = await outcomeOf(client.generate(request, { idempotencyKey: "worker" }));
    const left = client.generate({ model: "z-image", prompt: "left" }, { idempotencyKey: "left", waitTimeoutMs: 1 });
    const results = [done, await outcomeOf(left)];
    postMessage({ results, warnings, pending: await client.pending() });
  };`,
};

describe("in Chromium", () => {
  let browser;
  let context;
  let statics;
  let api;
  /** What the server does before it answers; a test may change it. */
  let hold = null;

  before(async () => {
    statics = await serveStatic({
      folders: { "/dist/": `${ROOT}dist` },
      pages: PAGES,
      headers: { "Access-Control-Allow-Origin": "*" },
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await statics?.close();
  });
  beforeEach(async () => {
    hold = null;
    const held = async (request) => {
      await hold?.(`${request.method} ${new URL(request.url).pathname.replace("/api/v1", "")}`);
      return undefined;
    };
    api = await serveEmulator((publicUrl) => createEmulator({ pace: PACE, publicUrl }), { handlers: [held] });
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context?.close();
    await api?.close();
  });

  /** A tab, ready; tabs of one test share what they store. */
  async function open(path = "/") {
    const tab = await context.newPage();
    const failure = new Promise((_, reject) => tab.once("pageerror", reject));
    failure.catch(() => {});
    await tab.goto(`${statics.origin}${path}?api=${encodeURIComponent(`${api.origin}/api/v1`)}`);
    await Promise.race([tab.waitForFunction("globalThis.isReady"), failure]);
    return tab;
  }
  const pending = (tab) => tab.evaluate("client.pending()");
  const charges = () => api.emulator.ledger().charges;
  const asked = (what) => api.emulator.ledger().requests[what] ?? 0;
  /** The entries that IndexedDB holds, without the client. What was learned of durations lies beside them, as lists. */
  const stored = (tab) =>
    tab.evaluate(async () => {
      const done = (request) =>
        new Promise((resolve, reject) =>
          Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }),
        );
      const database = await done(indexedDB.open("rivya-wasm"));
      const texts = await done(database.transaction("journal").objectStore("journal").getAll());
      database.close();
      return texts.map((text) => JSON.parse(text)).filter((value) => !Array.isArray(value));
    });
  /** A gate in the server: `reached` when somebody stands before it. */
  function gate(what, times = Infinity) {
    let letThrough;
    let reach;
    const reached = new Promise((resolve) => (reach = resolve));
    const passed = new Promise((resolve) => (letThrough = resolve));
    let left = times;
    hold = async (asked) => {
      if (!asked.startsWith(what) || (left -= 1) < 0) return;
      reach();
      await passed;
    };
    return { reached, letThrough };
  }

  test("indexeddb_holds_the_submission_before_it_is_sent_and_its_id_afterwards", async () => {
    const post = gate("POST /generations");
    const tab = await open();
    const generating = tab.evaluate(
      `outcomeOf(client.generate({ model: "z-image", prompt: "a hill" }, { idempotencyKey: "k" }))`,
    );
    await post.reached;
    assert.deepEqual(
      (await stored(tab)).map(({ key, state, body }) => [key, state, JSON.parse(body)]),
      [["k", "unsubmitted", { model: "z-image", prompt: "a hill" }]],
    );
    assert.deepEqual(
      (await pending(tab)).map(({ active }) => active),
      [true],
    );
    const poll = gate("GET /generations/");
    post.letThrough();
    await poll.reached;
    const [{ id, state }] = await stored(tab);
    assert.deepEqual([id, state], [charges()[0].id, "running"]);
    poll.letThrough();
    assert.deepEqual(await generating, { id, status: "succeeded" });
    await until(async () => (await stored(tab))[0].deliveredMs !== undefined, { what: "the delivery is noted" });
    assert.deepEqual(await pending(tab), []);
  });

  const START = `
    const request = { model: "nano-banana-2", prompt: "a hill", references: [await photo()] };
    void client.generate(request, { idempotencyKey: "k" }).catch(() => {})`;
  const start = (tab) => tab.evaluate(`(async () => { ${START} })()`);

  for (const [how, leave] of [
    ["closed", async (tab) => (await tab.close(), open())],
    ["reloaded", async (tab) => (await tab.reload(), await tab.waitForFunction("globalThis.isReady"), tab)],
  ]) {
    test(`a_page_${how}_during_the_upload_has_paid_nothing_and_owes_nothing`, async () => {
      const upload = gate("POST /files", 1);
      const tab = await open();
      await start(tab);
      await upload.reached;
      const next = await leave(tab);
      upload.letThrough();
      assert.deepEqual(await pending(next), []);
      assert.equal(charges().length, 0);
    });

    test(`a_page_${how}_during_the_submission_finds_it_again_and_pays_once`, async () => {
      const post = gate("POST /generations", 1);
      const tab = await open();
      await start(tab);
      await post.reached;
      const next = await leave(tab);
      // Only now the API takes what nobody will see the answer of.
      post.letThrough();
      const [entry] = await pending(next);
      assert.deepEqual(
        [entry.state, entry.generationId, entry.active, entry.prompt],
        ["unsubmitted", null, false, "a hill"],
      );
      const result = await next.evaluate((which) => globalThis.outcomeOf(globalThis.client.resume(which)), entry);
      assert.equal(result.status, "succeeded");
      assert.deepEqual(
        charges().map(({ id }) => id),
        [result.id],
      );
      assert.equal(asked("POST /api/v1/files"), 1);
      assert.deepEqual(await pending(next), []);
    });

    test(`a_page_${how}_while_it_waits_finds_it_again_and_submits_nothing`, async () => {
      const poll = gate("GET /generations/", 1);
      const tab = await open();
      await start(tab);
      await poll.reached;
      const next = await leave(tab);
      poll.letThrough();
      const [entry] = await pending(next);
      assert.deepEqual([entry.state, entry.generationId, entry.active], ["running", charges()[0].id, false]);
      const result = await next.evaluate((which) => globalThis.outcomeOf(globalThis.client.resume(which)), entry);
      assert.deepEqual(result, { id: entry.generationId, status: "succeeded" });
      assert.deepEqual([asked("POST /api/v1/generations"), charges().length], [1, 1]);
      assert.deepEqual(await pending(next), []);
    });
  }

  test("two_tabs_that_resume_one_entry_at_once_send_one_submission_and_both_get_the_result", async () => {
    const first = gate("POST /generations", 1);
    const left = await open();
    await start(left);
    await first.reached;
    await left.close();
    const tabs = [await open(), await open()];
    const before = asked("POST /api/v1/generations");
    const again = gate("POST /generations");
    const results = tabs.map((tab) => tab.evaluate(`outcomeOf(client.resume({ idempotencyKey: "k" }))`));
    await again.reached;
    // The other one stands in line for the lock, and each sees that somebody is at it.
    await until(async () => (await tabs[0].evaluate("navigator.locks.query()")).pending.length === 1, {
      what: "the second tab waits for its turn",
    });
    for (const tab of tabs)
      assert.deepEqual(
        (await pending(tab)).map(({ active }) => active),
        [true],
      );
    again.letThrough();
    const [one, other] = await Promise.all(results);
    assert.deepEqual([one, other], Array(2).fill({ id: charges()[0].id, status: "succeeded" }));
    assert.deepEqual([asked("POST /api/v1/generations") - before, charges().length], [1, 1]);
    first.letThrough();
  });

  test("a_tab_that_waits_for_its_turn_takes_it_when_the_other_one_is_closed", async () => {
    const first = gate("POST /generations", 1);
    const one = await open();
    await start(one);
    await first.reached;
    const other = await open();
    const resumed = other.evaluate(`outcomeOf(client.resume({ idempotencyKey: "k" }))`);
    await until(async () => (await other.evaluate("navigator.locks.query()")).pending.length === 1, {
      what: "the second tab waits for its turn",
    });
    await one.close();
    assert.equal((await resumed).status, "succeeded");
    first.letThrough();
    assert.equal(charges().length, 1);
  });

  test("a_sandboxed_frame_that_may_not_store_anything_generates_all_the_same_and_says_so_once", async () => {
    const tab = await open("/framed");
    // Its origin is opaque ("null"), and the server lets in loopback alone: as a proxy of the page's own would, the
    // test forwards it without.
    await tab.route(`${api.origin}/**`, async (route) => {
      const { origin, ...headers } = route.request().headers();
      const response = await route.fetch({ headers });
      await route.fulfill({
        response,
        headers: { ...response.headers(), "access-control-allow-origin": "*", "access-control-allow-headers": "*" },
      });
    });
    const { results, warnings, pending: left } = await tab.evaluate("told");
    assert.deepEqual(
      results.map(({ status }) => status),
      ["succeeded", "succeeded"],
      JSON.stringify(results),
    );
    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0], /^rivya-wasm: the store failed/);
    assert.deepEqual(left, []);
  });

  for (const [path, isTold] of [
    ["/no-open", true],
    ["/open-fails", true],
    ["/quota", true],
    ["/no-name", false],
    ["/no-indexeddb", false],
  ]) {
    test(`a_page_like ${path} generates all the same, and ${isTold ? "says once that nothing is remembered" : "remembers while it is open"}`, async () => {
      const tab = await open(path);
      const results = await tab.evaluate(`(async () => [
        await outcomeOf(client.generate({ model: "z-image", prompt: "one" })),
        await outcomeOf(
          client.generate({ model: "z-image", prompt: "two" }, { idempotencyKey: "k", waitTimeoutMs: 1 }),
        ),
        (await client.pending()).length,
      ])()`);
      assert.deepEqual([results[0].status, results[1].code, results[2]], ["succeeded", "timeout", isTold ? 0 : 1]);
      const warnings = await tab.evaluate("warnings");
      assert.equal(warnings.length, isTold ? 1 : 0, warnings.join("\n"));
      assert.equal(charges().length, 2);
    });
  }

  test("a_page_that_may_not_have_locks_does_with_turns_of_its_own", async () => {
    const tab = await open("/no-locks");
    const results = await tab.evaluate(
      `Promise.all([1, 2, 3].map(() =>
        outcomeOf(client.generate({ model: "z-image", prompt: "a hill" }, { idempotencyKey: "k" }))))`,
    );
    assert.deepEqual(results, Array(3).fill({ id: charges()[0].id, status: "succeeded" }));
    assert.equal(asked("POST /api/v1/generations"), 1);
  });

  test("a_worker_has_the_same_journal_as_its_page", async () => {
    const tab = await open();
    const told = await tab.evaluate(async (api) => {
      const worker = new Worker("/worker.js", { type: "module" });
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage({ origin: location.origin, api });
      });
    }, `${api.origin}/api/v1`);
    assert.deepEqual(
      told.results.map(({ status, code }) => status ?? code),
      ["succeeded", "timeout"],
    );
    assert.deepEqual([told.warnings, told.pending.map(({ idempotencyKey }) => idempotencyKey)], [[], ["left"]]);
    const [entry] = await pending(tab);
    assert.equal(entry.idempotencyKey, "left");
    assert.equal(
      (await tab.evaluate((which) => globalThis.outcomeOf(globalThis.client.resume(which)), entry)).status,
      "succeeded",
    );
    assert.equal(charges().length, 2);
  });
});
