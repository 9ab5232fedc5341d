/**
 * What leaves is the picture alone: its metadata is cut out, its bytes are as its encoder made them; what is damaged
 * leaves as far as its parts can be told apart.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, test } from "node:test";
import { answer, connect, failure, failureOf, generation, value } from "./harness.mjs";
import { pngInChunks, withMetadata } from "../support/metadata.mjs";
import { noisePng, smallJpeg } from "../support/pictures.mjs";

const MODEL = "nano-banana-2";
const JPEG = new Blob([smallJpeg()], { type: "image/jpeg" });
const PNG = new Blob([noisePng({ maxBytes: 300_000 })], { type: "image/png" });
const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());

/** Keeps the files that were uploaded. */
function keeping() {
  const files = [];
  const fetch = async (url, { body }) => {
    if (!url.endsWith("/files")) return answer(generation("succeeded"), 201);
    files.push(body.get("file"));
    return answer({ url: `https://cdn.invalid/${files.length}`, kind: "image" }, 201);
  };
  return { files, fetch };
}

/** A fetch that must not be called. */
const unused = async (url) => assert.fail(`something was sent to ${url}`);

describe("a picture", () => {
  for (const [name, picture, removed] of [
    ["jpeg", JPEG, ["Exif (with GPS)", "XMP", "comment", "data behind the image"]],
    ["png", PNG, ["Exif (with GPS)", "text", "XMP", "data behind the image"]],
  ]) {
    test(`${name}_is_uploaded_as_its_encoder_made_it`, async () => {
      const api = keeping();
      const client = await connect(api.fetch);
      const uploaded = await value(client.files.upload(await withMetadata(picture), { model: MODEL }));
      assert.deepEqual(uploaded.removed, removed);
      assert.deepEqual(await bytesOf(api.files[0]), await bytesOf(picture));
      assert.equal(api.files[0].type, picture.type);
    });

    test(`${name}_of_generate_too_and_its_progress_says_what_went`, async () => {
      const api = keeping();
      const client = await connect(api.fetch);
      const told = [];
      const onProgress = (progress) => progress.phase === "uploading" && told.push(progress);
      const photo = await withMetadata(picture);
      await value(client.generate({ model: MODEL, prompt: "x", references: [photo] }, { onProgress }));
      assert.deepEqual(await bytesOf(api.files[0]), await bytesOf(picture));
      const [first, last] = [told[0], told.at(-1)];
      assert.deepEqual([first.loadedBytes, last.loadedBytes, last.totalBytes], [0, picture.size, picture.size]);
      assert.deepEqual(last.removed, removed);
    });

    test(`${name}_with_its_metadata_where_that_was_asked_for`, async () => {
      const api = keeping();
      const client = await connect(api.fetch);
      const photo = await withMetadata(picture);
      const uploaded = await value(client.files.upload(photo, { keepMetadata: true }));
      assert.ok(!("removed" in uploaded));
      await value(client.generate({ model: MODEL, prompt: "x", references: [photo], keepMetadata: true }));
      for (const file of api.files) assert.deepEqual(await bytesOf(file), await bytesOf(photo));
    });
  }

  test("without_metadata_says_that_nothing_went", async () => {
    const client = await connect(keeping().fetch);
    assert.deepEqual((await value(client.files.upload(PNG))).removed, []);
  });

  test("that_is_too_large_with_its_metadata_alone_is_taken_without_it", async () => {
    const api = keeping();
    const client = await connect(api.fetch);
    const film = new Uint8Array(40_000_000);
    await value(client.generate({ model: MODEL, prompt: "x", references: [new Blob([JPEG, film])] }));
    assert.equal(api.files[0].size, JPEG.size);
  });
});

describe("of a picture that is one large chunk", () => {
  const { arrayBuffer, stream } = Blob.prototype;
  afterEach(() => Object.assign(Blob.prototype, { arrayBuffer, stream }));

  test("only_its_ends_are_read", async () => {
    const client = await connect(unused);
    const large = new Blob([noisePng({ maxBytes: 20_000_000 })]);
    // One IDAT chunk of 20 MB, and metadata behind it.
    const photo = new Blob([
      large.slice(0, large.size - 12),
      Uint8Array.of(0, 0, 0, 0),
      "tEXtCRC.",
      large.slice(large.size - 12),
    ]);
    let readBytes = 0;
    Blob.prototype.arrayBuffer = function () {
      readBytes += this.size;
      return arrayBuffer.call(this);
    };
    Blob.prototype.stream = () => assert.fail("it is not read through");
    assert.deepEqual((await value(client.files.inspect(photo))).removed, ["text"]);
    assert.ok(readBytes < 200_000, `${readBytes} bytes`);
  });
});

