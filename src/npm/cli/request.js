// From the command line of `rivya-wasm generate` to the client's request.
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { codeOf } from "./system.js";
import { UsageError } from "./usage.js";

/**
 * What the command line may say of a request.
 *
 * @typedef {object} Values
 * @property {string} [model]
 * @property {string[]} param
 * @property {string[]} reference
 *
 * @typedef {Record<string, unknown>} Params
 */

const URL_START = /^(https?|data):/i;

/** What a run of the command is to do. */
export const Task = { Make: "make", Fetch: "fetch", Forget: "forget" };
const KEYLESS =
  "RIVYA_BASE_URL is set, but RIVYA_API_KEY is not. Set the key for that place (an emulator prints its own), " +
  "or unset both: then the emulator in this command paints, and nothing is paid.";
const NOTHING_KEPT = "--idempotency-key without a prompt fetches what was sent under it: that needs RIVYA_API_KEY";

/**
 * A key with nothing beside it stands for what was sent under it. `emulated`: there is no API key.
 *
 * @param {Values & { "idempotency-key"?: string, forget: boolean }} values
 * @param {string | undefined} prompt
 * @param {boolean} emulated
 */
export function taskOf({ "idempotency-key": key, model, param, reference, forget }, prompt, emulated) {
  // Whoever names a place wants no other one to answer.
  if (emulated && process.env.RIVYA_BASE_URL) throw new UsageError(KEYLESS);
  const isKeyAlone = key !== undefined && [prompt, model, param[0], reference[0]].every((given) => given === undefined);
  if (forget && !isKeyAlone) throw new UsageError("--forget goes with --idempotency-key, and with no request");
  if (!isKeyAlone) return Task.Make;
  if (emulated) throw new UsageError(NOTHING_KEPT);
  return forget ? Task.Forget : Task.Fetch;
}

/**
 * The request, but for its `params`: those need the client's rules.
 *
 * @param {Values & { model: string }} values
 * @param {string | undefined} prompt
 */
export async function requestOf({ model, reference: references }, prompt) {
  openingIsNoNews();
  return {
    model,
    ...(prompt === undefined ? {} : { prompt }),
    references: await Promise.all(references.map(referenceOf)),
  };
}

/**
 * A file is read when it is sent, piece by piece, however large it is.
 *
 * @param {string} given
 */
async function referenceOf(given) {
  if (URL_START.test(given)) return given;
  const found = await stat(given).catch((error) => {
    if (codeOf(error) === "ENOENT") throw new UsageError(`--reference: there is no file ${given}`);
    throw new UsageError(`--reference: ${given} can't be read (${codeOf(error)})`);
  });
  if (!found.isFile()) throw new UsageError(`--reference: ${given} is no file`);
  return new File([await openAsBlob(given)], basename(given));
}

/** Node 20 warns on stderr of `openAsBlob`, as of an experiment; whoever runs the command can do nothing about that. */
function openingIsNoNews() {
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") for (const listener of listeners) listener(warning);
  });
}

/**
 * The option `--param`: `key=value` is text, `key:=value` JSON. A shell has but text: where the model's rules refuse
 * that and would take what it says as JSON (`seed=7`), they get this. `issuesOf(params)` says what the rules refuse.
 *
 * @param {string[]} given
 * @param {(params: Params) => import("rivya-wasm").ValidationIssue[]} issuesOf
 */
export function paramsOf(given, issuesOf) {
  /** @type {Params} */
  const params = {};
  for (const [key, value] of given.map(readParam)) {
    if (Object.hasOwn(params, key)) throw new UsageError(`--param ${key}: given twice`);
    params[key] = value;
  }
  /** @type {(tried: Params, key: string) => boolean} */
  const refused = (tried, key) =>
    issuesOf(tried).some(({ path, severity }) => path === `params.${key}` && severity === "error");
  for (const [key, value] of Object.entries(params)) {
    if (typeof value !== "string" || !refused(params, key)) continue;
    /** @type {Params} */
    const tried = { ...params, [key]: jsonOf(value) };
    if (tried[key] !== undefined && !refused(tried, key)) params[key] = tried[key];
  }
  return params;
}

/**
 * @param {string} text
 * @returns {[key: string, value: unknown]}
 */
function readParam(text) {
  const [, key, colon, value] = /^([^=]*?)(:?)=(.*)$/s.exec(text) ?? [];
  if (!key) throw new UsageError(`--param: <key>=<value> is needed, not "${text}"`);
  if (!colon) return [key, value];
  const parsed = jsonOf(value);
  if (parsed === undefined) throw new UsageError(`--param ${key}: this is no JSON: ${value}`);
  return [key, parsed];
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
