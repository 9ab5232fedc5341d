/** In Chromium: signals and files of a frame, a proxy of a file, and a lock that another script holds. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../support/browsers.mjs";
import { serveStatic } from "../../build/static-server.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = `<!doctype html><meta charset="utf-8"><title>odd arguments</title><iframe></iframe>
<script type="module">
  import { createClient } from "/dist/index.browser.js";
  import { API, createFakeApi } from "/tests/support/fake-api.mjs";
  globalThis.api = createFakeApi((call) => globalThis.behave?.(call));
  globalThis.client = await createClient({ baseUrl: API, fetch: api.fetch, downloadFetch: api.fetch, maxRetries: 0 });
  const canvas = new OffscreenCanvas(32, 32);
  canvas.getContext("2d").fillRect(4, 4, 16, 16);
  globalThis.photo = await canvas.convertToBlob({ type: "image/png" });
  globalThis.frame = document.querySelector("iframe").contentWindow;
  globalThis.outcomeOf = (promise) =>
    promise.then((value) => ({ value }), ({ name, code, message }) => ({ name, code, message }));
  globalThis.isReady = true;
</script>`;

describe("in Chromium", () => {
  let browser;
  let statics;
  let page;

  before(async () => {
    const folders = { "/dist/": `${ROOT}dist`, "/tests/": `${ROOT}tests` };
    [browser, statics] = await Promise.all([launchChromium(), serveStatic({ folders, pages: { "/": PAGE } })]);
  });
  after(async () => {
    await browser?.close();
    await statics?.close();
  });
  beforeEach(async () => {
    page = await (await browser.newContext()).newPage();
    await page.goto(statics.url);
    await page.waitForFunction("globalThis.isReady");
  });

  test("a_signal_of_a_frame_is_heard", async () => {
    const outcomes = await page.evaluate(async () => {
      const { AbortSignal, api, client, frame, outcomeOf, photo } = globalThis;
      globalThis.behave = () => "hang";
      const controller = new frame.AbortController();
      const { signal } = controller;
      const calls = [
        client.generate({ model: "z-image", prompt: "a hill" }, { signal }),
        client.generations.wait("task_1", { signal }),
        client.generations.watch("task_2", { signal }).next(),
        client.files.upload(photo, { signal }),
      ].map(outcomeOf);
      while (api.inFlight().length < calls.length) await new Promise((resolve) => setTimeout(resolve, 10));
      controller.abort(new Error("left"));
      const ended = await Promise.all(calls);
      return { ended, isNotOurs: !(signal instanceof AbortSignal), inFlight: api.inFlight() };
    });
    assert.ok(outcomes.isNotOurs);
    assert.deepEqual(
      outcomes.ended.map(({ message }) => message),
      ["left", "left", "left", "left"],
    );
    assert.deepEqual(outcomes.inFlight, []);
  });

  test("a_file_of_a_frame_is_a_file", async () => {
    const outcome = await page.evaluate(async () => {
      const { client, frame, outcomeOf, photo } = globalThis;
      const file = new frame.File([await photo.arrayBuffer()], "a.png", { type: "image/png" });
      const request = { model: "nano-banana-2", prompt: "again", references: [file] };
      return outcomeOf(client.files.inspect(file).then(() => client.generate(request)));
    });
    assert.equal(outcome.value?.status, "succeeded", outcome.message);
  });

  test("a_proxy_of_a_file_is_refused_with_what_would_be_right", async () => {
    const outcomes = await page.evaluate(async () => {
      const { client, outcomeOf, photo } = globalThis;
      const proxy = new Proxy(photo, {});
      const request = { model: "nano-banana-2", prompt: "again", references: [proxy] };
      return {
        refused: await Promise.all(
          [client.files.upload(proxy), client.files.inspect(proxy), client.generate(request)].map(outcomeOf),
        ),
        later: await outcomeOf(client.credits.retrieve()),
      };
    });
    for (const { name, message } of outcomes.refused) {
      assert.equal(name, "TypeError", message);
      assert.match(message, /must be .*a Blob/);
    }
    assert.ok(outcomes.later.value);
  });

  test("a_mark_that_another_script_holds_alone_holds_up_nobody", async () => {
    const outcome = await page.evaluate(async () => {
      const { client, navigator, outcomeOf } = globalThis;
      const { request } = navigator.locks;
      let refused = 0;
      // Whoever takes the lock of an entry before its client does has it alone.
      navigator.locks.request = async (name, options, callback) => {
        if (!options.ifAvailable) return request.call(navigator.locks, name, options, callback);
        let release;
        const held = new Promise((resolve) => (release = resolve));
        await new Promise((resolve) => {
          void request.call(navigator.locks, name, () => (resolve(), held));
        });
        return request.call(navigator.locks, name, options, (lock) => {
          if (lock === null) refused += 1;
          release();
          return callback(lock);
        });
      };
      const made = await outcomeOf(client.generate({ model: "z-image", prompt: "a hill" }));
      return { made, refused };
    });
    assert.equal(outcome.made.value?.status, "succeeded", outcome.made.message);
    assert.ok(outcome.refused > 0);
  });
});
