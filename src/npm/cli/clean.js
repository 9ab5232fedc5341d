// What a server says, made safe to print: its text must not command the terminal, reorder or hide what stands there, or
// pass for a line of this command's own.

/** Longest text of a server that is shown, in code points. The messages of the API have some hundred. */
const TEXT_MAX = 2_000;
/** Longest URL that is shown. Common servers take no longer request line; signed URLs of storages have about 2,000. */
const URL_MAX = 8_192;
/** Longest id, model or code that is shown. */
export const NAME_MAX = 200;

/** All that moves text sideways or down: line breaks, U+0085 included, tabs, blanks, and the braille without a dot. */
const BLANKS = /[\s\x85\u2800]+/gu;
/**
 * Controls (C0, C1, DEL); formats, that is bidi controls, zero-width and tag characters; lone surrogates; separators of
 * lines and paragraphs; and whatever else is never drawn.
 */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const LINE_BREAKS = /[\n\r\x85\u2028\u2029]/gu;

/**
 * What no output may show: the API key, which a server may send back.
 *
 * @type {string | null}
 */
let secret = null;

/**
 * From here on `text` is replaced wherever something is printed.
 *
 * @param {string} text
 */
export function hideSecret(text) {
  secret = text;
}

const withoutSecret = (/** @type {string} */ text) => (secret === null ? text : text.replaceAll(secret, "…"));

/**
 * A whole line of this command's, whatever it quotes: it stays one line. Runs of blanks stay, for what the user typed,
 * such as a key, may hold several.
 */
export const cleanLine = (/** @type {string} */ text) =>
  withoutSecret(text.replace(LINE_BREAKS, " ").replace(UNSHOWN, ""));

/**
 * One text of a server, on one line and bounded. It goes through here before it becomes part of a line: a run of blanks
 * would fill the rest of a row, and what follows would look like a line.
 *
 * @param {string} text
 */
export function cleanText(text, maxCharacters = TEXT_MAX) {
  const shown = text.replace(BLANKS, " ").replace(UNSHOWN, "").replace(/ {2,}/g, " ").trim();
  return bounded(withoutSecret(shown), maxCharacters);
}

/**
 * A URL as `fetch` asks for it: what is odd is percent-encoded there, so that it still leads to the same place.
 *
 * @param {string} url
 */
export function cleanUrl(url) {
  if (!URL.canParse(url)) return cleanText(url, URL_MAX);
  return bounded(withoutSecret(new URL(url).href), URL_MAX);
}

/**
 * One line of JSON. Texts of a server in it were cleaned before. What is odd in the user's own, such as a file's name,
 * reaches a program unchanged, and a terminal as `\u` escapes.
 *
 * @param {object} value
 */
export function jsonLine(value) {
  /** @type {(key: string, member: unknown) => unknown} */
  const hide = (_key, member) => (typeof member === "string" ? withoutSecret(member) : member);
  return JSON.stringify(value, hide).replace(UNSHOWN, (character) => character.split("").map(escaped).join(""));
}

const escaped = (/** @type {string} */ unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * @param {string} text
 * @param {number} maxCharacters
 */
function bounded(text, maxCharacters) {
  if (text.length <= maxCharacters) return text;
  // A code point takes two places of a string at most.
  const characters = [...text.slice(0, 2 * maxCharacters + 2)];
  return characters.length > maxCharacters ? `${characters.slice(0, maxCharacters).join("")}…` : text;
}
