// How `rivya-wasm generate` tells of its end: lines for people on stderr, one JSON object for programs on stdout, and an exit code.
import { RivyaError } from "rivya-wasm";
import { commandFor } from "./earlier.js";
import { USAGE, UsageError } from "./usage.js";

const EXIT = { done: 0, failed: 1, refused: 2, interrupted: 130 };
/** Codes of what was refused here, where nothing was sent. */
const REFUSED_HERE = ["validation_failed", "idempotency_conflict"];

/** `{ exitCode, lines, json }` of an error. `run` is as far as it came: see generate.js. */
export function reportOf(error, run) {
  const isInterrupted = run.signal.aborted;
  const isRivyas = error instanceof RivyaError;
  const isUsage = error instanceof UsageError;
  const code = isInterrupted ? "interrupted" : isUsage ? "usage" : isRivyas ? error.code : (error.code ?? "failed");
  const message = isInterrupted ? "Interrupted." : isRivyas ? firstLine(error.message) : error.message;
  const { issues = [], status = null, requestId = null } = isRivyas && !isInterrupted ? error : {};
  const id = run.id ?? error?.generation?.id ?? null;
  const goesOn = isGoingOn(error, run);
  const mayHaveBeenCharged = !run.emulated && (goesOn || (isRivyas && error.mayHaveBeenCharged));
  const idempotencyKey = mayHaveBeenCharged ? run.key : null;
  const details = issues.map(({ path, message: text }) => `  ${path}: ${text}`);
  const lines = [message, ...details, ...(requestId === null ? [] : [`Request ${requestId}`]), ...nextSteps({ ...run, code, id, goesOn, mayHaveBeenCharged, isInterrupted })];
  if (isUsage) lines.push("", USAGE.generate);
  return {
    exitCode: isInterrupted ? EXIT.interrupted : isUsage || isRefusedHere(error) ? EXIT.refused : EXIT.failed,
    lines,
    json: { error: { code, message, status, requestId, issues }, id, idempotencyKey, mayHaveBeenCharged, files: run.files, urls: run.urls },
  };
}

/** The message of a refusal lists the issues, which are told one by one. */
const firstLine = (message) => message.split("\n")[0];

const isRefusedHere = (error) => error instanceof RivyaError && error.status === null && error.attempts === 0 && REFUSED_HERE.includes(error.code);

/** Whether what was sent runs on, or has succeeded, whatever became of this run. */
function isGoingOn(error, { sent, signal, urls }) {
  if (urls.length > 0) return true;
  if (signal.aborted) return sent;
  const generation = error instanceof RivyaError ? error.generation : null;
  return generation !== null && generation.status !== "failed";
}

function nextSteps({ emulated, code, id, key, urls, goesOn, mayHaveBeenCharged, isInterrupted }) {
  if (emulated) return isInterrupted ? ["The emulator ends with it."] : [];
  if (!mayHaveBeenCharged) return isInterrupted ? ["Nothing was sent, nothing is paid."] : [];
  const what = id === null ? "What was sent" : `Generation ${id}`;
  const fate = urls.length > 0 ? `${what} is made, and paid for:` : goesOn ? `${what} goes on, and is paid for when it succeeds.` : `${what} may have been accepted, and paid for.`;
  // Asked again, it would be answered the same.
  if (code === "resume_expired") return [fate, "Look at your account. To take it off the list:", `  ${commandFor(key)} --forget`];
  return [fate, ...urls.map((url) => `  ${url}`), "To fetch it without paying twice:", `  ${commandFor(key)}`];
}
