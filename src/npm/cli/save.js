// Where results are written: never over a file that nobody said may go, and never lost once they are paid for.
import { constants } from "node:fs";
import { access, lstat, open, rm } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import { UsageError } from "./usage.js";

/** Endings of names by the type that a result's first bytes say. */
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

/** Whether results could be written, before anything is paid for. */
export async function checkPlace({ out, force }) {
  const found = out === undefined ? null : await lstat(out).catch(() => null);
  if (found?.isDirectory()) throw new UsageError(`--out: ${out} is a folder`);
  if (found && !force) throw new UsageError(`--out: ${out} exists already; --force overwrites it`);
  const folder = out === undefined ? "." : dirname(out);
  await access(folder, constants.W_OK).catch(({ code }) => {
    throw new UsageError(code === "ENOENT" ? `--out: there is no folder ${folder}` : `--out: nothing can be written in ${folder} (${code})`);
  });
}

/** Writes results one by one; tells `saved` of each name. `typeOf(blob)` answers a MIME type. */
export async function save(blobs, id, { out, force, signal, typeOf, saved }) {
  for (const [index, blob] of blobs.entries()) {
    const { dir, name, ext } = out === undefined ? { dir: "", name: fileNameOf(id), ext: ENDINGS[await typeOf(blob)] ?? UNKNOWN } : parse(out);
    const nameOf = (number) => join(dir, `${name}${number === 1 ? "" : `-${number}`}${ext}`);
    saved(await write(blob, nameOf, index + 1, { force, signal }));
  }
}

/** Where a name is taken meanwhile, or was all along for a result behind the first one, the next free one is as good. */
async function write(blob, nameOf, number, { force, signal }) {
  const path = nameOf(number);
  let file;
  try {
    file = await open(path, force ? "w" : "wx");
  } catch (error) {
    if (error.code === "EEXIST") return write(blob, nameOf, number + 1, { force, signal });
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

/** An id is a server's word: it names a file, never a place. */
const fileNameOf = (id) => id.replace(/[^\w-]/g, "_").slice(0, NAME_MAX) || "generation";
