/**
 * `fit: "limit"`: an image that is too large for its model is encoded anew by the browser until it fits, quality before
 * resolution; all else is left as it is.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";
import { serveStatic } from "../../build/static-server.mjs";
import { noisePng } from "../support/pictures.mjs";

const source = (file) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)));
// It takes images of 10 MB.
const MODEL = "flux-2-pro";
const LIMIT_BYTES = 10_000_000;
const PNG = noisePng({ maxBytes: 11_500_000, width: 2_000 });
/** Wider than a canvas of Chromium's, and than any WebP. */
const WIDE = noisePng({ maxBytes: 11_500_000, width: 20_000 });
const PAGE = `<!doctype html><title>fit</title><script type="module">
  import { createClient } from "/client.js";
  import { withMetadata } from "/metadata.js";
  const png = await (await fetch("/noise.png")).blob();
  /** The same noise as a JPEG of over 10 MB. */
  async function jpeg() {
    const bitmap = await createImageBitmap(png);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height * 2);
    const context = canvas.getContext("2d");
    for (const top of [0, bitmap.height]) context.drawImage(bitmap, 0, top);
    return canvas.convertToBlob({ type: "image/jpeg", quality: 1 });
  }
  const MAKE = {
    png: () => png,
    jpeg,
    turned: async () => withMetadata(await jpeg(), 6),
    small: async () => (await fetch("/small.png")).blob(),
    wide: async () => (await fetch("/wide.png")).blob(),
    broken: async () => new Blob([png.slice(0, 40), new Uint8Array(12_000_000)]),
  };
  const { convertToBlob } = OffscreenCanvas.prototype;
  const WEBP = "image/webp";
  const fail = () => { throw new DOMException("", "NS_ERROR_FAILURE"); };
  /** Encoders that fail: each takes the canvas and what it is asked for. */
  const ENCODERS = {
    real: (canvas, options) => convertToBlob.call(canvas, options),
    withoutWebp: async (canvas, options) => (options.type === WEBP ? fail() : convertToBlob.call(canvas, options)),
    nullForWebp: async (canvas, options) => (options.type === WEBP ? null : convertToBlob.call(canvas, options)),
    pngForWebp: (canvas, options) => convertToBlob.call(canvas, options.type === WEBP ? {} : options),
    small: async (canvas, options) => (canvas.width > 1_000 ? fail() : convertToBlob.call(canvas, options)),
    none: async () => fail(),
    throwing: () => fail(),
  };
  globalThis.fit = async (what, options, encoder = "real") => {
    OffscreenCanvas.prototype.convertToBlob = convertToBlob;
    const given = await MAKE[what]();
    OffscreenCanvas.prototype.convertToBlob = function (options) { return ENCODERS[encoder](this, options); };
    let sent = null;
    const fetch = async (url, { body }) => {
      sent = body.get("file");
      return Response.json({ url: "https://cdn.invalid/1", kind: "image" }, { status: 201 });
    };
    const client = await createClient({ fetch });
    const file = new File([given], "photo." + what, { type: given.type });
    const report = await client.files.inspect(file, { model: "${MODEL}", ...options }).catch(({ code }) => code);
    const told = ({ name, code, message, issues }) => ({ name, code, message, issues });
    const outcome = await client.files.upload(file, { model: "${MODEL}", ...options }).then(() => "uploaded", told);
    client.free();
    // In one piece: Firefox decodes no Blob that is made of several.
    const sizeOf = async (blob) =>
      createImageBitmap(new Blob([await blob.arrayBuffer()])).then(({ width, height }) => [width, height], () => null);
    const described = async (blob) => ({ bytes: blob.size, size: await sizeOf(blob) });
    if (sent !== null) sent = { type: sent.type, name: sent.name, ...(await described(sent)) };
    return { outcome, report, given: await described(given), sent };
  };
</script>`;

