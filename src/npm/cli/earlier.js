// What earlier runs sent and nobody fetched: told by the next one, until somebody asks for it or takes it off the list. It never goes by itself: it may
// be paid for.

/** A run waits for a quarter of an hour at most, and fetches after that: what is older than this, no other run is at any more. */
const RUN_MAX_MS = 3_600_000;
const LINES_MAX = 5;
const PROMPT_MAX = 40;
const SENT_UNSEEN = "no answer was ever seen, and it is too old to be sent again: look at your account";
const UNKNOWN = "the API knew it no more when it was last asked";

/** Lines about what is left over of `pending`, as `client.pending()` has it, but for `key`, which this run asks for; empty where nothing is. */
export function earlierLines(pending, key, nowMs) {
  const left = pending.filter(({ idempotencyKey, startedAt }) => idempotencyKey !== key && nowMs - Date.parse(startedAt) > RUN_MAX_MS);
  if (left.length === 0) return [];
  const more = left.length - LINES_MAX;
  return ["Sent by earlier runs, and not fetched yet:", ...left.slice(0, LINES_MAX).flatMap((each) => linesOf(each, nowMs)), ...(more > 0 ? [`  and ${more} more`] : [])];
}

function linesOf({ idempotencyKey, model, prompt, startedAt, state, safeUntil }, nowMs) {
  const problem = state === "lost" ? UNKNOWN : state === "unsubmitted" && Date.parse(safeUntil) < nowMs ? SENT_UNSEEN : null;
  const what = `  ${startedAt.slice(0, 16).replace("T", " ")} UTC, ${model}${prompt === undefined ? "" : `: ${shortened(prompt)}`}`;
  return [problem === null ? what : `${what} (${problem})`, `    ${commandFor(idempotencyKey)}${problem === null ? "" : " --forget"}`];
}

function shortened(prompt) {
  const characters = [...prompt.replace(/\s+/g, " ")];
  return characters.length > PROMPT_MAX ? `${characters.slice(0, PROMPT_MAX).join("")}…` : characters.join("");
}

/** What is typed to fetch what was sent under a key. */
export const commandFor = (key) => `rivya-wasm generate --idempotency-key ${quoted(key)}`;

/** For a shell: a key of the user's may hold blanks, or anything else that is printed. */
const quoted = (key) => (/^[\w.:-]+$/.test(key) ? key : `'${key.replaceAll("'", "'\\''")}'`);
