// An error that no command has foreseen, for whoever reports it: its message, which a server may have written, and
// where it was thrown.
import { cleanText } from "./clean.js";

/** A chain of causes may be a ring. */
const CAUSES_MAX = 5;
const FRAME = /^\s+at .*$/gm;

/**
 * Lines about an error, its causes included.
 *
 * @param {unknown} error
 * @returns {string[]}
 */
export function unexpectedLines(error, depth = 0) {
  if (!(error instanceof Error)) return [`Uncaught: ${cleanText(textOf(error))}`];
  const [name, message, stack] = [error.name, error.message, error.stack].map(textOf);
  const lines = [cleanText(`${name}: ${message}`), ...framesOf(stack, message)];
  if (error.cause === undefined || depth === CAUSES_MAX) return lines;
  const [first, ...rest] = unexpectedLines(error.cause, depth + 1);
  return [...lines, `Cause: ${first}`, ...rest];
}

/**
 * The stack begins with the message, in which a server may have written lines that look like frames.
 *
 * @param {string} stack
 * @param {string} message
 */
function framesOf(stack, message) {
  const start = stack.indexOf(message);
  const frames = start < 0 ? [] : (stack.slice(start + message.length).match(FRAME) ?? []);
  return frames.map((frame) => `    ${cleanText(frame)}`);
}

/** @param {unknown} value */
function textOf(value) {
  try {
    return String(value);
  } catch {
    return "a value that has no text";
  }
}
