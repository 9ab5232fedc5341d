/** One file of each format, by real encoders, is known by its first bytes, whatever it is called. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { pythonWith, runPython } from "../support/python.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
/** By extension: what the file is. */
const TYPES = {
  jpg: ["image", "image/jpeg"],
  png: ["image", "image/png"],
  webp: ["image", "image/webp"],
  gif: ["image", "image/gif"],
  bmp: ["image", "image/bmp"],
  tiff: ["image", "image/tiff"],
  heic: ["image", "image/heic"],
  avif: ["image", "image/avif"],
  svg: ["image", "image/svg+xml"],
  pdf: [null, "application/pdf"],
  mp4: ["video", "video/mp4"],
  mov: ["video", "video/quicktime"],
  webm: ["video", "video/webm"],
  mkv: ["video", "video/x-matroska"],
  mp3: ["audio", "audio/mpeg"],
  m4a: ["audio", "audio/mp4"],
  aac: ["audio", "audio/aac"],
  ogg: ["audio", "audio/ogg"],
  flac: ["audio", "audio/flac"],
  wav: ["audio", "audio/wav"],
};

describe("a file by a real encoder", () => {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-formats-"));
  let client;
  before(async () => {
    await runPython(await pythonWith(path("formats-requirements.txt"), "encoders"), [path("formats.py"), folder]);
    client = await createClient({
      baseUrl: "https://api.invalid",
      fetch: () => Promise.reject(new Error("nothing is sent")),
    });
  });
  after(() => {
    client?.free();
    rmSync(folder, { recursive: true });
  });

  test("is_known_by_its_first_bytes_under_a_wrong_name_and_a_wrong_type", async () => {
    const names = readdirSync(folder);
    assert.deepEqual([...new Set(names.map((name) => name.split(".").at(-1)))].sort(), Object.keys(TYPES).sort());
    const found = {};
    const expected = {};
    for (const name of names) {
      const { kind, mimeType } = await client.files.inspect(
        new File([readFileSync(join(folder, name))], "note.txt", { type: "text/plain" }),
      );
      found[name] = [kind, mimeType];
      expected[name] = TYPES[name.split(".").at(-1)];
    }
    assert.deepEqual(found, expected);
  });

  test("tells_how_large_its_picture_is_where_its_first_bytes_do", async () => {
    const found = {};
    for (const name of readdirSync(folder)) {
      const { width, height } = await client.files.inspect(new Blob([readFileSync(join(folder, name))]));
      if (width !== null || height !== null) found[name] = [width, height];
    }
    // The index of the others' films stands at their end.
    const films = ["fast-start.mp4", "fragmented.mp4", "film.mkv", "film.webm"];
    const pictures = ["avif", "bmp", "gif", "heic", "jpg", "png", "tiff", "webp"].map((ending) => `picture.${ending}`);
    assert.deepEqual(
      found,
      Object.fromEntries([...films, ...pictures, "by-ffmpeg.tiff"].map((name) => [name, [96, 64]])),
    );
  });

  test("is_refused_by_its_name_where_the_model_takes_pictures_alone", async () => {
    for (const name of readdirSync(folder)) {
      const type = TYPES[name.split(".").at(-1)][1];
      const { issues } = await client.files.inspect(new Blob([readFileSync(join(folder, name))]), {
        model: "nano-banana-2",
      });
      const isTaken = ["image/jpeg", "image/png", "image/webp"].includes(type);
      assert.equal(issues.length, isTaken ? 0 : 1, `${name}: ${JSON.stringify(issues)}`);
      if (!isTaken) assert.match(issues[0].message, /^this is an? .+; nano-banana-2 takes JPEG, PNG, WebP$/, name);
    }
  });
});
