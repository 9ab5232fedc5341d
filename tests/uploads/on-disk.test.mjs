/** Files that lie on disk are sent as they were when they were chosen, without their metadata, or not at all. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";
import { withMetadata } from "../support/metadata.mjs";
import { noisePng } from "../support/pictures.mjs";
import { runScript } from "../support/runtimes.mjs";
import { startSlowApi } from "./slow-api.mjs";

const PNG = new Blob([noisePng({ maxBytes: 1_000_000 })], { type: "image/png" });
/** Photos of the same size with another orientation. */
const photoOf = async (orientation) => Buffer.from(await (await withMetadata(PNG, orientation)).arrayBuffer());
const PAGE = `<!doctype html><title>on disk</title><input type="file"><script type="module">
  import { createClient } from "/client.mjs";
  // What is sent of a file that was cut short never ends.
  const client = await createClient({ stallMs: 1_000 });
  const chosen = () => document.querySelector("input").files[0];
  globalThis.inspect = () => client.files.inspect(chosen());
  globalThis.upload = () =>
    client.files.upload(chosen(), { model: "nano-banana-2", onProgress() {} }).then(
      ({ url }) => ({ url }),
      ({ code, attempts }) => ({ code, attempts }),
    );
  globalThis.isReady = true;
</script>`;

describe("a photo on disk", () => {
  let api;
  let folder;
  let photo;
  before(async () => {
    const client = readFileSync(fileURLToPath(new URL("../../dist/index.browser.js", import.meta.url)));
    api = await startSlowApi({
      "/": { type: "text/html", body: PAGE },
      "/client.mjs": { type: "text/javascript", body: client },
    });
  });
  beforeEach(async () => {
    api.uploads.length = 0;
    folder = await mkdtemp(join(tmpdir(), "rivya-wasm-"));
    photo = join(folder, "photo.png");
    await writeFile(photo, await photoOf(1));
  });
  afterEach(() => rm(folder, { recursive: true }));
  after(() => api?.close());

  for (const runtime of ["node", "bun"]) {
    test(`is_sent_whole_and_without_its_metadata_in_${runtime}`, async () => {
      const { sentBytes, removed } = await runScript(runtime, "tests/uploads/disk.mjs", [api.baseUrl, photo]);
      assert.deepEqual([sentBytes, removed], [PNG.size, ["Exif (with GPS)", "text", "XMP", "data behind the image"]]);
      const [{ bytes }] = api.uploads;
      assert.ok(bytes > PNG.size && bytes < PNG.size + 2_000, `the form and its file: ${bytes}`);
    });
  }

  for (const [name, launch] of [
    ["chromium", launchChromium],
    ["firefox", launchFirefox],
  ]) {
    describe(`chosen in ${name}`, () => {
      let browser;
      let page;
      before(async () => {
        browser = await launch();
        page = await browser.newPage();
      });
      beforeEach(async () => {
        await page.goto(api.origin);
        await page.waitForFunction("globalThis.isReady");
        await page.setInputFiles("input", photo);
      });
      after(() => browser?.close());

      test("is_sent_as_long_as_it_has_not_changed", async () => {
        await page.evaluate(() => globalThis.inspect());
        assert.equal((await page.evaluate(() => globalThis.upload())).url, "https://cdn.invalid/1");
      });

      test("is_sent_as_it_was_or_not_at_all_where_it_has_grown", async () => {
        await appendFile(photo, Buffer.alloc(100_000));
        const { url, code } = await page.evaluate(() => globalThis.upload());
        if (name === "chromium") assert.equal(code, "file_unreadable");
        else
          assert.ok(
            url !== undefined && api.uploads[0].bytes < PNG.size + 2_000,
            "its metadata is not in it, nor what was added",
          );
      });

      for (const [change, make, attempts] of [
        // Firefox reads the new one without a word: what was cut out of the old one lies elsewhere in it.
        ["was_replaced_by_another_of_the_same_size", async () => writeFile(photo, await photoOf(6)), 0],
        // Only its sending tells, in Firefox.
        ["was_cut_short", () => truncate(photo, 500_000), name === "firefox" ? 1 : 0],
      ]) {
        test(`is_unreadable_where_it_${change}`, async () => {
          await page.evaluate(() => globalThis.inspect());
          await make();
          assert.deepEqual(await page.evaluate(() => globalThis.upload()), { code: "file_unreadable", attempts });
          assert.ok(
            api.uploads.every(({ isCut }) => isCut),
            "none of it arrived as a whole",
          );
        });
      }
    });
  }
});
