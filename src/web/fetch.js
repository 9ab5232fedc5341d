// A fetch is asked. It may be a caller's and do anything: whatever that is, the promise tells it.

import { giveUp } from "./body.js";

/** @typedef {{ response?: unknown }} Unclaimed The answer, as long as nobody has taken it. */

/**
 * An answer for which nobody waits any more is given up: a caller's fetch may heed no signal.
 *
 * @param {unknown} response
 * @param {{ signal: AbortSignal }} init
 * @param {Unclaimed} unclaimed
 */
function kept(response, { signal }, unclaimed) {
  if (signal.aborted) giveUp(response);
  else unclaimed.response = response;
  return response;
}

/**
 * The platform's, as a bare global: called as anything's method it is an illegal invocation.
 *
 * @param {string} url
 * @param {RequestInit & { signal: AbortSignal }} init
 * @param {Unclaimed} unclaimed
 */
export const platformFetch = async (url, init, unclaimed) => kept(await fetch(url, init), init, unclaimed);

/**
 * A caller's function, or the method of a caller's object.
 *
 * @param {import("../js/validators.js").Fetcher} fetcher
 * @param {string} url
 * @param {RequestInit & { signal: AbortSignal }} init
 * @param {Unclaimed} unclaimed
 */
export const callFetch = async (fetcher, url, init, unclaimed) =>
  kept(await (typeof fetcher === "function" ? fetcher(url, init) : fetcher.fetch(url, init)), init, unclaimed);

/**
 * An answer came, and whoever has asked for it was gone before it was handed over.
 *
 * @param {Unclaimed} unclaimed
 */
export function giveUpUnclaimed({ response }) {
  if (response !== undefined) giveUp(response);
}
