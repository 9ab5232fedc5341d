// Where results are written: never over a file that nobody said may go, and never lost once they are paid for.
import { constants } from "node:fs";
import { access, lstat, open, rm } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { codeOf } from "./system.js";
import { UsageError } from "./usage.js";

/**
 * Endings of names by the type that a result's first bytes say.
 *
 * @type {Record<string, string>}
 */
const ENDINGS = {
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "image/webp": ".webp",
  "image/gif": ".gif",
  "image/avif": ".avif",
  "video/mp4": ".mp4",
  "video/webm": ".webm",
  "video/quicktime": ".mov",
  "audio/mpeg": ".mp3",
  "audio/mp4": ".m4a",
  "audio/ogg": ".ogg",
  "audio/wav": ".wav",
  "audio/x-wav": ".wav",
  "audio/flac": ".flac",
  "audio/aac": ".aac",
};
const UNKNOWN = ".bin";
const NAME_MAX = 100;
/** Names that Windows takes for devices, whatever ending they have. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * Whether results could be written, before anything is paid for.
 *
 * @param {{ out: string | undefined, force: boolean }} options
 */
export async function checkPlace({ out, force }) {
  const found = out === undefined ? null : await lstat(out).catch(() => null);
  if (found?.isDirectory()) throw new UsageError(`--out: ${out} is a folder`);
  if (found && !force) throw new UsageError(`--out: ${out} exists already; --force overwrites it`);
  const folder = out === undefined ? "." : dirname(out);
  await access(folder, constants.W_OK).catch((error) => {
    const code = codeOf(error);
    const isMissing = code === "ENOENT";
    const problem = isMissing ? `there is no folder ${folder}` : `nothing can be written in ${folder} (${code})`;
    throw new UsageError(`--out: ${problem}`);
  });
}

/**
 * Writes results one by one; tells `saved` of each name. `typeOf(blob)` answers a MIME type. A file that lies there is
 * overwritten only under a name that the user gave: a server chooses its ids, and would choose the file.
 *
 * @param {Blob[]} blobs
 * @param {string} id
 * @param {object} how
 * @param {string | undefined} how.out
 * @param {boolean} how.force
 * @param {AbortSignal} how.signal
 * @param {(blob: Blob) => Promise<string>} how.typeOf
 * @param {(file: string) => void} how.saved
 */
export async function save(blobs, id, { out, force, signal, typeOf, saved }) {
  const isNamed = out !== undefined;
  for (const [index, blob] of blobs.entries()) {
    const own = isNamed ? parse(out) : { dir: "", name: fileNameOf(id), ext: endingOf(await typeOf(blob)) };
    const nameOf = (/** @type {number} */ number) =>
      join(own.dir, `${own.name}${number === 1 ? "" : `-${number}`}${own.ext}`);
    saved(await write(blob, nameOf, index + 1, { force: force && isNamed, signal }));
  }
}

/** A type may be a server's word, too: `constructor` is none of the table's. */
const endingOf = (/** @type {string} */ mimeType) => (Object.hasOwn(ENDINGS, mimeType) ? ENDINGS[mimeType] : UNKNOWN);

/**
 * Where a name is taken meanwhile, or was all along for a result behind the first one, the next free one is taken.
 *
 * @param {Blob} blob
 * @param {(number: number) => string} nameOf
 * @param {number} number
 * @param {{ force: boolean, signal: AbortSignal }} how
 * @returns {Promise<string>}
 */
async function write(blob, nameOf, number, { force, signal }) {
  const path = nameOf(number);
  let file;
  try {
    file = await open(path, force ? "w" : "wx");
  } catch (error) {
    if (codeOf(error) === "EEXIST") return write(blob, nameOf, number + 1, { force, signal });
    throw error;
  }
  try {
    await file.writeFile(blob.stream(), { signal });
  } catch (error) {
    // Half a picture under its whole name would pass for one.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

/**
 * An id is a server's word: it names a file, never a place.
 *
 * @param {string} id
 */
function fileNameOf(id) {
  // A name that begins with a dash is an option to the next command that is given it.
  const name = id
    .replace(/[^\w-]/g, "_")
    .replace(/^-/, "_")
    .slice(0, NAME_MAX);
  return DEVICE.test(name) ? `_${name}` : name;
}
