/**
 * Bytes are seen going in real browsers: in a page and in a worker, in Chromium and in Firefox, through XMLHttpRequest
 * and only where that is safe.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, beforeEach, describe, test } from "node:test";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";
import { noisePng } from "../support/pictures.mjs";
import { until, withResolvers } from "../support/until.mjs";
import { startSlowApi } from "./slow-api.mjs";

/** More than is ever received, and little enough that a browser which receives it all comes to its end. */
const ENDLESS_BYTES = 150_000_000;
const PHOTO = noisePng({ maxBytes: 16_000_000 });
const script = (file) => ({
  type: "text/javascript",
  body: readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url))),
});
/** In the page and in its worker: uploads the photo. */
const CLIENT = `
  import { createClient } from "/client.mjs";
  const photo = fetch("/photo.png").then((response) => response.blob());
  export async function upload({ options, hears = true, abortsHalfWay = false } = {}) {
    const client = await createClient(options);
    const told = [];
    const aborting = new AbortController();
    const onProgress = ({ loadedBytes, totalBytes }) => {
      told.push({ loadedBytes, totalBytes, atMs: performance.now() });
      if (loadedBytes === 0 || loadedBytes === totalBytes) return;
      if (abortsHalfWay) aborting.abort(new Error("the caller has left"));
    };
    try {
      const uploaded = await client.files.upload(new Blob([await photo], { type: "image/png" }), {
        model: "nano-banana-2", signal: aborting.signal, ...(hears && { onProgress }),
      });
      return { told, uploaded };
    } catch (error) {
      return { told, error: { message: error.message, code: error.code, attempts: error.attempts } };
    } finally {
      client.free();
    }
  }`;
const PAGE = `<!doctype html><title>progress</title><script type="module">
  import { upload } from "/upload.mjs";
  globalThis.upload = upload;
  const worker = new Worker("/worker.mjs", { type: "module" });
  globalThis.uploadInWorker = (asked) =>
    new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(asked);
    });
  globalThis.isReady = true;
</script>`;
const WORKER = `import { upload } from "/upload.mjs"; onmessage = async ({ data }) => postMessage(await upload(data));`;
const PAGES = {
  "/": { type: "text/html", body: PAGE },
  "/upload.mjs": { type: "text/javascript", body: CLIENT },
  "/worker.mjs": { type: "text/javascript", body: WORKER },
  "/client.mjs": script("dist/index.browser.js"),
  "/photo.png": { type: "image/png", body: PHOTO },
};

