// What earlier runs sent and nobody fetched: the next run tells of it, until somebody asks for it or takes it off the
// list. It never goes by itself, for it may be paid for.
import { NAME_MAX, cleanText } from "./clean.js";

/** @typedef {import("rivya-wasm").PendingGeneration} PendingGeneration */

/** A run waits for a quarter of an hour at most, and fetches after that: no other run is at what is older than this. */
const RUN_MAX_MS = 3_600_000;
const LINES_MAX = 5;
const PROMPT_MAX = 40;
const SENT_UNSEEN = "no answer was ever seen, and it is too old to be sent again: look at your account";
const UNKNOWN = "the API knew it no more when it was last asked";

/**
 * Lines about what is left over of `pending`, as `client.pending()` has it, but for `key`, which this run asks for;
 * empty where nothing is.
 *
 * @param {PendingGeneration[]} pending
 * @param {string | undefined} key
 * @param {number} nowMs
 */
export function earlierLines(pending, key, nowMs) {
  const isOld = (/** @type {PendingGeneration} */ { startedAt }) => nowMs - Date.parse(startedAt) > RUN_MAX_MS;
  const left = pending.filter((each) => each.idempotencyKey !== key && isOld(each));
  if (left.length === 0) return [];
  const lines = left.slice(0, LINES_MAX).flatMap((each) => linesOf(each, nowMs));
  const more = left.length - LINES_MAX;
  return ["Sent by earlier runs, and not fetched yet:", ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}

/**
 * @param {PendingGeneration} entry
 * @param {number} nowMs
 */
function linesOf({ idempotencyKey, model, prompt, startedAt, state, safeUntil }, nowMs) {
  const isUnseen = state === "unsubmitted" && Date.parse(safeUntil) < nowMs;
  const problem = state === "lost" ? UNKNOWN : isUnseen ? SENT_UNSEEN : null;
  const about = prompt === undefined ? "" : `: ${cleanText(prompt, PROMPT_MAX)}`;
  const what = `  ${startedAt.slice(0, 16).replace("T", " ")} UTC, ${cleanText(model, NAME_MAX)}${about}`;
  const command = `    ${commandFor(idempotencyKey)}`;
  return problem === null ? [what, command] : [`${what} (${problem})`, `${command} --forget`];
}

/** What is typed to fetch what was sent under a key. */
export const commandFor = (/** @type {string} */ key) => `rivya-wasm generate --idempotency-key ${quoted(key)}`;

/** For a shell: a key of the user's may hold blanks, or anything else that is printed. */
const quoted = (/** @type {string} */ key) => (/^[\w.:-]+$/.test(key) ? key : `'${key.replaceAll("'", "'\\''")}'`);
