// Polls repeat: a page that waits asks at one address, from one place, and until the next step the API's answer is the
// same, too. What the rules said of the last one is kept, for they are pure: the same question has the same answer. It
// saves what crossing into them costs, and a signature.

/** Of those who wait at once, in one isolate. With the longest texts it is 4 MB, with common ones a tenth of that. */
const MAX_POLLS = 200;
const MAX_KEY_CHARACTERS = 1_000;
const MAX_TEXT_CHARACTERS = 4_096;

/** @typedef {import("#edge-glue").BoundAnswer} BoundAnswer */
/** @typedef {{ caller: string, id: string, text: string, answer: BoundAnswer }} Poll The last one, and its answer. */
/**
 * What was admitted; of a poll also its key among those that are kept, and what the last one came to.
 *
 * @typedef {import("#edge-glue").Admission & { key?: string, poll?: Poll }} Admitted
 */

/**
 * A header that is missing, and one that is empty, are two.
 *
 * @param {string | undefined} header
 */
const part = (header) => (header === undefined ? "-" : `+${header}`);

/**
 * The rules of one proxy, with a memory of polls alone: of those, what was admitted, opened and bound for its caller.
 */
export class Polls {
  #rules;
  #cut;
  /**
   * By where a request comes from and where it goes.
   *
   * @type {Map<string, Admitted>}
   */
  #kept = new Map();

  /**
   * `cut` takes the proxy's keys out of an answer.
   *
   * @param {import("./rules.js").Rules} rules
   * @param {(text: string) => string} cut
   */
  constructor(rules, cut = (text) => text) {
    this.#rules = rules;
    this.#cut = cut;
  }

  /**
   * `rules.admit` of a GET: the admission, under the `key` that `keep` is given.
   *
   * @param {string} url
   * @param {string | undefined} origin
   * @param {string | undefined} fetchSite
   * @returns {Admitted}
   */
  admit(url, origin, fetchSite) {
    const key = `${part(origin)}\n${part(fetchSite)}\n${url}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const admission = this.#rules.admit(url, "GET", origin, fetchSite, undefined, false);
    return /** @type {Admitted} */ ({ __proto__: null, ...admission, key });
  }

  /**
   * The API's id behind a poll's; undefined where it is not this caller's.
   *
   * @param {Admitted} admitted
   * @param {string} caller
   */
  open({ segment, poll }, caller) {
    if (poll?.caller === caller) return poll.id;
    return segment === undefined ? undefined : this.#rules.open("task", segment, caller);
  }

  /**
   * `rules.bindAnswer` of a poll's answer, keys cut out.
   *
   * @param {Admitted} admitted What `admit` gave.
   * @param {string} caller
   * @param {string} id
   * @param {string} text
   */
  bind(admitted, caller, id, text) {
    const { poll, key = "" } = admitted;
    if (poll?.caller === caller && poll.text === text) return poll.answer;
    const answer = this.#rules.bindAnswer(this.#cut(text), "task", caller);
    if (answer !== undefined && key.length <= MAX_KEY_CHARACTERS && text.length <= MAX_TEXT_CHARACTERS) {
      admitted.poll = { caller, id, text, answer };
      if (poll === undefined) this.#keep(key, admitted);
    }
    return answer;
  }

  /**
   * @param {string} key
   * @param {Admitted} admitted
   */
  #keep(key, admitted) {
    if (this.#kept.size >= MAX_POLLS) this.#kept.delete(/** @type {string} */ (this.#kept.keys().next().value));
    this.#kept.set(key, admitted);
  }
}
