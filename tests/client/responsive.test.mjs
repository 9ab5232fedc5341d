/**
 * Going through a crafted file takes long, and holds nothing else up: timers fire, and an abort is heard. On the real
 * clock, unlike the files beside it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { noisePng, smallJpeg } from "../support/pictures.mjs";

const FILE_BYTES = 29_000_000;
/** An interval of 5 ms fires in each break of the walk; how late a loaded machine lets it fire, nobody knows. */
const TICK_MS = 5;
/** The walk takes over a second in one go: in breaks, it is interrupted dozens of times. */
const MIN_TICKS = 8;

const repeated = (bytes, count) => Buffer.alloc(bytes.length * count, bytes);
const latin1 = (text) => Buffer.from(text, "latin1");
const jpeg = smallJpeg();
const png = noisePng({ maxBytes: 100_000 });
const scanData = repeated(Buffer.from([0xff, 0]), FILE_BYTES / 2);

/** All of a format's smallest parts, and a scan in which each second byte could be a marker. */
const CRAFTED = {
  jpeg_of_empty_segments: () =>
    new Blob([jpeg.subarray(0, 2), repeated(Buffer.from([0xff, 0xe3, 0, 2]), FILE_BYTES / 4), jpeg.subarray(2)]),
  jpeg_of_a_stuffed_scan: () => new Blob([jpeg.subarray(0, -2), scanData, jpeg.subarray(-2)]),
  png_of_empty_chunks: () =>
    new Blob([
      png.subarray(0, 33),
      repeated(latin1("\0\0\0\0tEXtCRC."), Math.floor(FILE_BYTES / 12)),
      png.subarray(33),
    ]),
};

describe("while a crafted file is gone through", () => {
  let client;
  before(async () => {
    client = await createClient({
      baseUrl: "https://api.invalid/api/v1",
      fetch: async () => assert.fail("something was sent"),
    });
  });
  after(() => client?.free());

  for (const [name, make] of Object.entries(CRAFTED)) {
    test(`timers_keep_firing_${name}`, async () => {
      const file = make();
      let ticks = 0;
      const ticking = setInterval(() => (ticks += 1), TICK_MS);
      try {
        await client.files.inspect(file);
      } finally {
        clearInterval(ticking);
      }
      assert.ok(ticks >= MIN_TICKS, `${ticks} ticks`);
    });

    test(`an_abort_ends_it_at_once_${name}`, async () => {
      const file = make();
      const started = performance.now();
      await client.files.inspect(file);
      const wholeMs = performance.now() - started;
      const controller = new AbortController();
      let abortedMs;
      setTimeout(() => {
        abortedMs = performance.now();
        controller.abort();
      }, TICK_MS);
      // Another Blob: what was found in the first one is known.
      await assert.rejects(client.files.inspect(make(), { signal: controller.signal }), { name: "AbortError" });
      assert.ok(
        abortedMs !== undefined && performance.now() - abortedMs < wholeMs / 2,
        "it was heard before the file had come to its end",
      );
    });
  }
});
