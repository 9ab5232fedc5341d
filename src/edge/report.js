// What whoever runs the proxy is told of it. A caller learns nothing of that.

import { RivyaError, redact } from "../js/error.js";
import { NO_SECRETS } from "../js/secrets.js";

/** @typedef {import("../js/secrets.js").Secrets} Secrets */

/**
 * An error in the log, without the proxy's keys.
 *
 * @param {any} error
 * @param {Secrets} [secrets]
 */
export function report(error, secrets = NO_SECRETS) {
  let message = "unknown";
  try {
    // Of an error of ours, its code says more than its name.
    message = error instanceof RivyaError ? codeAndStack(error) : String(error?.stack ?? error);
  } catch {
    // It is nothing that has words.
  }
  console.error(`rivya-wasm proxy: ${redact(secrets.cutFrom(message))}`);
}

/** @param {RivyaError} error */
const codeAndStack = (error) =>
  `${/** @type {import("../js/error.js").Fields} */ (/** @type {unknown} */ (error)).code}: ${error.stack}`;

/**
 * The API has answered: whatever the budget does now, the caller gets the answer.
 *
 * @param {() => Promise<void>} settle
 * @param {Secrets} secrets
 */
export async function afterwards(settle, secrets) {
  try {
    await settle();
  } catch (error) {
    report(error, secrets);
  }
}