for (const [name, launch] of [
  ["Chromium", launchChromium],
  ["Firefox", launchFirefox],
]) {
  describe(`an upload in ${name}`, () => {
    let api;
    let browser;
    let page;
    before(async () => {
      api = await startSlowApi(PAGES);
      browser = await launch();
      page = await browser.newPage();
      await page.goto(api.origin);
      await page.waitForFunction("globalThis.isReady");
    });
    beforeEach(() => {
      api.uploads.length = 0;
      api.behave = () => undefined;
    });
    after(async () => {
      await browser?.close();
      api?.close();
    });
    const upload = (asked, where = "upload") =>
      page.evaluate(([where, asked]) => globalThis[where](asked), [where, asked]);

    for (const where of ["upload", "uploadInWorker"]) {
      test(`tells_its_bytes_as_they_go_in_a_${where === "upload" ? "page" : "worker"}`, async () => {
        const { told, uploaded } = await upload(undefined, where);
        assert.equal(uploaded.url, "https://cdn.invalid/1");
        const loaded = told.map(({ loadedBytes }) => loadedBytes);
        assert.deepEqual([loaded[0], loaded.at(-1)], [0, PHOTO.length]);
        assert.deepEqual(
          loaded,
          loaded.toSorted((a, b) => a - b),
          "it never goes back",
        );
        assert.equal(new Set(loaded).size, loaded.length, "nothing is told twice");
        assert.ok(loaded.length > 2 && told.every(({ totalBytes }) => totalBytes === PHOTO.length));
        // Browsers round their clocks, Firefox to a whole millisecond.
        const middle = told.slice(1, -1).map(({ atMs }, index) => atMs - told[index].atMs);
        assert.ok(
          middle.every((gapMs) => gapMs >= 48),
          `at most 20 a second: ${middle}`,
        );
      });
    }

    test("without_a_callback_goes_by_fetch_and_with_one_sends_the_same", async () => {
      await page.evaluate(() => {
        globalThis.xhrs = 0;
        const { send } = XMLHttpRequest.prototype;
        XMLHttpRequest.prototype.send = function (body) {
          globalThis.xhrs += 1;
          return send.call(this, body);
        };
      });
      const xhrs = () => page.evaluate("globalThis.xhrs");
      await upload({ hears: false });
      assert.equal(await xhrs(), 0);
      await upload();
      assert.equal(await xhrs(), 1);
      // Chosen by what is safe: XMLHttpRequest would send cookies all the same.
      await upload({ options: { credentials: "omit" } });
      // And follow a redirect with the key.
      await upload({ options: { baseUrl: api.baseUrl, apiKey: "rvya_sk_emulator", dangerouslyAllowBrowser: true } });
      assert.equal(await xhrs(), 1);
      const [plain, seen] = api.uploads.map(({ headers }) =>
        Object.keys(headers)
          .filter((header) => !/^(sec-|priority|content-length|cookie|pragma|cache-control)/.test(header))
          .sort(),
      );
      assert.deepEqual(seen, plain);
      assert.ok(plain.includes("x-rivya-client"));
      assert.deepEqual(new Set(api.uploads.map(({ bytes }) => bytes > PHOTO.length)), new Set([true]));
    });

    test("is_repeated_as_by_fetch_after_a_refusal_in_passing", async () => {
      api.behave = (number) => (number === 0 ? { status: 503, headers: { "Retry-After": "0" } } : undefined);
      const { uploaded, told } = await upload();
      assert.equal(uploaded.url, "https://cdn.invalid/2");
      assert.equal(told.at(-1).loadedBytes, PHOTO.length);
    });

    for (const [way, hears] of [
      ["told", true],
      ["not_told", false],
    ]) {
      test(`that_is_refused_before_all_of_it_has_gone_is_refused_once_where_its_bytes_are_${way}`, async () => {
        api.behave = () => ({
          status: 413,
          isEarly: true,
          body: { error: { code: "file_too_large", message: "It is too large.", requestId: "req_1" } },
        });
        const { error, told } = await upload({ hears });
        assert.deepEqual([error.code, error.attempts, error.message], ["file_too_large", 1, "It is too large."]);
        assert.ok(
          told.every(({ loadedBytes }) => loadedBytes < PHOTO.length),
          "nothing says that it is there",
        );
        assert.equal(api.uploads.length, 1);
      });
    }

    for (const [way, hears] of [
      ["told", true],
      ["not_told", false],
    ]) {
      test(`whose_answer_comes_to_no_end_is_given_up_where_its_bytes_are_${way}`, async () => {
        api.behave = () => ({ blankBytes: ENDLESS_BYTES });
        const { error } = await upload({ hears, options: { maxRetries: 0 } });
        const [answered] = api.uploads;
        await until(() => answered.isAnswered, { what: "the connection is closed" });
        assert.ok(answered.answerBytes < ENDLESS_BYTES / 2, `${answered.answerBytes} bytes were sent`);
        assert.equal(error.code, "invalid_response");
      });
    }

    test("that_was_redirected_is_an_invalid_response", async () => {
      api.behave = (number) =>
        number === 0
          ? { status: 307, headers: { Location: "/api/rivya/files?elsewhere" } }
          : { status: 201, body: { url: "https://elsewhere.invalid" } };
      const { error } = await upload();
      assert.deepEqual([error.code, error.attempts], ["invalid_response", 1]);
    });

    test("that_is_aborted_half_way_stops_at_once", async () => {
      // Nothing is read before it was aborted, so that it can't have gone whole: what the line holds is far less.
      const { promise: aborted, resolve } = withResolvers();
      api.behave = () => ({ readsAfter: aborted });
      const { error, told } = await upload({ abortsHalfWay: true }).finally(resolve);
      assert.equal(error?.message, "the caller has left");
      assert.ok(told.at(-1).loadedBytes < PHOTO.length);
      await until(() => api.uploads[0]?.isCut, { what: "the connection is cut" });
    });
  });
}
