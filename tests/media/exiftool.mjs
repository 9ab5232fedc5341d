/** exiftool, an independent reader: what it finds in pictures. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { installed } from "../../build/browser.mjs";

const run = promisify(execFile);
/** Groups that say how a file is built, or how its colours are meant; all others are metadata. */
const STRUCTURE = /^(SourceFile|ExifTool|System|File|Composite|JFIF|ICC|PNG|APNG|RIFF|APP14|Adobe)/;
const EXIF_LEFT = /^IFD0:(Orientation|XResolution|YResolution|ResolutionUnit|YCbCrPositioning)$/;
const PNG_LEFT =
  /^PNG:(ImageWidth|ImageHeight|BackgroundColor|BitDepth|ColorType|Compression|Filter|Interlace|Gamma|ProfileName|Palette|Transparency|AnimationFrames|AnimationPlays|SignificantBits|SRGBRendering)$/;

export const setUpExiftool = () => run("exiftool", ["-ver"]).catch(() => installed(["libimage-exiftool-perl"]));

/**
 * What it finds in each file of a folder: name → tags with their groups. Those of family 1 tell what a tag belongs to
 * (`GPS:GPSLatitude`), those of family 5 where it lies (`JPEG-APP1-IFD0-GPS:GPSLatitude`).
 */
export async function tagsOf(folder, family = 1) {
  const { stdout } = await run(
    "exiftool",
    ["-json", "-a", `-G${family}`, "-u", "-U", "-ee", "-r", "-ext", "*", folder],
    { maxBuffer: 1 << 26 },
  );
  return new Map(JSON.parse(stdout).map((tags) => [tags.SourceFile.slice(folder.length + 1), tags]));
}

/** Which of a file's tags, by family 1, are metadata. */
export const metadataIn = (tags) =>
  Object.keys(tags).filter(
    (tag) =>
      (tag.startsWith("PNG:") ? !PNG_LEFT.test(tag) : !STRUCTURE.test(tag) && !EXIF_LEFT.test(tag)) ||
      tag.includes("Thumbnail") ||
      tag.includes("Comment") ||
      tag.includes("Trailer"),
  );
