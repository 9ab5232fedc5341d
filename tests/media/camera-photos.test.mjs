/**
 * Photos by real cameras go through the client: an independent decoder sees the same pixels, turned the same way, in
 * the same colours, an independent reader finds nothing but a picture in what was sent, and what the client says it has
 * cut out is what that reader had found.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { pythonWith, runPython } from "../support/python.mjs";
import { writeCameraPhotos } from "./camera-photos.mjs";
import { metadataIn, setUpExiftool, tagsOf } from "./exiftool.mjs";
import { uploadingInto } from "./uploading.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
/**
 * Where exiftool finds a tag (its groups of family 5), and what the client calls that; the first that fits. What has no
 * name is needed to show the picture.
 */
const NAMES = [
  [/^JPEG-APP1-IFD0-GPS:GPSLatitude$/, "Exif (with GPS)"],
  [/^(JPEG-APP1|RIFF-EXIF)-IFD\d/, "Exif"],
  [/^(JPEG-APP1|PNG-InternationalText|RIFF)-XMP/, "XMP"],
  [/^JPEG-APP13-(Photoshop|IPTC)/, "IPTC"],
  [/^JPEG-COM:/, "comment"],
  [/^JPEG-(APP0-JFXX|APP2-MPF)/, "preview"],
  [/^JPEG-APP11-Jpeg2000-JUMBF/, "Content Credentials"],
  [/^JPEG-Trailer/, "data behind the image"],
  [/^JPEG-APP(0-JFIF|2-ICC_Profile|14-Adobe)|^JPEG-APP1:ExifByteOrder$/, null],
  [/^JPEG-APP/, "other metadata"],
  [/^PNG-(InternationalText|TextualData)/, "text"],
];

/** What the client should have said, by exiftool. */
function namesOf(tags) {
  const found = new Set(Object.keys(tags).map((tag) => NAMES.find(([where]) => where.test(tag))?.[1] ?? null));
  if (found.has("Exif (with GPS)")) found.delete("Exif");
  found.delete(null);
  return [...found].sort();
}

describe("photos by real cameras", () => {
  const folder = mkdtempSync(join(tmpdir(), "rivya-wasm-camera-photos-"));
  const [taken, sent] = ["taken", "sent"].map((name) => join(folder, name));
  const upload = uploadingInto(sent);
  const removed = new Map();
  let python;

  before(async () => {
    await setUpExiftool();
    python = await pythonWith(path("requirements.txt"), "pillow");
    await writeCameraPhotos(taken);
    mkdirSync(sent);
    for (const name of readdirSync(taken)) removed.set(name, await upload(readFileSync(join(taken, name)), name));
  });
  after(() => rmSync(folder, { recursive: true }));

  test("show_the_very_same_pixels_turned_the_same_way_in_the_same_colours", async () => {
    const { files, differences } = JSON.parse(await runPython(python, [path("pictures.py"), "compare", taken, sent]));
    assert.deepEqual(differences, {});
    assert.equal(files, 58);
  });

  test("had_metadata_of_many_makers_and_have_none", async () => {
    const [before, after] = [await tagsOf(taken), await tagsOf(sent)];
    assert.equal(after.size, before.size);
    for (const [name, tags] of after) assert.deepEqual(metadataIn(tags), [], name);
    const groups = new Set([...before.values()].flatMap((tags) => metadataIn(tags).map((tag) => tag.split(":")[0])));
    const makers =
      "Apple Canon Casio FLIR FujiFilm GE GoPro InfiRay JVC Kodak Minolta Motorola Nikon Olympus Panasonic Pentax Ricoh Samsung Sanyo Sigma Sony";
    const others = "GPS IFD1 XMP-dc IPTC Photoshop MPImage2 FlashPix JUMBF CanonVRD PhotoMechanic";
    assert.deepEqual(
      `${makers} ${others}`.split(" ").filter((group) => !groups.has(group)),
      [],
      [...groups].join(" "),
    );
  });

  test("have_exactly_that_named_as_cut_out_which_was_in_them", async () => {
    const found = Object.fromEntries([...(await tagsOf(taken, 5))].map(([name, tags]) => [name, namesOf(tags)]));
    assert.deepEqual(Object.fromEntries([...removed].map(([name, what]) => [name, what.toSorted()])), found);
    const all = new Set(Object.values(found).flat());
    assert.deepEqual([...all].sort(), [...new Set(NAMES.map(([, name]) => name))].filter(Boolean).sort());
  });

  test("are_left_alone_the_next_time", async () => {
    for (const name of readdirSync(sent)) {
      const bytes = readFileSync(join(sent, name));
      assert.deepEqual(await upload(bytes, name), [], name);
      assert.deepEqual(readFileSync(join(sent, name)), bytes, name);
    }
  });
});
