/**
 * 20,000 calls in one page of Chromium, of all ends: from the 2,000th on, neither the module's memory nor the page's
 * objects nor its listeners become more.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serveStatic } from "../../build/static-server.mjs";
import { launchChromium } from "../support/browsers.mjs";
import { openReadyPage } from "../support/page.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** All of them are uploads, of which a client remembers 1,000: after so many its memory is full. */
const WARM_CALLS = 2_000;
const CALLS = 20_000;
/** An object takes more. The code of a page that goes on being optimised is most of what is measured. */
const MAX_HEAP_BYTES_A_CALL = 16;
/**
 * A page of the module's memory, for what is freed lies scattered. Were anything left of each call, it would grow by
 * four at least.
 */
const MAX_WASM_BYTES = 65_536;

const PAGE = `<!doctype html><meta charset="utf-8"><title>many calls</title><script type="module">
  import { tinyPng } from "/tests/support/tiny-png.mjs";
  import { watchWasmMemory } from "/tests/support/wasm-memory.mjs";
  // Before the package: it looks for modules that are made from then on.
  globalThis.wasmBytes = watchWasmMemory();
  const { createClient } = await import("/dist/index.browser.js");

  const FILE = { id: "file_1", url: "https://cdn.invalid/1.png", kind: "image" };
  const REFUSAL = { error: { code: "validation_failed", message: "no", requestId: "req_1" } };
  const ANSWERS = { "/credits": { current_credits: 100 }, "/models": { object: "list", data: [] }, "/files": FILE };
  const fetch = async (url, { signal }) => {
    signal.throwIfAborted();
    const json = ANSWERS[new URL(url).pathname.replace("/api/v1", "")];
    return json ? Response.json(json) : Response.json(REFUSAL, { status: 400 });
  };
  const client = await createClient({ baseUrl: "https://api.invalid/api/v1", fetch });
  const shared = new AbortController();
  const signal = shared.signal;
  const bytes = tinyPng();
  const upload = () => client.files.upload(new Blob([bytes], { type: "image/png" }), { signal, onProgress() {} });
  const refused = () =>
    client.files.retrieve("file_2", { signal }).then(
      () => Promise.reject(new Error("it was not refused")),
      ({ code }) => (code === "validation_failed" ? null : Promise.reject(new Error(code))),
    );
  const aborted = () => {
    const controller = new AbortController();
    const call = client.credits.retrieve({ signal: controller.signal });
    controller.abort("left");
    return call.then(
      () => Promise.reject(new Error("it was not aborted")),
      (reason) => (reason === "left" ? null : Promise.reject(reason)),
    );
  };
  const WAYS = [upload, () => client.credits.retrieve(), upload, refused, upload, aborted, () => client.models.list()];
  let made = 0;
  /** Makes calls up to that number, one after the other, and here and there several at once. */
  globalThis.makeCalls = async (ways, until) => {
    while (made < until) {
      const atOnce = Math.min(made % 3 === 0 ? WAYS.length : 1, until - made);
      await Promise.all(Array.from({ length: atOnce }, (_, index) => ways[(made + index) % ways.length]()));
      made += atOnce;
    }
    return made;
  };
  globalThis.warmUp = (calls) => makeCalls([upload], calls);
  globalThis.goOn = (calls) => makeCalls(WAYS, calls);
  globalThis.isReady = true;
</script>`;

describe("in one page", () => {
  let browser;
  let server;
  let page;
  let devtools;

  before(async () => {
    server = await serveStatic({
      folders: { "/tests/": `${ROOT}tests`, "/dist/": `${ROOT}dist` },
      pages: { "/": PAGE },
    });
    browser = await launchChromium();
    page = await openReadyPage(browser, server.origin, (opened) => opened.waitForFunction("globalThis.isReady"));
    devtools = await page.context().newCDPSession(page);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** What the page holds, of that which is not collected. */
  async function held() {
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    const { jsEventListeners } = await devtools.send("Memory.getDOMCounters");
    return { heapBytes: usedSize, listeners: jsEventListeners, wasmBytes: await page.evaluate("wasmBytes()") };
  }

  test("twenty_thousand_calls_leave_neither_memory_nor_listeners_behind", async (t) => {
    assert.equal(await page.evaluate((calls) => globalThis.warmUp(calls), WARM_CALLS), WARM_CALLS);
    const warm = await held();
    assert.equal(await page.evaluate((calls) => globalThis.goOn(calls), CALLS), CALLS);
    const last = await held();
    t.diagnostic(`after ${WARM_CALLS} calls ${JSON.stringify(warm)}, after ${CALLS} ${JSON.stringify(last)}`);
    assert.equal(last.listeners, warm.listeners);
    assert.ok(last.wasmBytes - warm.wasmBytes <= MAX_WASM_BYTES, `by ${last.wasmBytes - warm.wasmBytes} bytes`);
    const heapBytes = (last.heapBytes - warm.heapBytes) / (CALLS - WARM_CALLS);
    assert.ok(heapBytes < MAX_HEAP_BYTES_A_CALL, `each call leaves ${heapBytes.toFixed(1)} bytes of objects`);
  });
});
