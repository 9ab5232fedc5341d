/**
 * No timer, listener, request or XMLHttpRequest is left behind in a page, however a call ends: each way 30 times in
 * Chromium.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { openReadyPage } from "../support/page.mjs";
import { serveStatic } from "../../build/static-server.mjs";
import { until } from "../support/until.mjs";
import { wayNames } from "./ways.mjs";

const TIMES = 30;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

// Clock, ledger and watch first, then the package: it may keep what it finds at import.
const PAGE = `<!doctype html><title>leaks</title><script type="module">
  import { installFakeClock } from "/tests/support/fake-clock.mjs";
  import { openResourceLedger } from "/tests/support/resource-ledger.mjs";
  import { watchWasmMemory } from "/tests/support/wasm-memory.mjs";
  import { goWay } from "/tests/leaks/ways.mjs";
  const clock = installFakeClock();
  const ledger = openResourceLedger();
  const memoryBytes = watchWasmMemory();
  const { createClient } = await import("/dist/index.browser.js");
  globalThis.unhandled = [];
  addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason?.stack ?? reason)));
  globalThis.go = (name, times) => goWay(name, times, { createClient, clock, ledger, memoryBytes });
</script>`;

describe("in a page", () => {
  let browser;
  let server;
  let page;

  before(async () => {
    server = await serveStatic({
      folders: { "/tests/": `${ROOT}tests`, "/dist/": `${ROOT}dist` },
      pages: { "/": PAGE },
    });
    browser = await launchChromium();
    // Asked from here: timers in the page stand still.
    const isReady = (opened) =>
      until(() => opened.evaluate("typeof globalThis.go === 'function'"), { what: "the page has loaded the package" });
    page = await openReadyPage(browser, server.origin, isReady);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  for (const name of wayNames()) {
    test(`nothing_is_left_behind_by_${name}`, async () => {
      assert.equal(await page.evaluate(([way, times]) => globalThis.go(way, times), [name, TIMES]), null);
    });
  }

  test("no_rejection_went_unseen", async () => {
    assert.deepEqual(await page.evaluate("unhandled"), []);
  });
});
