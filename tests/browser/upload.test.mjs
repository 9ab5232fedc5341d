/** Files of 30 MB go from a page to the server whole but for their metadata, and WebAssembly never holds them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { launchChromium } from "../support/browsers.mjs";
import { openReadyPage } from "../support/page.mjs";
import { noisePng } from "../support/pictures.mjs";
import { startSecondServer } from "../support/second-server.mjs";
import { until } from "../support/until.mjs";
import { serveStatic } from "../../build/static-server.mjs";

// nano-banana-2 takes images of 30 MB.
const PHOTO_BYTES = 30_000_000;
const MAX_GROWTH_BYTES = 1_000_000;
const FILES = 14;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = `<!doctype html><title>upload</title><input type="file"><script type="module">
  import { watchWasmMemory } from "/tests/support/wasm-memory.mjs";
  const memoryBytes = watchWasmMemory();
  const { createClient } = await import("/dist/index.browser.js");
  import { withMetadata } from "/tests/support/metadata.mjs";
  const photo = await withMetadata(await (await fetch("/photo.png")).blob());
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
  globalThis.uploadChosen = async (options) => {
    const client = await createClient({ ...options, dangerouslyAllowBrowser: true });
    const [file] = document.querySelector("input").files;
    return client.files.upload(file, { model: "nano-banana-2" }).then(
      (uploaded) => ({ uploaded }),
      ({ code, message, attempts }) => ({ code, message, attempts }),
    );
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
    page = await openReadyPage(browser, pages.origin, (opened) => opened.waitForFunction("globalThis.upload"));
  });
  beforeEach(() => api.reset());
  after(async () => {
    await browser?.close();
    await pages?.close();
    await api?.stop();
  });

  const upload = (copies) =>
    page.evaluate(([options, count]) => globalThis.upload(options, count), [api.options, copies]);
  const files = async () => (await api.state()).uploads.map(({ parts }) => parts.find(({ name }) => name === "file"));

  test("a_photo_of_30_mb_arrives_whole_and_webassembly_memory_grows_by_less_than_1_mb", async () => {
    const { before: bytesBefore, after: bytesAfter, generation: uploaded } = await upload(0);
    assert.ok(bytesAfter - bytesBefore < MAX_GROWTH_BYTES, `grew by ${bytesAfter - bytesBefore} bytes`);
    assert.equal(uploaded.url, `${api.origin}/media/upload-1`);
    const received = await files();
    assert.deepEqual(
      received.map(({ size, sha256, content_type }) => [size, sha256, content_type]),
      [[photo.length, digest, "image/png"]],
    );
  });

  test("nor_by_more_for_fourteen_of_them_in_one_generation", async () => {
    const { before: bytesBefore, after: bytesAfter, generation } = await upload(FILES);
    assert.ok(bytesAfter - bytesBefore < MAX_GROWTH_BYTES, `grew by ${bytesAfter - bytesBefore} bytes`);
    assert.equal(generation.status, "succeeded");
    const received = await files();
    assert.equal(received.length, FILES);
    assert.ok(received.every(({ size, sha256 }) => size === photo.length && sha256 === digest));
    assert.deepEqual(
      received.map(({ file_name }) => file_name).toSorted(),
      Array.from({ length: FILES }, (_, index) => `photo-${index}.png`).toSorted(),
    );
  });

  describe("a file that changes on disk after it was chosen", () => {
    let folder;
    let file;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "rivya-wasm-"));
      file = join(folder, "chosen.png");
      await writeFile(file, noisePng({ maxBytes: 3_000_000 }));
      await page.setInputFiles("input", file);
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));
    const uploadChosen = () => page.evaluate((options) => globalThis.uploadChosen(options), api.options);

    test("is_uploaded_as_long_as_it_has_not", async () => {
      assert.ok((await uploadChosen()).uploaded.url);
    });

    for (const [name, change, expected] of [
      ["is_other_bytes", () => writeFile(file, noisePng({ maxBytes: 3_000_000, seed: 2 })), "file_unreadable"],
      [
        "was_cut_short",
        () => writeFile(file, noisePng({ maxBytes: 3_000_000 }).subarray(0, 1_000_000)),
        "file_unreadable",
      ],
      // Chromium says of it that it has no bytes.
      ["is_gone", () => rm(file), "validation_failed"],
    ]) {
      test(`and_${name}_is_refused_and_never_uploaded_with_other_bytes`, async () => {
        await change();
        const { code, message, attempts } = await uploadChosen();
        assert.deepEqual([code, attempts], [expected, 0], message);
        assert.deepEqual(await files(), []);
      });
    }

    test("while_it_is_uploaded_is_file_unreadable_and_not_sent_again", async () => {
      // The first attempt fails, and before the second one the file is another.
      await api.faults([{ method: "POST", path: "/files", kind: "hang", times: 1 }]);
      const uploading = uploadChosen();
      await until(async () => (await api.state()).requests.some(({ path }) => path.endsWith("/files")), {
        what: "the upload has begun",
      });
      await writeFile(file, noisePng({ maxBytes: 3_000_000, seed: 2 }));
      const { code, attempts } = await uploading;
      assert.deepEqual([code, attempts], ["file_unreadable", 1]);
    });
  });
});
