// `rivya-wasm generate`: from a prompt and files to files.
import { randomUUID } from "node:crypto";
import { createClient } from "rivya-wasm";
import { earlierLines } from "./earlier.js";
import { keptFolder, storeIn } from "./kept.js";
import { lineOn, seconds, wordsOf } from "./progress.js";
import { reportOf } from "./report.js";
import { Task, paramsOf, requestOf, taskOf } from "./request.js";
import { checkPlace, save } from "./save.js";
import { UsageError, readOptions } from "./usage.js";

const MODEL = "nano-banana-2";
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
/** How options of the client are called here. */
const NAMES = {
  "options.baseUrl": "RIVYA_BASE_URL",
  "options.apiKey": "RIVYA_API_KEY",
  "options.idempotencyKey": "--idempotency-key",
  "which.idempotencyKey": "--idempotency-key",
  "options.validation": "--validation",
  references: "--reference ",
};
/** A server's message must not be able to command the terminal. */
const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f]/g;

export async function runGenerate(args) {
  const interruption = new AbortController();
  process.once("SIGINT", () => interruption.abort());
  const { signal } = interruption;
  const line = lineOn(process.stderr);
  // An empty variable is as good as none.
  const apiKey = process.env.RIVYA_API_KEY || null;
  /** As far as it came. `sent`: a submission may have left; `urls`: of what was made; `files`: that were written; `forget()`: there is nothing to come back for. */
  const run = { signal, emulated: apiKey === null, key: null, isKeyGiven: false, sent: false, id: null, urls: [], files: [], forget: async () => {} };
  const say = (text) => write(process.stderr, `${clean(text, apiKey)}\n`);
  try {
    const { values, positionals } = readOptions(args, OPTIONS, 1);
    const told = await carryOut(run, { values, prompt: positionals[0], apiKey, line, say });
    line.end();
    if (values.json) await write(process.stdout, `${JSON.stringify(told)}\n`);
    else await write(process.stdout, run.files.map((file) => `${file}\n`).join(""));
  } catch (error) {
    line.end();
    const { exitCode, lines, json } = reportOf(error, run);
    // A key of our own that nobody is told of is of no use to anybody; one that was given may stand for another request.
    if (error?.generation?.status === "failed" || (!json.mayHaveBeenCharged && !run.isKeyGiven)) await run.forget();
    await say(lines.join("\n"));
    // Where the arguments can't be read, nobody has found the option.
    if (args.includes("--json")) await write(process.stdout, `${clean(JSON.stringify(json), apiKey)}\n`);
    process.exitCode = exitCode;
  }
  // At once: neither a connection that is kept open nor a task of the emulator is of use any more.
  process.exit();
}

/** Does what the arguments ask for, and answers what `--json` prints of it. */
async function carryOut(run, { values, prompt, apiKey, line, say }) {
  const { out, force, "idempotency-key": givenKey } = values;
  const task = taskOf(values, prompt, run.emulated);
  if (task !== Task.Forget) await checkPlace({ out, force });
  const request = task === Task.Make ? await requestOf({ ...values, model: values.model ?? MODEL }, prompt) : null;
  if (run.emulated) await say(EMULATED);
  const client = await asUsage(async () => createClient({ ...(await connectionOf(apiKey)), validation: values.validation }));
  // A key that is given was given before, most likely.
  run.isKeyGiven = givenKey !== undefined;
  if (task === Task.Forget) {
    await asUsage(() => client.forget({ idempotencyKey: givenKey }));
    await say(FORGOTTEN);
    return { forgotten: givenKey };
  }
  const earlier = run.emulated ? [] : earlierLines(await client.pending(), givenKey, Date.now());
  if (earlier.length > 0) await say(earlier.join("\n"));
  const startedMs = performance.now();
  const ours = request && (await asUsage(async () => ({ ...request, params: paramsOf(values.param, (params) => client.validate({ ...request, params })) })));
  run.key = givenKey ?? randomUUID();
  run.forget = () => client.forget({ idempotencyKey: run.key });
  run.sent = run.isKeyGiven;
  const generation = await generationOf(client, ours, run, line);
  await saveAll(client, generation, run, { out, force, line });
  await say(`Made by ${generation.model} in ${seconds(performance.now() - startedMs)} s, for ${creditsOf(generation)}.`);
  await run.forget();
  const { id, model, final_credits: credits } = generation;
  return { id, model, credits, files: run.files, urls: run.urls };
}

/** What comes of a request; with none, of what was sent under the key before. */
async function generationOf(client, request, run, line) {
  const { key: idempotencyKey, signal } = run;
  const onProgress = (progress) => {
    run.sent ||= progress.phase !== "uploading";
    run.id = progress.generation?.id ?? run.id;
    line.show(...wordsOf(progress));
  };
  const generation = await asUsage(() =>
    request === null ? client.resume({ idempotencyKey }, { onProgress, signal }) : client.generate(request, { idempotencyKey, onProgress, signal }),
  );
  run.id = generation.id;
  run.urls = generation.result.urls;
  return generation;
}

async function saveAll(client, generation, { signal, files }, { out, force, line }) {
  line.show("Fetching the result");
  const blobs = await client.download(generation, { signal });
  const typeOf = async (blob) => (await client.files.inspect(blob)).mimeType ?? blob.type;
  await save(blobs, generation.id, { out, force, signal, typeOf, saved: (file) => files.push(file) });
  line.end();
}

async function connectionOf(apiKey) {
  if (apiKey !== null) return { apiKey, baseUrl: process.env.RIVYA_BASE_URL || undefined, store: storeIn(keptFolder()) };
  // It is the larger part of the package: whoever has a key need not wait for it.
  const { createEmulator } = await import("rivya-wasm/emulator");
  return (await createEmulator()).options;
}

/** What the client takes for a wrong argument came from the command line, or from the environment. */
async function asUsage(call) {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(Object.entries(NAMES).reduce((text, [theirs, ours]) => text.replace(theirs, ours), error.message));
  }
}

const creditsOf = ({ final_credits: credits }) => `${credits} ${credits === 1 ? "credit" : "credits"}`;

/** The client hides keys in its own messages; what Node or an URL says passes here. */
const clean = (text, apiKey) => (apiKey === null ? text : text.replaceAll(apiKey, "…")).replace(CONTROLS, "");

/** Resolves when it has gone: the process ends right after. */
const write = (stream, text) => new Promise((resolve) => stream.write(text, () => resolve()));
