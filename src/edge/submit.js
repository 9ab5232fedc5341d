// One submission: its body read, counted, sent, and what it came to counted, too.

import { TOO_LARGE, textOf } from "./body.js";
import { afterwards } from "./report.js";
import { refuse } from "./respond.js";
import { beginsNothing, maxBytes, outgoingKey, submissionId, tooLarge } from "./rules.js";
import { LIMIT_MS, TimeoutError, within } from "./time.js";
import { call } from "./upstream.js";

/** @typedef {import("#edge-glue").BoundAnswer} BoundAnswer */
/** @typedef {import("./meter.js").Outcome} Outcome */
/** @typedef {import("./upstream.js").Answered} Answered */

const MAX_KEY_CHARACTERS = 1_000;

const noKey = {
  status: 400,
  code: "validation_failed",
  message: "A submission needs the header Idempotency-Key, 1 to 1,000 characters.",
};
const unreadable = { status: 400, code: "validation_failed", message: "The body can't be read to its end." };
const tooSlow = { status: 408, code: "request_timeout", message: "The body has not come to its end within 60 s." };

/**
 * Why a body is not even read; undefined where it is.
 *
 * @param {import("./rules.js").Rules} rules
 * @param {Request} request
 * @param {boolean} isUpload
 */
export const refuseBody = (rules, { headers }, isUpload) =>
  rules.refuseBody(isUpload, headers.get("content-type") ?? undefined, headers.get("content-length") ?? undefined);

/**
 * Answers a submission.
 *
 * @param {import("./proxy.js").Use} use
 * @param {import("./meter.js").Meter} meter
 * @param {string} caller
 * @param {Request} request
 * @param {(answered: Answered) => [Response, BoundAnswer | null]} bound
 */
export async function submit({ settings, rules }, meter, caller, request, bound) {
  const callersKey = request.headers.get("idempotency-key");
  if (!callersKey || callersKey.length > MAX_KEY_CHARACTERS) return refuse(noKey);
  const unread = refuseBody(rules, request, false);
  if (unread !== undefined) return refuse(unread);
  let text;
  try {
    text = await within(LIMIT_MS, "the body", ({ signal }) => textOf(request, maxBytes(true), signal));
  } catch (cause) {
    if (cause instanceof TimeoutError) return refuse(tooSlow);
    return refuse(cause === TOO_LARGE ? tooLarge(maxBytes(true)) : unreadable);
  }
  const submission = rules.readSubmission(text);
  if (submission.refusal !== undefined) return refuse(submission.refusal);
  const { body, baseCredits } = submission;
  const key = outgoingKey(caller, callersKey);
  const id = submissionId(key, body);
  const limited = await meter.submission(id, baseCredits);
  if (limited !== null) return refuse(limited);

  let outcome = outcomeAs("doubtful");
  try {
    const answered = await call(settings, "/generations", body, key);
    const [response, generation] = bound(answered);
    outcome = outcomeOf(answered, generation);
    return response;
  } finally {
    await afterwards(() => meter.concluded(outcome), settings.secrets);
  }
}

/**
 * @param {string} what
 * @param {Omit<Outcome, "what">} [told]
 */
const outcomeAs = (what, told) => /** @type {Outcome} */ ({ __proto__: null, what, ...told });

/**
 * What an answer says of a submission.
 *
 * @param {Answered} answered
 * @param {BoundAnswer | null} generation
 */
function outcomeOf({ status, response }, generation) {
  if (generation === null)
    return outcomeAs(beginsNothing(status ?? 0, response !== undefined) ? "refused" : "doubtful");
  const { id: task, reservedCredits, hasEnded } = generation;
  return outcomeAs("accepted", { task, reservedCredits, hasEnded });
}

/**
 * On Workers a caller who hangs up ends all that is under way for him: what a submission came to would never be
 * counted.
 *
 * @param {any} ctx What the platform gave beside the request, if anything.
 * @param {Promise<Response>} submitting
 */
export function outliving(ctx, submitting) {
  ctx?.waitUntil?.(submitting.catch(() => {}));
  return submitting;
}
