// From the command line of `rivya-wasm generate` to the client's request.
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { UsageError } from "./usage.js";

const URL_START = /^(https?|data):/i;

/** The request, but for its `params`: those need the client's rules. */
export async function requestOf({ model, reference: references }, prompt) {
  openingIsNoNews();
  return { model, ...(prompt === undefined ? {} : { prompt }), references: await Promise.all(references.map(referenceOf)) };
}

/** A file is read when it is sent, piece by piece, however large it is. */
async function referenceOf(given) {
  if (URL_START.test(given)) return given;
  const found = await stat(given).catch(({ code }) => code);
  if (found === "ENOENT") throw new UsageError(`--reference: there is no file ${given}`);
  if (typeof found === "string") throw new UsageError(`--reference: ${given} can't be read (${found})`);
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
 * The option `--param`: `key=value` is text, `key:=value` JSON. A shell has but text: where the model's rules refuse that and would take what it
 * says as JSON (`seed=7`), they get this. `issuesOf(params)` says what the rules refuse.
 */
export function paramsOf(given, issuesOf) {
  const params = {};
  for (const [key, value] of given.map(readParam)) {
    if (Object.hasOwn(params, key)) throw new UsageError(`--param ${key}: given twice`);
    params[key] = value;
  }
  const refused = (tried, key) => issuesOf(tried).some(({ path, severity }) => path === `params.${key}` && severity === "error");
  for (const [key, value] of Object.entries(params)) {
    if (typeof value !== "string" || !refused(params, key)) continue;
    const tried = { ...params, [key]: jsonOf(value) };
    if (tried[key] !== undefined && !refused(tried, key)) params[key] = tried[key];
  }
  return params;
}

function readParam(text) {
  const [, key, colon, value] = /^([^=]*?)(:?)=(.*)$/s.exec(text) ?? [];
  if (!key) throw new UsageError(`--param: <key>=<value> is needed, not "${text}"`);
  if (!colon) return [key, value];
  const parsed = jsonOf(value);
  if (parsed === undefined) throw new UsageError(`--param ${key}: this is no JSON: ${value}`);
  return [key, parsed];
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