describe("of a picture that is looked through to its end", () => {
  const { slice } = Blob.prototype;
  afterEach(() => Object.assign(Blob.prototype, { slice }));

  const jpeg = new Blob([JPEG.slice(0, JPEG.size - 2), new Uint8Array(5_000_000), JPEG.slice(JPEG.size - 2)]);
  for (const [name, make] of [
    ["jpeg", () => withMetadata(jpeg)],
    ["png", async () => withMetadata(await pngInChunks(new Blob([noisePng({ maxBytes: 5_000_000 })]), 8_192))],
    [
      "png_behind_a_part_of_megabytes",
      async () => {
        const png = await pngInChunks(new Blob([noisePng({ maxBytes: 2_000_000 })]), 8_192);
        const part = [Uint8Array.of(0, 0x2f, 0, 0), "caBX", new Uint8Array(0x2f_0000), "CRC."];
        return withMetadata(new Blob([png.slice(0, 33), ...part, png.slice(33)]));
      },
    ],
  ]) {
    // Chromium copies each slice of a file that lies in memory, and keeps it until memory is collected: with some 200
    // slices of 30 MB the browser had no room for more, and no file could be read.
    test(`${name}_no_large_slice_is_made`, async () => {
      const client = await connect(unused);
      const photo = await make();
      let slicedBytes = 0;
      Blob.prototype.slice = function (...range) {
        const made = slice.apply(this, range);
        slicedBytes += made.size;
        return made;
      };
      assert.ok((await value(client.files.inspect(photo))).removed.length > 3);
      assert.ok(slicedBytes > 0 && slicedBytes < 500_000, `${slicedBytes} bytes`);
    });
  }
});

describe("a stream that is not what its file is", () => {
  const { stream } = Blob.prototype;
  afterEach(() => Object.assign(Blob.prototype, { stream }));

  for (const [name, change] of [
    // Firefox, where a file has grown since it was chosen.
    ["longer", (blob) => new Blob([blob.slice(0, 900_000), new Uint8Array(900_000)])],
    ["shorter", (blob) => blob.slice(0, 100_000)],
  ]) {
    test(`${name}_is_file_unreadable`, async () => {
      const client = await connect(unused);
      Blob.prototype.stream = function () {
        return stream.call(change(this));
      };
      await failureOf(
        "file_unreadable",
        client.files.inspect(new Blob([JPEG.slice(0, JPEG.size - 2), new Uint8Array(1_000_000)])),
      );
    });
  }

  test("that_never_comes_is_left_when_the_call_is_aborted", async () => {
    const client = await connect(unused);
    const left = [];
    const aborting = new AbortController();
    Blob.prototype.stream = () =>
      new ReadableStream({
        type: "bytes",
        pull: () => new Promise(() => aborting.abort()),
        cancel: () => left.push("cancelled"),
      });
    const error = await failure(client.files.inspect(new Blob([PNG]), { signal: aborting.signal }));
    assert.deepEqual([error.name, left], ["AbortError", ["cancelled"]]);
  });
});

describe("what is damaged, and browsers show nevertheless, is sent without what they skip", () => {
  const { length } = smallJpeg();
  const soi = JPEG.slice(0, 2);
  const [front, back] = [JPEG.slice(0, length - 2), JPEG.slice(length - 2)];
  const comment = Uint8Array.of(0xff, 0xfe, 0, 6, 116, 101, 120, 116);
  const [zeros, ones] = [0, 0xff].map((byte) => new Uint8Array(1_000_000).fill(byte));
  const endless = PNG.slice(0, PNG.size - 12);
  const cases = {
    a_megabyte_of_zeros_between_segments: [[soi, comment, zeros, JPEG.slice(2)], JPEG, ["comment", "stray bytes"]],
    a_megabyte_of_0xff_between_segments: [[front, comment, "x", ones, "\0", back], JPEG, ["comment", "stray bytes"]],
    a_jpeg_that_breaks_off_behind_its_image: [[front, comment.subarray(0, 6)], JPEG, ["comment"]],
    a_png_without_its_end: [[endless], endless, []],
    a_png_with_stray_bytes_for_its_end: [[endless, "stray bytes"], PNG, ["other metadata"]],
  };
  for (const [name, [parts, left, removed]] of Object.entries(cases)) {
    test(name, async () => {
      const api = keeping();
      const client = await connect(api.fetch);
      const outcome = await value(client.files.upload(new Blob(parts), { model: MODEL })).catch((error) => error);
      assert.deepEqual(outcome.removed ?? outcome.message, removed);
      assert.deepEqual(await bytesOf(api.files[0]), await bytesOf(left));
    });
  }
});

