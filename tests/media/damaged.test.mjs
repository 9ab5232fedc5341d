/**
 * A picture that is damaged, and that both Chromium and Firefox show nevertheless, is sent: both show the same pixels
 * of what was sent, turned the same way, and nothing of its metadata is in it, nor of what was planted between, within
 * and behind its parts.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { serveStatic } from "../../build/static-server.mjs";
import { launchChromium, launchFirefox } from "../support/browsers.mjs";
import { damagedPictures } from "./damaged.mjs";

const SECRETS = ["PLANTED", "SECRETTEXT", "A camera", "Somebody", "Haarlem", "a remark", "maker's own", "xmpmeta"];
/** Where the two show different parts of a picture: what they go on with can't be told. */
const DIFFERENT = ["42", "f0"].map((marker) => `progressive.jpg: a marker ${marker} in the middle of a scan`);
/**
 * Image data that breaks off: what Firefox shows of it, it shows only while something follows behind the file's end.
 */
const BREAKS_OFF = /webp: an image and a file that say -\d+ more$/;
const PAGE = `<!doctype html><title>damaged</title><script>
  /** A digest of a picture's pixels as a page shows it; null where it shows none of them. */
  globalThis.show = async ([base64, type]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    const image = new Image();
    const isLoaded = await new Promise((resolve) => {
      Object.assign(image, { onload: () => resolve(true), onerror: () => resolve(false), src: url });
    });
    try {
      if (!isLoaded) return null;
      const { naturalWidth: width, naturalHeight: height } = image;
      const canvas = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
      canvas.drawImage(image, 0, 0);
      const { data } = canvas.getImageData(0, 0, width, height);
      if (data.every((byte) => byte === 0)) return null;
      return width + "x" + height + ":" + data.reduce((digest, byte) => (Math.imul(digest, 33) ^ byte) >>> 0, 5381);
    } catch (error) {
      // Firefox: it could not be decoded.
      if (error.name !== "InvalidStateError") throw error;
      return null;
    } finally {
      URL.revokeObjectURL(url);
    }
  };
</script>`;

describe("a damaged picture that both browsers show", () => {
  let pages;
  const browsers = [];
  const shown = new Map();
  before(async () => {
    pages = await serveStatic({ pages: { "/": PAGE } });
    const tabs = [];
    for (const launch of [launchChromium, launchFirefox]) {
      browsers.push(await launch());
      tabs.push(await browsers.at(-1).newPage());
      await tabs.at(-1).goto(pages.origin);
    }
    const show = (bytes, type) => {
      const file = [bytes.toString("base64"), type];
      return Promise.all(tabs.map((tab) => tab.evaluate((file) => globalThis.show(file), file)));
    };
    let sent;
    const fetch = async (_, { body }) => {
      sent = Buffer.from(await body.get("file").arrayBuffer());
      return Response.json({ url: "https://cdn.invalid/1", kind: "image" }, { status: 201 });
    };
    const client = await createClient({ baseUrl: "https://api.invalid", fetch });
    for (const [name, type, bytes] of damagedPictures()) {
      sent = undefined;
      const refusal = await client.files.upload(new Blob([bytes], { type })).then(
        () => undefined,
        (error) => error,
      );
      shown.set(name, { before: await show(bytes, type), after: sent && (await show(sent, type)), sent, refusal });
    }
    client.free();
  });
  after(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await pages?.close();
  });
  const shownByBoth = () => [...shown].filter(([, { before }]) => !before.includes(null));

  test("is_sent", () => {
    const refused = shownByBoth().filter(([name, { refusal }]) => refusal !== undefined && !DIFFERENT.includes(name));
    assert.deepEqual(
      refused.map(([name, { refusal }]) => `${name}: ${refusal.message}`),
      [],
    );
    assert.ok(shownByBoth().length > 500, `${shownByBoth().length} of ${shown.size} are shown`);
  });

  test("shows_the_very_same_pixels_in_both_of_what_was_sent", () => {
    const compared = shownByBoth().filter(([name, { after }]) => after !== undefined && !BREAKS_OFF.test(name));
    const others = compared.filter(([, { before, after }]) => before.join() !== after.join());
    assert.deepEqual(
      others.map(([name, { before, after }]) => `${name}: ${before} → ${after}`),
      [],
    );
  });

  test("holds_nothing_of_its_metadata_nor_of_what_was_planted_in_it", () => {
    const secretsIn = (sent) => SECRETS.filter((secret) => sent?.includes(secret));
    const holding = [...shown].flatMap(([name, { sent }]) => secretsIn(sent).map((secret) => `${name}: ${secret}`));
    assert.deepEqual(holding, []);
  });

  test("is_refused_otherwise_with_the_place_that_is_wrong", () => {
    const refused = [...shown].filter(([, { refusal }]) => refusal !== undefined);
    for (const [name, { refusal }] of refused) {
      assert.equal(refusal.code, "validation_failed", name);
      assert.match(refusal.issues[0].message, /^is damaged at byte \d+, where .*keepMetadata/, name);
    }
    assert.ok(refused.length > 50, `${refused.length} of ${shown.size} are refused`);
  });
});
