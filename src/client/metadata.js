// A picture without its metadata: Rust finds where that lies, and the new file is made of slices of the old one.

import { Cutter } from "#client-glue";
import { refused } from "../js/file.js";
import { isBytes } from "../js/platform.js";
import { bytesThrough } from "../js/file-bytes.js";
import { Breaks } from "../js/timer.js";

/** More than a header is: several that follow each other are seen at once. */
const GLANCE_BYTES = 64;

/** The module counts in 32 bits. */
const MAX_BYTES = 4_294_967_294;

/** What was found in a file that was looked through before; files are known by identity. */
const known = new WeakMap();

/**
 * Cuts a file's metadata out, once: `cuts` says where that lies, and its `bytes` become those of what is left;
 * `removed` says what went, and `pixels` how large the picture is. Left alone, without `removed`, where nothing is cut
 * out of its type. Throws `validation_failed` where the file is damaged.
 */
export async function cutMetadata(file, place, scope) {
  if (file.removed !== undefined) return;
  const found = known.get(file.blob) ?? (await look(file, place, scope));
  if (found === undefined) return;
  known.set(file.blob, found);
  Object.assign(file, found);
}

const uncut = (place, why) =>
  refused(place, `${why}: its metadata can't be cut out; \`keepMetadata: true\` sends it as it is`);

async function look(file, place, scope) {
  const cutter = Cutter.of(file);
  if (cutter === undefined) return undefined;
  const reading = bytesThrough(file, place);
  const release = scope.add(reading.close);
  try {
    if (file.bytes > MAX_BYTES) throw uncut(place, "is too large");
    // A crafted file has millions of parts, all of which may be at hand: nothing in the walk would ever wait.
    const breaks = new Breaks();
    for (let at = cutter.at; at !== undefined; at = cutter.at) {
      if (breaks.isDue) await breaks.take(scope);
      const wanted = cutter.bytes;
      if (wanted === 0) at = await reading.marker(at, scope, breaks);
      let bytes = reading.read(at, Math.max(wanted, GLANCE_BYTES));
      if (!isBytes(bytes)) {
        bytes = await bytes;
        scope.check();
      }
      const damage = cutter.step(at, bytes);
      if (damage !== undefined) throw uncut(place, `is damaged ${damage}`);
    }
    const [cuts, removed, pixels] = cutter.found();
    const bytes = cuts.reduce((left, [start, end, ...patch]) => left - (end - start) + patch.length, file.bytes);
    return { cuts, bytes, removed, pixels };
  } finally {
    release();
    reading.close();
    cutter.free();
  }
}
