// `rivya-wasm generate`: from a prompt and files to files.
import { randomUUID } from "node:crypto";
import { createClient, RivyaError } from "rivya-wasm";
import { NAME_MAX, cleanLine, cleanText, cleanUrl, hideSecret, jsonLine } from "./clean.js";
import { earlierLines } from "./earlier.js";
import { keptFolder, storeIn } from "./kept.js";
import { lineOn, seconds, wordsOf } from "./progress.js";
import { reportOf } from "./report.js";
import { Task, paramsOf, requestOf, taskOf } from "./request.js";
import { checkPlace, save } from "./save.js";
import { UsageError, readOptions } from "./usage.js";

const MODEL = "nano-banana-2";
/** @satisfies {import("node:util").ParseArgsOptionsConfig} */
const OPTIONS = {
  model: { type: "string" },
  param: { type: "string", multiple: true, default: [] },
  reference: { type: "string", multiple: true, default: [] },
  validation: { type: "string", default: "strict" },
  out: { type: "string" },
  force: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  "idempotency-key": { type: "string" },
  forget: { type: "boolean", default: false },
};
const EMULATED = "No RIVYA_API_KEY: the picture is painted by the emulator, nothing is paid";
const FORGOTTEN = "It is off the list. What runs, runs on, and may cost credits.";
/**
 * As far as a run came. `sent`: a submission may have left; `id`: of the generation, as it is shown; `made`: it has
 * succeeded; `urls`: of what was made, as they are shown; `files`: that were written; `forget()`: there is nothing to
 * come back for.
 *
 * @typedef {object} Run
 * @property {AbortSignal} signal
 * @property {boolean} emulated
 * @property {string | null} key
 * @property {boolean} isKeyGiven
 * @property {boolean} sent
 * @property {string | null} id
 * @property {boolean} made
 * @property {string[]} urls
 * @property {string[]} files
 * @property {() => Promise<void>} forget
 *
 * @typedef {import("rivya-wasm").Client} Client
 * @typedef {import("rivya-wasm").GenerateRequest} GenerateRequest
 * @typedef {import("rivya-wasm").SucceededGeneration} SucceededGeneration
 * @typedef {import("./progress.js").Line} Line
 * @typedef {ReturnType<typeof argumentsOf>["values"]} Values
 */

/** How options of the client are called here. */
const NAMES = {
  "options.baseUrl": "RIVYA_BASE_URL",
  "options.apiKey": "RIVYA_API_KEY",
  "options.idempotencyKey": "--idempotency-key",
  "which.idempotencyKey": "--idempotency-key",
  "options.validation": "--validation",
  references: "--reference ",
};
/** Phases that are told when the submission may have left. `offline` is told at any time, and says nothing of it. */
const SUBMITTED_PHASES = ["submitting", "queued", "processing"];

const argumentsOf = (/** @type {string[]} */ args) => readOptions(args, OPTIONS, 1);

/** @param {string[]} args */
export async function runGenerate(args) {
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort());
  const { signal } = interruption;
  const line = lineOn(process.stderr);
  // An empty variable is as good as none.
  const apiKey = process.env.RIVYA_API_KEY || null;
  if (apiKey !== null) hideSecret(apiKey);
  /** @type {Run} */
  const run = {
    signal,
    emulated: apiKey === null,
    key: null,
    isKeyGiven: false,
    sent: false,
    id: null,
    made: false,
    urls: [],
    files: [],
    forget: async () => {},
  };
  try {
    const { values, positionals } = argumentsOf(args);
    const told = await carryOut(run, { values, prompt: positionals[0], apiKey, line });
    line.end();
    if (values.json) await write(process.stdout, `${jsonLine(told)}\n`);
    else await write(process.stdout, run.files.map((file) => `${file}\n`).join(""));
  } catch (error) {
    line.end();
    const { exitCode, lines, json } = reportOf(error, run);
    // A key of our own that nobody is told of is of no use to anybody; a given one may stand for another request.
    const hasFailed = error instanceof RivyaError && error.generation?.status === "failed";
    if (hasFailed || (!json.mayHaveBeenCharged && !run.isKeyGiven)) await run.forget();
    await say(...lines);
    // Where the arguments can't be read, nobody has found the option.
    if (args.includes("--json")) await write(process.stdout, `${jsonLine(json)}\n`);
    process.exitCode = exitCode;
  }
  // At once: neither a connection that is kept open nor a task of the emulator is of use any more.
  process.exit();
}

/**
 * Does what the arguments ask for, and answers what `--json` prints of it.
 *
 * @param {Run} run
 * @param {{ values: Values, prompt: string | undefined, apiKey: string | null, line: Line }} given
 */
