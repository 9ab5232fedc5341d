// How `rivya-wasm generate` tells of its end: lines for people on stderr, one JSON object for programs on stdout, and
// an exit code.
import { RivyaError } from "rivya-wasm";
import { NAME_MAX, cleanText } from "./clean.js";
import { commandFor } from "./earlier.js";
import { codeOf } from "./system.js";
import { USAGE, UsageError } from "./usage.js";

/**
 * @typedef {import("./generate.js").Run} Run
 * @typedef {{ made: boolean, urls: string[], goesOn: boolean, isLost: boolean }} Fate What becomes of what was sent.
 */

const EXIT = { done: 0, failed: 1, refused: 2, interrupted: 130 };
/** Codes of what was refused here, where nothing was sent. */
const REFUSED_HERE = ["validation_failed", "idempotency_conflict"];
/**
 * What to do about an error, beside what its message says.
 *
 * @type {Record<string, string>}
 */
const HINTS = { too_many_at_once: "Wait until one of your generations under way has ended, then make this one." };
/** A list of more is of no use to a reader; `--json` has all. */
const URLS_MAX = 10;

/**
 * `{ exitCode, lines, json }` of an error. `run` is as far as it came: see generate.js.
 *
 * @param {unknown} error
 * @param {Run} run
 */
export function reportOf(error, run) {
  const isInterrupted = run.signal.aborted;
  const isRivyas = error instanceof RivyaError;
  const isUsage = error instanceof UsageError;
  const code = isInterrupted ? "interrupted" : isUsage ? "usage" : shownCodeOf(error);
  const message = isInterrupted ? "Interrupted." : messageOf(error);
  const status = isRivyas && !isInterrupted ? error.status : null;
  const { issues, requestId } = isRivyas && !isInterrupted ? detailsOf(error) : { issues: [], requestId: null };
  const id = run.id ?? idOf(error);
  const goesOn = isGoingOn(error, run);
  // What is no error of the client's says nothing of a submission that has left.
  const isInDoubt = isRivyas ? error.mayHaveBeenCharged : run.sent && !isUsage;
  const mayHaveBeenCharged = !run.emulated && (goesOn || isInDoubt);
  const idempotencyKey = mayHaveBeenCharged ? run.key : null;
  const isExpired = isRivyas && status === null && code === "resume_expired";
  const isLost = isRivyas && code === "not_found";
  const details = issues.map(({ path, message: text }) => `  ${path}: ${text}`);
  const steps = nextSteps({ ...run, isExpired, isLost, id, goesOn, mayHaveBeenCharged, isInterrupted });
  const hints = Object.hasOwn(HINTS, code) ? [HINTS[code]] : [];
  const lines = [message, ...details, ...hints, ...(requestId === null ? [] : [`Request ${requestId}`]), ...steps];
  if (isUsage) lines.push("", ...USAGE.generate.split("\n"));
  return {
    exitCode: isInterrupted ? EXIT.interrupted : isUsage || isRefusedHere(error) ? EXIT.refused : EXIT.failed,
    lines,
    json: {
      error: { code, message, status, requestId, issues },
      id,
      idempotencyKey,
      mayHaveBeenCharged,
      files: run.files,
      urls: run.urls,
    },
  };
}

/** @param {unknown} error */
function shownCodeOf(error) {
  const code = codeOf(error);
  return code === undefined ? "failed" : cleanText(code, NAME_MAX);
}

/** @param {unknown} error */
function messageOf(error) {
  // It quotes the command line, and no server.
  if (error instanceof UsageError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  // The message of a refusal found here lists the issues on lines of their own, which are told one by one.
  const hasIssues = error instanceof RivyaError && error.issues.length > 0;
  return cleanText(hasIssues ? message.split("\n")[0] : message);
}

/** @param {unknown} error */
function idOf(error) {
  const id = error instanceof RivyaError ? error.generation?.id : undefined;
  return typeof id === "string" ? cleanText(id, NAME_MAX) : null;
}

/** @param {RivyaError} error */
function detailsOf({ issues, requestId }) {
  /** @type {(issue: import("rivya-wasm").ValidationIssue) => import("rivya-wasm").ValidationIssue} */
  const clean = ({ path, message, severity }) => ({ path: cleanText(path), message: cleanText(message), severity });
  return { issues: issues.map(clean), requestId: requestId === null ? null : cleanText(requestId, NAME_MAX) };
}

/** @param {unknown} error */
function isRefusedHere(error) {
  return (
    error instanceof RivyaError && error.status === null && error.attempts === 0 && REFUSED_HERE.includes(error.code)
  );
}

/**
 * Whether what was sent runs on, or has succeeded, whatever became of this run.
 *
 * @param {unknown} error
 * @param {Run} run
 */
function isGoingOn(error, { sent, signal, made }) {
  if (made) return true;
  if (signal.aborted) return sent;
  const generation = error instanceof RivyaError ? error.generation : null;
  return generation !== null && generation.status !== "failed";
}

/**
 * @param {object} end
 * @param {boolean} end.emulated
 * @param {boolean} end.isExpired
 * @param {boolean} end.isLost
 * @param {string | null} end.id
 * @param {string | null} end.key
 * @param {boolean} end.made
 * @param {string[]} end.urls
 * @param {boolean} end.goesOn
 * @param {boolean} end.mayHaveBeenCharged
 * @param {boolean} end.isInterrupted
 */
function nextSteps({ emulated, isExpired, isLost, id, key, made, urls, goesOn, mayHaveBeenCharged, isInterrupted }) {
  if (emulated) return isInterrupted ? ["The emulator ends with it."] : [];
  // There is a key before anything is sent.
  if (!mayHaveBeenCharged || key === null) return isInterrupted ? ["Nothing was sent, nothing is paid."] : [];
  const fate = `${id === null ? "What was sent" : `Generation ${id}`} ${fateOf({ made, urls, goesOn, isLost })}`;
  // Asked again, it would be answered the same.
  if (isExpired) return [fate, "Look at your account. To take it off the list:", `  ${commandFor(key)} --forget`];
  return [fate, ...placesOf(urls), "To fetch it without paying twice:", `  ${commandFor(key)}`];
}

/** @param {Fate} fate */
function fateOf({ made, urls, goesOn, isLost }) {
  if (made) return urls.length > 0 ? "is made, and paid for:" : "is made, and paid for.";
  if (isLost) return "was accepted and may be paid for, but the API knows it no more.";
  return goesOn ? "goes on, and is paid for when it succeeds." : "may have been accepted, and paid for.";
}

/** @param {string[]} urls */
function placesOf(urls) {
  const more = urls.length - URLS_MAX;
  return [...urls.slice(0, URLS_MAX).map((url) => `  ${url}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}
