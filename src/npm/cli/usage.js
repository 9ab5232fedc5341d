// How the commands are used: what `--help` prints, and how arguments are read.
import { parseArgs } from "node:util";

export const PORT_MAX = 65_535;

/** The command line itself is wrong. */
export class UsageError extends Error {}
/** A failure whose message says all: no stack is of use to anybody. */
export class Failure extends Error {}

export const USAGE = {
  all: `Usage: rivya-wasm <command> [options]

  emulator   serves an emulator of Rivya Public API v1
  demo       serves the demo page, with the emulator behind it
  generate   makes a picture, or whatever else the model makes, and saves it

rivya-wasm <command> --help tells each one's options.`,

  emulator: `Usage: rivya-wasm emulator [options]

Serves an emulator of Rivya Public API v1 on 127.0.0.1, until interrupted.

  --port <n>           port to listen on, 0 for any free one (default 8787)
  --credits <n>        credits of the account (default 1000)
  --queued-ms <n>      how long a task is queued (default 1000)
  --processing-ms <n>  how long it is processed after that (default 4000)
  --fail               every task fails
  --webhook <url>      tell this receiver, on this machine, of each task's end
  --webhook-secret <s> what it is told is signed with: whsec_ and Base64, or text
  --help               this text`,

  demo: `Usage: rivya-wasm demo [options]

Serves the demo page on 127.0.0.1, with an emulator of the API on the same origin, until interrupted. Nothing is paid.

  --port <n>           port to listen on, 0 for any free one (default: 8787 or the next free one)
  --help               this text`,

  generate: `Usage: rivya-wasm generate [options] "prompt"
       rivya-wasm generate --idempotency-key <key> [--out <file>]

Makes a picture, or whatever else the model makes, and saves it; or fetches what an earlier run has sent.
Prints the name of each file.

  --model <id>             model (default nano-banana-2)
  --param <key>=<value>    parameter of the model; may be repeated. <key>:=<value> takes the value as JSON
  --reference <file|url>   something that the model shall look at; may be repeated. Files lose their metadata
                           before they are sent
  --validation <how>       known: send parameters that this version doesn't know; off: the API alone decides
                           (default strict)
  --out <file>             where to save; further results get -2, -3 … (default: the generation's id and the result's
                           type)
  --force                  overwrite the files that --out names
  --json                   print one JSON object: id, model, credits, files, urls; or error
  --idempotency-key <key>  fetch what was sent under this key, without paying twice; with a prompt, send that under it
  --forget                 with a key alone: take what was sent under it off the list. What runs, runs on, and may cost
                           credits
  --help                   this text

  RIVYA_API_KEY            your key; without one the picture is painted by the emulator, and nothing is paid
  RIVYA_BASE_URL           where the API is (default https://rivya.ai/api/v1); needs a key

Exit codes: 0 done; 1 failed; 2 wrong usage, or a request that is refused before anything is sent; 130 interrupted.`,
};

/**
 * The options and positionals of a command, which takes `positionals` of these at most.
 *
 * @template {import("node:util").ParseArgsOptionsConfig} T
 * @param {string[]} args
 * @param {T} options
 */
export function readOptions(args, options, positionals = 0) {
  const parsed = parsedOf(args, options);
  const surplus = parsed.positionals[positionals];
  if (surplus !== undefined) throw new UsageError(`Not understood: ${surplus}`);
  return parsed;
}

/**
 * @template {import("node:util").ParseArgsOptionsConfig} T
 * @param {string[]} args
 * @param {T} options
 */
function parsedOf(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw error instanceof Error ? new UsageError(error.message) : error;
  }
}

/**
 * An option that is a whole number.
 *
 * @param {string} name
 * @param {string} text
 */
export function whole(name, text, max = Number.MAX_SAFE_INTEGER) {
  if (!/^\d+$/.test(text) || Number(text) > max)
    throw new UsageError(`--${name}: a whole number from 0 to ${max} is needed, not "${text}"`);
  return Number(text);
}