async function carryOut(run, { values, prompt, apiKey, line }) {
  const { out, force, "idempotency-key": givenKey } = values;
  const task = taskOf(values, prompt, run.emulated);
  if (task !== Task.Forget) await checkPlace({ out, force });
  const request = task === Task.Make ? await requestOf({ ...values, model: values.model ?? MODEL }, prompt) : null;
  if (run.emulated) await say(EMULATED);
  // The client refuses any other word.
  const validation = /** @type {import("rivya-wasm").ClientOptions["validation"]} */ (values.validation);
  const client = await asUsage(async () => createClient({ ...(await connectionOf(apiKey)), validation }));
  const key = givenKey ?? randomUUID();
  // A key that is given was given before, most likely.
  run.isKeyGiven = givenKey !== undefined;
  if (task === Task.Forget) {
    await asUsage(() => client.forget({ idempotencyKey: key }));
    await say(FORGOTTEN);
    return { forgotten: key };
  }
  const earlier = run.emulated ? [] : earlierLines(await client.pending(), givenKey, Date.now());
  if (earlier.length > 0) await say(...earlier);
  const startedMs = performance.now();
  const ours = await asUsage(async () => request && withParams(request, values.param, client));
  run.key = key;
  run.forget = () => client.forget({ idempotencyKey: key });
  run.sent = run.isKeyGiven;
  const generation = await generationOf(client, ours, run, key, line);
  await saveAll(client, generation, run, { out, force, line });
  const { model, credits } = accountOf(generation);
  const by = model === null ? "" : ` by ${model}`;
  await say(`Made${by} in ${seconds(performance.now() - startedMs)} s, ${priceWords(credits)}.`);
  await run.forget();
  return { id: run.id, model, credits, files: run.files, urls: run.urls };
}

/** @type {(request: GenerateRequest, given: string[], client: Client) => GenerateRequest} */
const withParams = (request, given, client) => ({
  ...request,
  params: paramsOf(given, (params) => client.validate({ ...request, params })),
});

/**
 * What comes of a request; with none, of what was sent under the key before.
 *
 * @param {Client} client
 * @param {GenerateRequest | null} request
 * @param {Run} run
 * @param {string} idempotencyKey
 * @param {Line} line
 */
async function generationOf(client, request, run, idempotencyKey, line) {
  const { signal } = run;
  const onProgress = (/** @type {import("rivya-wasm").Progress} */ progress) => {
    run.sent ||= SUBMITTED_PHASES.includes(progress.phase);
    if ("generation" in progress && progress.generation) run.id = cleanText(progress.generation.id, NAME_MAX);
    line.show(...wordsOf(progress));
  };
  const generation = await asUsage(() =>
    request === null
      ? client.resume({ idempotencyKey }, { onProgress, signal })
      : client.generate(request, { idempotencyKey, onProgress, signal }),
  );
  run.id = cleanText(generation.id, NAME_MAX);
  run.made = true;
  run.urls = urlsOf(generation).map(cleanUrl);
  return generation;
}

/**
 * @param {Client} client
 * @param {SucceededGeneration} generation
 * @param {Run} run
 * @param {{ out: string | undefined, force: boolean, line: Line }} how
 */
async function saveAll(client, generation, { signal, files }, { out, force, line }) {
  line.show("Fetching the result");
  const blobs = await client.download(generation, { signal });
  const typeOf = async (/** @type {Blob} */ blob) => (await client.files.inspect(blob)).mimeType ?? blob.type;
  await save(blobs, generation.id, { out, force, signal, typeOf, saved: (file) => files.push(file) });
  line.end();
}

/**
 * The URLs that a generation's result names, as far as they are texts: `client.download` judges them.
 *
 * @param {SucceededGeneration} generation
 */
function urlsOf({ result }) {
  const named = Array.isArray(result?.urls) && result.urls.length > 0 ? result.urls : [result?.primary_url];
  return named.filter((url) => typeof url === "string");
}

/**
 * What a generation says of its model and its price; null where it is not of the type that the API documents.
 *
 * @param {SucceededGeneration} generation
 */
function accountOf({ model, final_credits: credits }) {
  return {
    model: typeof model === "string" ? cleanText(model, NAME_MAX) : null,
    credits: Number.isFinite(credits) ? credits : null,
  };
}

/**
 * @param {string | null} apiKey
 * @returns {Promise<import("rivya-wasm").ClientOptions>}
 */
async function connectionOf(apiKey) {
  const baseUrl = process.env.RIVYA_BASE_URL || undefined;
  if (apiKey !== null) return { apiKey, baseUrl, store: storeIn(keptFolder()) };
  // It is the larger part of the package: whoever has a key need not wait for it.
  const { createEmulator } = await import("rivya-wasm/emulator");
  return (await createEmulator()).options;
}

/**
 * What the client takes for a wrong argument came from the command line, or from the environment.
 *
 * @template T
 * @param {() => Promise<T>} call
 */
async function asUsage(call) {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const inOurWords = Object.entries(NAMES).reduce(
      (text, [theirs, ours]) => text.replace(theirs, ours),
      error.message,
    );
    throw new UsageError(inOurWords);
  }
}

/** @param {number | null} credits */
function priceWords(credits) {
  if (credits === null) return "and the API did not say for how many credits";
  return `for ${credits} ${credits === 1 ? "credit" : "credits"}`;
}

/** Lines on stderr. All line breaks there are these: none in a text makes another line. */
const say = (/** @type {string[]} */ ...lines) =>
  write(process.stderr, lines.map((line) => `${cleanLine(line)}\n`).join(""));

/**
 * Resolves when it has gone: the process ends right after.
 *
 * @type {(stream: NodeJS.WriteStream, text: string) => Promise<void>}
 */
const write = (stream, text) => new Promise((resolve) => stream.write(text, () => resolve()));
