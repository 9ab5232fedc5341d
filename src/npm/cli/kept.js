// What was sent and not saved yet, in a folder of the user's: another run can ask again for it under its key, with the
// same bytes. Without that, references would be uploaded anew, under other URLs, and the API would take it for another
// request under a used key.
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { codeOf } from "./system.js";

/** @typedef {{ key: string, text: string }} Entry What a file holds. */

/** Prompts are nobody else's business. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const ENDING = ".json";
/** A draft lives for moments; an older one is of a run that was killed. */
const DRAFT_MAX_MS = 3_600_000;

/**
 * The platform's place for what programs remember.
 *
 * @param {NodeJS.ProcessEnv} [env]
 */
export function keptFolder({ XDG_STATE_HOME: state, LOCALAPPDATA: local } = process.env) {
  const home = process.platform === "win32" ? local || homedir() : state || join(homedir(), ".local/state");
  return join(home, "rivya-wasm");
}

/**
 * A `Store` of the client's: a file for each text. The client marks an entry as delivered when it has handed over the
 * generation, lists it no more, and drops it a day later. Here a generation is delivered when its files are written,
 * and the command forgets the entry then. Until then the mark is not written down, for the next run to tell of a
 * download that failed.
 *
 * @param {string} folder
 * @returns {import("rivya-wasm").Store}
 */
export function storeIn(folder) {
  // A key may be longer than a file's name.
  const fileOf = (/** @type {string} */ key) => join(folder, createHash("sha256").update(key).digest("hex") + ENDING);
  /** @type {<T>(answer: T) => (error: unknown) => T | Promise<never>} */
  const whereThereIsNone = (answer) => (error) => (codeOf(error) === "ENOENT" ? answer : Promise.reject(error));
  const read = (/** @type {string} */ file) => readFile(file, "utf8").then(parsed, whereThereIsNone(null));
  return {
    get: async (key) => (await read(fileOf(key)))?.text ?? null,
    async set(key, text) {
      if (isMarkedDelivered(text)) return;
      await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      const draft = join(folder, randomUUID());
      await writeFile(draft, JSON.stringify({ key, text }), { mode: FILE_MODE });
      // Whole, or not at all.
      await rename(draft, fileOf(key));
    },
    delete: (key) => rm(fileOf(key), { force: true }),
    async keys(prefix) {
      /** @type {string[]} */
      const none = [];
      const names = await readdir(folder).catch(whereThereIsNone(none));
      const isWhole = (/** @type {string} */ name) => name.endsWith(ENDING);
      const inFolder = (/** @type {string} */ name) => join(folder, name);
      const files = names.filter(isWhole).map(inFolder);
      const drafts = names.filter((name) => !isWhole(name)).map(inFolder);
      await Promise.all(drafts.map(removeOld));
      // One that is damaged hides none of the others.
      const entries = await Promise.all(files.map((file) => read(file).catch(() => null)));
      return entries.flatMap((entry) => (entry?.key?.startsWith(prefix) ? [entry.key] : []));
    },
  };
}

/** The texts are the client's JSON: entries, and how long models took. */
const isMarkedDelivered = (/** @type {string} */ text) => typeof JSON.parse(text)?.deliveredMs === "number";

/**
 * @param {string} json
 * @returns {Entry | null}
 */
function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    // The engine's own message quotes the text, in which a server's id may stand, and the client warns with it.
    throw new SyntaxError("a file of the journal is damaged");
  }
}

/** @param {string} draft */
async function removeOld(draft) {
  const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Infinity }));
  if (Date.now() - mtimeMs > DRAFT_MAX_MS) await rm(draft, { force: true });
}
