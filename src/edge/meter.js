// What one caller uses, counted in the budget of the options. What is asked of the budget, and what follows from its
// answers, the rules say; here they are put to it, one question after the other. Takes come before the API is called; a
// budget that fails lets nothing through.

import { given } from "../js/data.js";
import { countedUnder, nextStep } from "./rules.js";
import { within10s } from "./time.js";

/** @typedef {import("#edge-glue").Take} Take */
/** @typedef {import("#edge-glue").Settle} Settle */
/** @typedef {import("#edge-glue").Step} Step */
/** @typedef {import("./respond.js").Refusal} Refusal */
/** @typedef {import("./settings.js").Settings} Settings */

/**
 * The answer to a submission: `accepted`, `refused` or `doubtful`; the rest is of one that was accepted.
 *
 * @typedef {object} Outcome
 * @property {string} what
 * @property {string} [task]
 * @property {number} [reservedCredits]
 * @property {boolean} [hasEnded]
 */
/** @typedef {Outcome & { role?: string, admission?: Uint8Array }} Event What the rules are told of an attempt. */

/** Thrown where the budget can't be asked. */
export class BudgetError extends Error {
  /** @type {undefined} */
  #brand;

  /**
   * Unlike `instanceof`, runs no trap of what somebody else threw.
   *
   * @param {unknown} error
   * @returns {error is BudgetError}
   */
  static is = (error) => typeof error === "object" && error !== null && #brand in error;
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const freshId = () => hex(crypto.getRandomValues(new Uint8Array(16)));

export class Meter {
  #settings;
  #caller;
  /** The attempt of this request, and how it was let through. */
  #attempt = {};
  /** @type {string | undefined} */
  #role;

  /**
   * @param {Settings} settings
   * @param {string} caller
   */
  constructor(settings, caller) {
    this.#settings = settings;
    this.#caller = caller;
  }

  /**
   * @template T
   * @param {"take" | "settle"} what
   * @param {object} query
   * @param {(answer: unknown) => T} read
   */
  async #ask(what, query, read) {
    const budget = /** @type {import("./settings.js").Budget} */ (this.#settings.budget);
    try {
      return read(await within10s(`budget.${what}`, () => budget[what](query)));
    } catch (cause) {
      throw new BudgetError(`budget.${what} failed`, { cause });
    }
  }

  /** @param {Take} query */
  #take(query) {
    return this.#ask("take", query, (answer) => {
      const [ok, retryAfterMs] = ["ok", "retryAfterMs"].map((name) => given(answer ?? {}, name));
      if (typeof ok !== "boolean") throw new TypeError("budget.take must answer { ok, retryAfterMs }");
      return { ok, retryAfterMs };
    });
  }

  /** @param {Settle} query */
  #settle(query) {
    return this.#ask("settle", query, () => {});
  }

  /**
   * Counts a request of any kind. Answers a refusal, or null.
   *
   * @returns {Promise<Refusal | null>}
   */
  async request() {
    const { requestsPerMinute: limit } = this.#settings;
    if (limit === undefined) return null;
    const counted = countedUnder("requests", this.#caller);
    const { ok, retryAfterMs } = await this.#take({ ...counted, id: freshId(), amount: 1, limit });
    if (ok) return null;
    return { status: 429, code: "rate_limited", message: `At most ${limit} requests a minute.`, retryAfterMs };
  }

  get #countsSubmissions() {
    const { concurrentGenerations, creditsPerDay } = this.#settings;
    return concurrentGenerations !== undefined || creditsPerDay !== undefined;
  }

  /**
   * Puts what the rules ask for an event of this attempt to the budget, and answers what it comes to. `answers` are
   * there even if the budget fails. A question that failed is asked `tries` times: it counts nothing twice.
   *
   * @param {Event} event
   * @param {number[]} answers
   * @param {number} tries
   */
  async #carryOut(event, answers = [], tries = 1) {
    for (;;) {
      const step = nextStep(this.#attempt, event, Uint8Array.from(answers));
      if (step.take === undefined && step.settle === undefined) return step;
      for (let left = tries; ; ) {
        try {
          answers.push(await this.#put(step));
          break;
        } catch (error) {
          left -= 1;
          if (left === 0) throw error;
        }
      }
    }
  }

  /**
   * Puts one question to the budget: 0 where what it asks for was not granted.
   *
   * @param {Step} step
   */
  async #put({ take, settle }) {
    if (take !== undefined) return (await this.#take(take)).ok ? 1 : 0;
    if (settle !== undefined) await this.#settle(settle);
    return 1;
  }

  /**
   * Before a submission is sent. Answers a refusal, or null: then `concluded` is told in any case.
   *
   * @param {string} submission
   * @param {number | undefined} baseCredits
   * @returns {Promise<Refusal | null>}
   */
  async submission(submission, baseCredits) {
    if (!this.#countsSubmissions) return null;
    this.#attempt = {
      caller: this.#caller,
      submission,
      own: freshId(),
      baseCredits,
      concurrentGenerations: this.#settings.concurrentGenerations,
      creditsPerDay: this.#settings.creditsPerDay,
    };
    /** @type {number[]} */
    const answers = [];
    try {
      const { role, refusal } = await this.#carryOut({ what: "admit" }, answers);
      this.#role = role;
      return refusal ?? null;
    } catch (error) {
      // Nothing is sent: what was taken must not be held for it. The budget may fail at that, too.
      await this.#carryOut({ what: "abandon", admission: Uint8Array.from(answers) }).catch(() => {});
      throw error;
    }
  }

  /**
   * After the answer to a submission.
   *
   * @param {Outcome} outcome
   */
  async concluded(outcome) {
    if (!this.#countsSubmissions) return;
    // The API has answered, and may have begun something: what is half counted would stay so for a day.
    await this.#carryOut({ ...outcome, role: this.#role }, [], 2);
  }

  /**
   * A poll saw the end of a task.
   *
   * @param {string} task
   */
  async ended(task) {
    if (this.#settings.concurrentGenerations === undefined) return;
    await this.#settle({ key: countedUnder("places", this.#caller).key, id: task, amount: 0 });
  }
}
