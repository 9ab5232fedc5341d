/**
 * Real pictures by real encoders go through the client: an independent decoder sees the very same pixels afterwards,
 * and an independent reader finds no metadata in what was sent.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { pythonWith, runPython } from "../support/python.mjs";
import { metadataIn, setUpExiftool, tagsOf } from "./exiftool.mjs";
import { uploadingInto } from "./uploading.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

describe("real pictures", () => {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-pictures-"));
  const [made, sent] = ["made", "sent"].map((name) => join(folder, name));
  const removed = new Map();
  let python;

  before(async () => {
    await setUpExiftool();
    python = await pythonWith(path("requirements.txt"), "pillow");
    await runPython(python, [path("pictures.py"), "make", made]);
    mkdirSync(sent);
    for (const name of readdirSync(made)) removed.set(name, await upload(readFileSync(join(made, name)), name));
  });
  after(() => rmSync(folder, { recursive: true }));

  const upload = uploadingInto(sent);

  test("show_the_very_same_pixels_turned_the_same_way_in_the_same_colours", async () => {
    const { files, differences } = JSON.parse(await runPython(python, [path("pictures.py"), "compare", made, sent]));
    assert.deepEqual(differences, {});
    assert.ok(files > 25, `${files} pictures`);
  });

  test("had_metadata_and_have_none", async () => {
    const [before, after] = [await tagsOf(made), await tagsOf(sent)];
    assert.equal(after.size, before.size);
    for (const [name, tags] of before) {
      assert.ok(metadataIn(tags).length > 5, `${name} had: ${metadataIn(tags)}`);
      assert.deepEqual(metadataIn(after.get(name)), [], name);
    }
  });

  test("hold_nothing_that_was_written_into_their_metadata", () => {
    for (const name of readdirSync(sent)) {
      const bytes = readFileSync(join(sent, name));
      for (const secret of [
        "A camera",
        "Somebody",
        "Haarlem",
        "a remark",
        "maker's own",
        "xmpmeta",
        "ftypmp42",
        "behind the image",
      ]) {
        assert.ok(!bytes.includes(secret), `${name} holds "${secret}"`);
      }
    }
  });

  test("have_what_was_cut_out_named", () => {
    for (const [name, what] of removed) assert.ok(what.includes("Exif (with GPS)"), `${name}: ${what}`);
    assert.ok(removed.get("motion-photo.jpg").includes("data behind the image"));
    assert.ok(
      ["XMP", "IPTC", "comment"].every((each) => removed.get("baseline.jpg").includes(each)),
      removed.get("baseline.jpg").join(),
    );
    assert.ok(
      ["text", "time", "XMP"].every((each) => removed.get("rgb.png").includes(each)),
      removed.get("rgb.png").join(),
    );
    assert.ok(removed.get("several.jpg").includes("preview"));
  });

  test("are_left_alone_the_next_time", async () => {
    for (const name of readdirSync(sent)) {
      const bytes = readFileSync(join(sent, name));
      assert.deepEqual(await upload(bytes, name), [], name);
      assert.deepEqual(readFileSync(join(sent, name)), bytes, name);
    }
  });
});
