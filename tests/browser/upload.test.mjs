/** A file of 30 MB goes from a page to the server whole, and WebAssembly never holds it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { after, before, beforeEach, describe, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { noisePng } from "../support/pictures.mjs";
import { startSecondServer } from "../support/second-server.mjs";
import { serveStatic } from "../../build/static-server.mjs";

// nano-banana-2 takes images of 30 MB.
const PHOTO_BYTES = 30_000_000;
const MAX_GROWTH_BYTES = 1_000_000;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = `<!doctype html><title>upload</title><script type="module">
  import { watchWasmMemory } from "/tests/support/wasm-memory.mjs";
  const memoryBytes = watchWasmMemory();
  const { createClient } = await import("/dist/index.browser.js");
  const photo = await (await fetch("/photo.png")).blob();
  globalThis.upload = async (options, copies) => {
    const client = await createClient({ ...options, dangerouslyAllowBrowser: true });
    // Everything that the first use takes is there before the measurement.
    await client.credits.retrieve();
    const before = memoryBytes();
    // Memory never shrinks: what it is afterwards is its peak.
    const files = Array.from({ length: copies }, (_, index) => new File([photo], "photo-" + index + ".png"));
    const generation = copies === 0
      ? await client.files.upload(photo, { model: "nano-banana-2" })
      : await client.generate({ model: "nano-banana-2", prompt: "all of them", references: files });
    client.free();
    return { before, after: memoryBytes(), generation };
  };
</script>`;

describe("uploads from a page", () => {
  const photo = noisePng({ maxBytes: PHOTO_BYTES });
  const digest = createHash("sha256").update(photo).digest("hex");
  let api;
  let pages;
  let browser;
  let page;

  before(async () => {
    api = await startSecondServer();
    const folders = { "/tests/": `${ROOT}tests`, "/dist/": `${ROOT}dist` };
    pages = await serveStatic({ folders, pages: { "/": PAGE, "/photo.png": photo } });
    browser = await launchChromium();
    page = await browser.newPage();
    const failure = new Promise((_, reject) => page.once("pageerror", reject));
    failure.catch(() => {});
    await page.goto(pages.origin);
    await Promise.race([page.waitForFunction("globalThis.upload"), failure]);
  });
  beforeEach(() => api.reset());
  after(async () => {
    await browser?.close();
    await pages?.close();
    await api?.stop();
  });

  const upload = (copies) => page.evaluate(([options, count]) => globalThis.upload(options, count), [api.options, copies]);
  const files = async () => (await api.state()).uploads.map(({ parts }) => parts.find(({ name }) => name === "file"));

  test("a_photo_of_30_mb_arrives_whole_and_webassembly_memory_grows_by_less_than_1_mb", async () => {
    const { before: bytesBefore, after: bytesAfter, generation: uploaded } = await upload(0);
    assert.ok(bytesAfter - bytesBefore < MAX_GROWTH_BYTES, `grew by ${bytesAfter - bytesBefore} bytes`);
    assert.equal(uploaded.url, `${api.origin}/media/upload-1`);
    const received = await files();
    assert.deepEqual(received.map(({ size, sha256, content_type }) => [size, sha256, content_type]), [[photo.length, digest, "image/png"]]);
  });

  test("nor_by_more_for_five_of_them_in_one_generation", async () => {
    const { before: bytesBefore, after: bytesAfter, generation } = await upload(5);
    assert.ok(bytesAfter - bytesBefore < MAX_GROWTH_BYTES, `grew by ${bytesAfter - bytesBefore} bytes`);
    assert.equal(generation.status, "succeeded");
    const received = await files();
    assert.equal(received.length, 5);
    assert.ok(received.every(({ size, sha256 }) => size === photo.length && sha256 === digest));
    assert.deepEqual(received.map(({ file_name }) => file_name).toSorted(), [0, 1, 2, 3, 4].map((index) => `photo-${index}.png`));
  });
});