describe("what is damaged is refused with its place, before anything is sent", () => {
  const cases = {
    a_segment_that_runs_past_the_end: new Blob([JPEG.slice(0, 30)]),
    a_chunk_that_runs_past_the_end: new Blob([PNG.slice(0, 33), Uint8Array.of(0, 0, 0, 99), "tEXtshort"]),
    a_chunk_of_two_to_the_31: new Blob([PNG.slice(0, 33), Uint8Array.of(0x80, 0, 0, 0), "tEXt", PNG.slice(33)]),
    more_pieces_than_a_photo_has: new Blob([
      PNG.slice(0, 33),
      ...Array.from({ length: 5_000 }, () => [
        Uint8Array.of(0, 0, 0, 0),
        "tEXtCRC.",
        Uint8Array.of(0, 0, 0, 0),
        "gAMACRC.",
      ]).flat(),
      PNG.slice(33),
    ]),
  };
  for (const [name, file] of Object.entries(cases)) {
    test(name, async () => {
      const client = await connect(unused);
      const error = await failureOf(
        "validation_failed",
        client.generate({ model: MODEL, prompt: "x", references: [file] }),
      );
      const [{ path, message }] = error.issues;
      assert.deepEqual([path, error.attempts, error.issues.length], ["references[0]", 0, 1]);
      assert.match(message, /is damaged at byte \d+, where .*keepMetadata/);
      await failureOf("validation_failed", client.files.upload(file));
      assert.equal((await value(client.files.inspect(file))).issues[0].message, message);
    });
  }

  const emptyWebp = readFileSync(new URL("../media/damaged/w11-simple-riff-0.webp", import.meta.url));
  const noPicture = {
    a_jpeg_of_two_markers: [Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), 2],
    a_jpeg_of_metadata: [Uint8Array.of(0xff, 0xd8, 0xff, 0xfe, 0, 6, 116, 101, 120, 116, 0xff, 0xd9), 10],
    a_png_of_header_and_end: [new Blob([PNG.slice(0, 33), PNG.slice(PNG.size - 12)]), 33],
    a_webp_that_says_to_be_empty: [emptyWebp, 12],
    a_webp_of_flags: [Buffer.from("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x0c\0\0\0\x0f\0\0\x0b\0\0", "latin1"), 30],
  };
  for (const [name, [file, place]] of Object.entries(noPicture)) {
    test(`a_file_without_a_picture_is_refused_with_its_place_${name}`, async () => {
      const client = await connect(unused);
      const error = await failureOf("validation_failed", client.files.upload(new Blob([file])));
      assert.match(error.issues[0].message, new RegExp(`is damaged at byte ${place}, where .*no image data`));
    });
  }

  test("and_leaves_as_it_is_where_metadata_stays", async () => {
    const api = keeping();
    const client = await connect(api.fetch);
    await value(client.files.upload(cases.a_chunk_of_two_to_the_31, { keepMetadata: true }));
    assert.deepEqual(await bytesOf(api.files[0]), await bytesOf(cases.a_chunk_of_two_to_the_31));
  });

  test("a_million_empty_chunks_are_cut_out_in_one_piece", async () => {
    const api = keeping();
    const client = await connect(api.fetch);
    const chunk = Buffer.from("\0\0\0\0tEXtCRC.", "latin1");
    const flood = Buffer.alloc(chunk.length * 1_000_000, chunk);
    await value(client.files.upload(new Blob([PNG.slice(0, 33), flood, PNG.slice(33)]), { model: MODEL }));
    assert.deepEqual(await bytesOf(api.files[0]), await bytesOf(PNG));
  });
});

describe("inspect", () => {
  test("tells_what_a_file_is_and_what_would_go_and_sends_nothing", async () => {
    const client = await connect(unused);
    const photo = new File([await withMetadata(PNG, 6)], "photo.jpg", { type: "image/jpeg" });
    const { issues, ...report } = await value(client.files.inspect(photo, { model: MODEL }));
    assert.deepEqual(report, {
      kind: "image",
      mimeType: "image/png",
      bytes: photo.size,
      // The orientation stays: 26 bytes of Exif in a chunk.
      sentBytes: PNG.size + 38,
      width: 1_000,
      height: report.height,
      removed: ["Exif (with GPS)", "text", "XMP", "data behind the image"],
      shrinks: false,
    });
    assert.ok(report.height > 50);
    assert.deepEqual(issues, []);
  });

  test("tells_why_a_file_would_not_be_taken", async () => {
    const client = await connect(unused);
    const { kind, mimeType, removed, issues } = await value(
      client.files.inspect(new Blob(["%PDF-1.7\n"]), { model: MODEL }),
    );
    assert.deepEqual([kind, mimeType, removed], [null, "application/pdf", []]);
    assert.match(issues[0].message, /PDF.*JPEG, PNG, WebP/);
  });
});

describe("an image that is too large, where there is no canvas", () => {
  test("is_refused_before_anything_is_sent_though_it_should_be_made_smaller", async () => {
    const client = await connect(unused);
    const large = new Blob([noisePng({ maxBytes: 30_900_000 })]);
    const request = { model: MODEL, prompt: "x", references: [PNG, large], fit: "limit" };
    const error = await failureOf("validation_failed", client.generate(request));
    assert.equal(error.issues[0].path, "references[1]");
    assert.match(error.issues[0].message, /30000000.*OffscreenCanvas/);
    assert.deepEqual(
      (await value(client.files.inspect(large, { model: MODEL, fit: "limit" }))).issues.map(({ message }) => message),
      [error.issues[0].message],
    );
  });
});
