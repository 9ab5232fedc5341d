/**
 * What other scripts of the page's origin do with its locks, and what a lost network does to it: in Chromium, over
 * HTTP.
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

const PAGE = `<!doctype html><meta charset="utf-8"><title>limits</title><script type="module">
  const { createClient } = await import("/dist/index.browser.js");
  const baseUrl = new URLSearchParams(location.search).get("api");
  globalThis.client = await createClient({ baseUrl, apiKey: "${KEY}", dangerouslyAllowBrowser: true });
  globalThis.told = [];
  globalThis.onProgress = ({ phase, sinceMs }) => void told.push([phase, sinceMs]);
  globalThis.outcomeOf = async (promise) => {
    const begunMs = performance.now();
    const tookMs = () => performance.now() - begunMs;
    return promise.then(
      ({ status }) => ({ status, tookMs: tookMs() }),
      (error) => ({
        code: error.code ?? String(error),
        message: error.message,
        attempts: error.attempts,
        charged: error.mayHaveBeenCharged,
        tookMs: tookMs(),
      }),
    );
  };
  globalThis.photo = async () => {
    const canvas = new OffscreenCanvas(32, 32);
    canvas.getContext("2d").fillRect(4, 4, 16, 16);
    return canvas.convertToBlob({ type: "image/png" });
  };
  globalThis.isReady = true;
</script>`;

describe("in Chromium", () => {
  let browser;
  let context;
  let statics;
  let api;
  /** What the server does before it answers. */
  let hold = null;

  before(async () => {
    statics = await serveStatic({ folders: { "/dist/": `${ROOT}dist` }, pages: { "/": PAGE } });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await statics?.close();
  });
  beforeEach(async () => {
    hold = null;
    const held = async (request) =>
      void (await hold?.(`${request.method} ${new URL(request.url).pathname.replace("/api/v1", "")}`));
    const pace = { queuedMs: 100, processingMs: 200 };
    api = await serveEmulator((publicUrl) => createEmulator({ pace, publicUrl }), { handlers: [held] });
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context?.close();
    await api?.close();
  });

  async function open() {
    const tab = await context.newPage();
    await tab.goto(`${statics.origin}/?api=${encodeURIComponent(`${api.origin}/api/v1`)}`);
    await tab.waitForFunction("globalThis.isReady");
    return tab;
  }
  const posts = () => api.emulator.ledger().requests["POST /api/v1/generations"] ?? 0;
  const charges = () => api.emulator.ledger().charges.length;

  /** Leaves an entry of which no answer was ever seen. */
  async function leaveUnanswered(tab) {
    await tab.evaluate(`(async () => {
      const controller = new AbortController();
      const options = { idempotencyKey: "k", signal: controller.signal };
      const generating = client.generate({ model: "z-image", prompt: "left" }, options);
      while ((await client.pending()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort("left");
      await generating.catch(() => {});
    })()`);
  }
  const nameOfLock = (tab) =>
    tab.evaluate(`(async () => {
      const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      const database = await done(indexedDB.open("rivya-wasm"));
      const keys = await done(database.transaction("journal").objectStore("journal").getAllKeys());
      const key = keys.find((key) => key.endsWith("/k"));
      database.close();
      return "rivya-wasm/submission/" + key;
    })()`);

  test("a_resume_ends_at_its_limit_where_another_tab_holds_the_lock_of_the_submission", async () => {
    hold = (what) => (what === "POST /generations" ? new Promise(() => {}) : undefined);
    const [tab, other] = [await open(), await open()];
    await leaveUnanswered(tab);
    const name = JSON.stringify(await nameOfLock(tab));
    await other.evaluate(
      `new Promise((got) => void navigator.locks.request(${name}, () => (got(), new Promise(() => {}))))`,
    );
    const outcome = await tab.evaluate(`outcomeOf(client.resume({ idempotencyKey: "k" }, { waitTimeoutMs: 2_500 }))`);
    assert.deepEqual([outcome.code, outcome.attempts, outcome.charged], ["timeout", 0, true], outcome.message);
    assert.ok(outcome.tookMs >= 2_400 && outcome.tookMs < 20_000, `${outcome.tookMs}`);
  });

  test("a_lock_that_is_stolen_in_mid_submission_changes_nothing_for_who_submits", async () => {
    let letThrough;
    const posted = new Promise((reach) => {
      hold = async (what) => {
        if (what !== "POST /generations") return;
        reach();
        await new Promise((pass) => (letThrough = pass));
      };
    });
    const tab = await open();
    const generating = tab.evaluate(
      `outcomeOf(client.generate({ model: "z-image", prompt: "a hill" }, { idempotencyKey: "k" }))`,
    );
    await posted;
    const name = await nameOfLock(tab);
    assert.deepEqual(
      await tab.evaluate(
        `navigator.locks.query().then(({ held }) => held.map(({ name }) => name).includes(${JSON.stringify(name)}))`,
      ),
      true,
    );
    await tab.evaluate(
      `new Promise((got) => void navigator.locks.request(${JSON.stringify(name)}, { steal: true }, () => got()))`,
    );
    letThrough();
    const outcome = await generating;
    assert.equal(outcome.status, "succeeded", JSON.stringify(outcome));
    assert.equal(charges(), 1);
  });

  describe("without a network", () => {
    test("a_submission_is_held_back_says_so_and_goes_out_once_when_the_network_is_back", async () => {
      const tab = await open();
      await context.setOffline(true);
      assert.equal(await tab.evaluate("navigator.onLine"), false);
      const generating = tab.evaluate(
        `outcomeOf(client.generate({ model: "z-image", prompt: "a hill" }, { onProgress }))`,
      );
      await until(
        async () => (await tab.evaluate("told")).some(([phase, sinceMs]) => phase === "offline" && sinceMs > 900),
        { what: "it says since when" },
      );
      assert.equal(posts(), 0);
      await context.setOffline(false);
      assert.equal((await generating).status, "succeeded");
      assert.deepEqual([posts(), charges()], [1, 1]);
      const phases = (await tab.evaluate("told"))
        .map(([phase]) => phase)
        .filter((phase, index, all) => phase !== all[index - 1]);
      assert.deepEqual(phases.slice(0, 3), ["submitting", "offline", "submitting"]);
      assert.ok(["queued", "processing"].includes(phases[3]), phases.join());
    });

    test("and_one_that_was_held_back_to_its_limit_was_not_charged", async () => {
      const tab = await open();
      await context.setOffline(true);
      const outcome = await tab.evaluate(
        `outcomeOf(client.generate({ model: "z-image", prompt: "a hill" }, { onProgress, waitTimeoutMs: 2_500 }))`,
      );
      assert.deepEqual([outcome.code, outcome.attempts, outcome.charged], ["network_error", 0, false], outcome.message);
      assert.match(outcome.message, /offline/);
      await context.setOffline(false);
      assert.equal(posts(), 0);
    });

    test("a_poll_and_an_upload_say_so_and_go_on", async () => {
      const tab = await open();
      const phase = async () => (await tab.evaluate("told")).at(-1)?.[0];
      const isOffline = async () => (await phase()) === "offline";
      const generating = tab.evaluate(
        `outcomeOf(client.generate({ model: "z-image", prompt: "a hill" }, { onProgress }))`,
      );
      await until(async () => (await phase()) === "queued", { what: "it was submitted" });
      await context.setOffline(true);
      await until(isOffline, { what: "it says that it is offline" });
      await context.setOffline(false);
      assert.equal((await generating).status, "succeeded");

      await context.setOffline(true);
      await tab.evaluate("told.length = 0");
      const uploading = tab.evaluate(
        `photo().then((file) => {
          const request = { model: "nano-banana-2", prompt: "both", references: [file] };
          return outcomeOf(client.generate(request, { onProgress }));
        })`,
      );
      await until(isOffline, { what: "it says that it is offline" });
      await context.setOffline(false);
      assert.equal((await uploading).status, "succeeded");
      const phases = (await tab.evaluate("told"))
        .map(([phase]) => phase)
        .filter((phase, index, all) => phase !== all[index - 1]);
      assert.deepEqual(phases.slice(0, 4), ["uploading", "offline", "uploading", "submitting"]);
    });
  });
});