for (const [name, launch] of [
  ["Chromium", launchChromium],
  ["Firefox", launchFirefox],
]) {
  describe(`in ${name} an image that is too large`, () => {
    let pages;
    let browser;
    let page;
    before(async () => {
      const scripts = {
        "/client.js": source("dist/index.browser.js"),
        "/metadata.js": source("tests/support/metadata.mjs"),
      };
      const pictures = { "/noise.png": PNG, "/wide.png": WIDE, "/small.png": noisePng({ maxBytes: 100_000 }) };
      pages = await serveStatic({ pages: { "/": PAGE, ...pictures, ...scripts } });
      browser = await launch();
      page = await browser.newPage();
      await page.goto(pages.origin);
      await page.waitForFunction("globalThis.fit");
    });
    after(async () => {
      await browser?.close();
      await pages?.close();
    });
    const fit = (what, options = { fit: "limit" }, encoder) =>
      page.evaluate((given) => globalThis.fit(...given), [what, options, encoder]);

    test("stays_a_jpeg_of_the_same_size_where_less_quality_is_enough", async () => {
      const { outcome, report, given, sent } = await fit("jpeg");
      assert.ok(given.bytes > LIMIT_BYTES, `${given.bytes} bytes`);
      assert.equal(outcome, "uploaded");
      assert.deepEqual([report.shrinks, report.sentBytes, report.issues], [true, null, []]);
      assert.deepEqual([sent.type, sent.name, sent.size], ["image/jpeg", "photo.jpeg", given.size]);
      assert.ok(sent.bytes <= LIMIT_BYTES && sent.bytes > LIMIT_BYTES / 10, `${sent.bytes} bytes`);
    });

    test("is_upright_afterwards_without_saying_so", async () => {
      const { given, sent } = await fit("turned");
      assert.deepEqual(sent.size, given.size);
      const [width, height] = given.size;
      assert.ok(width > height, "an upright picture would be higher than wide");
    });

    test("becomes_webp_where_it_was_a_png", async () => {
      const { sent, given } = await fit("png");
      assert.deepEqual([sent.type, sent.name, sent.size], ["image/webp", "photo.webp", given.size]);
      assert.ok(sent.bytes <= LIMIT_BYTES);
    });

    test("and_wider_than_any_webp_is_made_as_wide_as_one_may_be", async () => {
      const { outcome, sent, given } = await fit("wide");
      assert.equal(outcome, "uploaded", JSON.stringify(outcome));
      assert.deepEqual([given.size[0], sent.size[0], sent.type], [20_000, 16_383, "image/webp"]);
      const [before, after] = [given, sent].map(({ size: [width, height] }) => width / height);
      assert.ok(Math.abs(after / before - 1) < 0.02, `${before} → ${after}`);
      assert.ok(sent.bytes <= LIMIT_BYTES, `${sent.bytes} bytes`);
    });

    for (const encoder of ["withoutWebp", "nullForWebp", "pngForWebp"]) {
      test(`becomes_a_jpeg_where_the_encoder_fails_at_webp_${encoder}`, async () => {
        const { outcome, sent, given } = await fit("png", { fit: "limit" }, encoder);
        assert.equal(outcome, "uploaded", JSON.stringify(outcome));
        assert.deepEqual([sent.type, sent.size], ["image/jpeg", given.size]);
        assert.ok(sent.bytes <= LIMIT_BYTES);
      });
    }

    test("becomes_smaller_where_the_encoder_fails_at_its_size", async () => {
      const { outcome, sent, given } = await fit("png", { fit: "limit" }, "small");
      assert.equal(outcome, "uploaded", JSON.stringify(outcome));
      assert.deepEqual([sent.type, sent.size], ["image/jpeg", given.size.map((side) => Math.trunc(side / 2))]);
    });

    for (const encoder of ["none", "throwing"]) {
      test(`is_refused_with_its_place_where_the_encoder_always_fails_${encoder}`, async () => {
        for (const what of ["png", "jpeg"]) {
          const { outcome, sent } = await fit(what, { fit: "limit" }, encoder);
          assert.deepEqual([outcome.name, outcome.code, sent], ["RivyaError", "validation_failed", null]);
          assert.deepEqual(
            outcome.issues.map(({ path }) => path),
            ["file"],
          );
          assert.match(outcome.message, /can't be made smaller: the platform can't encode it/);
        }
      });
    }

    test("that_can_not_be_decoded_is_refused_and_nothing_is_sent", async () => {
      const { outcome, sent } = await fit("broken", { fit: "limit", keepMetadata: true });
      assert.equal(outcome.code, "validation_failed");
      assert.match(outcome.issues[0].message, /can't be decoded/);
      assert.equal(sent, null);
    });

    test("is_refused_with_its_bytes_where_nobody_asked_for_less", async () => {
      const { outcome, sent } = await fit("png", {});
      assert.match(outcome.issues[0].message, /has \d+ bytes; flux-2-pro takes image files of at most 10 MB/);
      assert.equal(sent, null);
    });

    test("unlike_one_that_fits_which_is_left_alone", async () => {
      const { given, sent, report } = await fit("small");
      assert.deepEqual(
        [sent.bytes, sent.type, report.shrinks, report.sentBytes],
        [given.bytes, "image/png", false, given.bytes],
      );
    });
  });
}
