// What one caller uses, counted in the budget of the options. What is asked of the budget, and what follows from its
// answers, the rules say; here they are put to it, one question after the other. Takes come before the API is called; a
// budget that fails lets nothing through.

import { given } from "../js/data.js";
import { randomBytes } from "../js/platform.js";
import { countedUnder, nextStep } from "./rules.js";
import { within10s } from "./time.js";

/** Thrown where the budget can't be asked. */
export class BudgetError extends Error {
  #brand;

  /** Unlike `instanceof`, runs no trap of what somebody else threw. */
  static is = (error) => typeof error === "object" && error !== null && #brand in error;
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const freshId = () => hex(randomBytes(16));

export class Meter {
  #settings;
  #caller;
  /** The attempt of this request, and how it was let through. */
  #attempt = null;
  #role = null;

  constructor(settings, caller) {
    this.#settings = settings;
    this.#caller = caller;
  }

  async #ask(what, query, read) {
    try {
      return read(await within10s(`budget.${what}`, () => this.#settings.budget[what](query)));
    } catch (cause) {
      throw new BudgetError(`budget.${what} failed`, { cause });
    }
  }

  #take(query) {
    return this.#ask("take", query, (answer) => {
      const [ok, retryAfterMs] = ["ok", "retryAfterMs"].map((name) => given(answer ?? {}, name));
      if (typeof ok !== "boolean") throw new TypeError("budget.take must answer { ok, retryAfterMs }");
      return { ok, retryAfterMs };
    });
  }

  #settle(query) {
    return this.#ask("settle", query, () => {});
  }

  /** Counts a request of any kind. Answers a refusal, or null. */
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
   */
  async #carryOut(event, answers = [], tries = 1) {
    for (;;) {
      const step = nextStep(this.#attempt, event, Uint8Array.from(answers));
      if (step.take === undefined && step.settle === undefined) return step;
      for (let left = tries; ; ) {
        try {
          answers.push(step.take === undefined ? await this.#settled(step.settle) : await this.#taken(step.take));
          break;
        } catch (error) {
          left -= 1;
          if (left === 0) throw error;
        }
      }
    }
  }

  async #taken(query) {
    return (await this.#take(query)).ok ? 1 : 0;
  }

  async #settled(query) {
    await this.#settle(query);
    return 1;
  }

  /** Before a submission is sent. Answers a refusal, or null: then `concluded` is told in any case. */
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
   * After the answer to a submission: `{ what: "accepted", task, reservedCredits, hasEnded }`, `{ what: "refused" }` or
   * `{ what: "doubtful" }`.
   */
  async concluded(outcome) {
    if (!this.#countsSubmissions) return;
    // The API has answered, and may have begun something: what is half counted would stay so for a day.
    await this.#carryOut({ ...outcome, role: this.#role }, [], 2);
  }

  /** A look saw the end of a task. */
  async ended(task) {
    if (this.#settings.concurrentGenerations === undefined) return;
    await this.#settle({ key: countedUnder("places", this.#caller).key, id: task, amount: 0 });
  }
}
