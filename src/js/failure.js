// What something rejected with, in its own words. It may be anything: a caller's fetch or store has thrown it, and its
// getters may throw, too.

import { given } from "./data.js";
import { isArray } from "./platform.js";

/** How much of a message is shown. */
const EXCERPT_CHARACTERS = 200;
/** An error within an error within an error: no platform nests deeper. */
const MAX_DEPTH = 4;
/** A host has no more addresses than that. */
const MAX_MEMBERS = 20;

export const excerpt = (text) => text.slice(0, EXCERPT_CHARACTERS);

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** The message of what was thrown. */
export function reasonOf(thrown) {
  try {
    return excerpt(String(thrown?.message ?? thrown));
  } catch {
    return "no reason was given";
  }
}

/**
 * Why a request failed: `{ failure, causes }`. `failure` is the message, with those of its causes behind it: Node.js
 * and Deno say "fetch failed" alone, and keep the rest in `cause`. `causes` are the codes of all that was thrown on the
 * way, and the message of each innermost error without one.
 */
export function describeFailure(thrown) {
  const messages = [];
  const causes = [];
  const follow = (error, depth) => {
    // What goes on without end is nothing that we know.
    if (depth > MAX_DEPTH || causes.length >= MAX_MEMBERS) return causes.push("");
    const message = reasonOf(error);
    // An AggregateError of Node's has no message of its own.
    if (message !== "" && !messages.includes(message)) messages.push(message);
    const code = codeOf(error);
    if (code !== undefined) causes.push(code);
    const inner = innerOf(error);
    if (inner.length === 0 && code === undefined) causes.push(message);
    return inner.forEach((each) => follow(each, depth + 1));
  };
  follow(thrown, 0);
  return { __proto__: null, failure: excerpt(messages.join(": ")) || "no reason was given", causes };
}

/** What an error was caused by: an AggregateError has several, and may have a cause besides. */
function innerOf(error) {
  try {
    if (!isObject(error)) return [];
    const errors = given(error, "errors");
    const count = isArray(errors) ? Math.min(errors.length, MAX_MEMBERS + 1) : 0;
    const inner = Array.from({ length: count }, (_, index) => errors[index]);
    return [...inner, given(error, "cause")].filter((each) => each !== undefined && each !== null);
  } catch {
    return [];
  }
}

function codeOf(error) {
  try {
    const code = isObject(error) ? given(error, "code") : undefined;
    return typeof code === "string" ? code : undefined;
  } catch {
    return undefined;
  }
}
