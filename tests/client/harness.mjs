/**
 * The client over a fetch of the test's own, on a clock that runs only while somebody waits. The clock is put in place
 * first, then the package is loaded. A file of tests is a process, so each has a clock and a module of its own.
 */
import assert from "node:assert/strict";
import { API, createFakeApi, generation, refusal } from "../support/fake-api.mjs";
import { installFakeClock } from "../support/fake-clock.mjs";
import { tinyPng } from "../support/tiny-png.mjs";

export const clock = installFakeClock();
export const { createClient, RivyaError } = await import("rivya-wasm");
export { API, createFakeApi, generation, refusal };

export const ID = "task_fake_1";
export const HILL = { model: "z-image", prompt: "a hill" };

export const picture = () => new Blob([tinyPng()], { type: "image/png" });
export const editOf = (count) => ({
  model: "nano-banana-2",
  prompt: "together",
  references: Array.from({ length: count }, picture),
});

/** A client that sends through `fetch`, a function or what `createFakeApi` made. */
export const connect = (fetch, options) =>
  createClient({ baseUrl: API, apiKey: "rvya_sk_client_test", fetch, downloadFetch: fetch, ...options });

/** A generation under way that differs from the one before: `watch` shows each once. */
export const underWay = (number) => {
  const seconds = String(number).padStart(2, "0");
  return { ...generation("processing"), updated_at: `2026-05-11T00:00:${seconds}.000Z` };
};

export const answer = (json, status = 200, headers = {}) => Response.json(json, { status, headers });
export const refuse = (status, code, headers) => answer(refusal(status, code).json, status, headers);

/** What `promise` resolves with, the time passing. */
export async function value(promise) {
  const { value, error } = await clock.until(promise);
  if (error !== undefined) throw error;
  return value;
}

/** The same, of which a test says that it shall not reject. `what` is said where it does. */
export async function resolved(promise, what = "") {
  const { value, error } = await clock.until(promise);
  assert.equal(error && `${error.code}: ${error.message}`, undefined, what);
  return value;
}

/** What `promise` rejects with, the time passing. */
export async function failure(promise) {
  const outcome = await clock.until(promise);
  assert.ok("error" in outcome, `resolved with ${JSON.stringify(outcome.value)}`);
  return outcome.error;
}

/** The same, an error of the package with this code. */
export async function failureOf(code, promise) {
  const error = await failure(promise);
  assert.ok(error instanceof RivyaError, `not a RivyaError but ${error?.stack ?? String(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}

/** Lets time pass. */
export const pass = (ms) => value(clock.sleep(ms));

/** `random()`: the same numbers between 0 and 1 for the same seed. */
export function randomOf(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
