// The keys of one client, one proxy or one webhook. Whoever makes a message or hands on an answer knows them and cuts
// them out: there is no list of the keys of a process, which would grow for ever, and would be searched for in what
// belongs to others.

import { withTexts } from "./error-texts.js";

/** A key of fewer characters is a word that may stand in any message. */
const MIN_SECRET_CHARACTERS = 8;

/**
 * A text whose punctuation is escaped by code units, as some servers write JSON. `digits(hex)` writes the digits.
 *
 * @param {string} text
 * @param {(hex: string) => string} digits
 */
function escaped(text, digits) {
  /** @param {string} character */
  const asEscape = (character) => `\\u${digits(character.charCodeAt(0).toString(16).padStart(4, "0"))}`;
  return text.replace(/[^A-Za-z0-9_.~-]/g, asEscape);
}

/**
 * How a key may stand in a text: as it is, in JSON (some servers escape slashes, or all punctuation), in a URL.
 *
 * @param {string} key
 */
function formsOf(key) {
  const inJson = JSON.stringify(key).slice(1, -1);
  let inUrl = key;
  try {
    inUrl = encodeURIComponent(key);
  } catch {
    // Half of a pair of surrogates has no place in a URL.
  }
  const byUnits = [escaped(key, (hex) => hex), escaped(key, (hex) => hex.toUpperCase())];
  return [key, inJson, inJson.replaceAll("/", "\\/"), inUrl, ...byUnits];
}

export class Secrets {
  /** Longest first: one key may begin like another. */
  #forms;

  /** @param {string[]} keys */
  constructor(keys) {
    const forms = keys.filter((key) => key.length >= MIN_SECRET_CHARACTERS).flatMap(formsOf);
    this.#forms = [...new Set(forms)].sort((one, other) => other.length - one.length);
  }

  /**
   * A text without them.
   *
   * @param {string} text
   */
  cutFrom(text) {
    for (const form of this.#forms) if (text.includes(form)) text = text.replaceAll(form, "…");
    return text;
  }

  /**
   * What was thrown: itself, or an error of the package's kinds with all its texts cut. What it has of the API's data
   * stays as it was.
   *
   * @param {unknown} error
   */
  cutFromError(error) {
    return withTexts(error, (text) => this.cutFrom(text));
  }

  /**
   * What `work` gives at once; what it throws holds none of them.
   *
   * @template T
   * @param {() => T} work
   * @returns {T}
   */
  during(work) {
    try {
      return work();
    } catch (error) {
      throw this.cutFromError(error);
    }
  }
}

/** Of whoever has none. */
export const NO_SECRETS = new Secrets([]);
