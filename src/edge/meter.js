// What one caller uses, counted in the budget of the options. Takes come before the API is called; a budget that fails lets nothing through.

import { countedUnder } from "#edge-glue";
import { randomBytes } from "../js/platform.js";
import { within10s } from "./time.js";

/** Thrown where the budget can't be asked. */
export class BudgetError extends Error {}

const RATE_LIMITED = { status: 429, code: "rate_limited" };

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Meter {
  #settings;
  #caller;

  constructor(settings, caller) {
    this.#settings = settings;
    this.#caller = caller;
  }

  async #ask(what, query) {
    try {
      return await within10s(`budget.${what}`, () => this.#settings.budget[what](query));
    } catch (cause) {
      throw new BudgetError(`budget.${what} failed`, { cause });
    }
  }

  async #take(name, id, amount, limit) {
    const answer = await this.#ask("take", { ...countedUnder(name, this.#caller), id, amount, limit });
    if (typeof answer?.ok !== "boolean") throw new BudgetError("budget.take must answer { ok, retryAfterMs }");
    return answer;
  }

  #settle(name, id, amount) {
    return this.#ask("settle", { key: countedUnder(name, this.#caller).key, id, amount });
  }

  /** Counts a request of any kind. Answers a refusal, or null. */
  async request() {
    const { requestsPerMinute: limit } = this.#settings;
    if (limit === undefined) return null;
    const { ok, retryAfterMs } = await this.#take("requests", hex(randomBytes(16)), 1, limit);
    return ok ? null : { ...RATE_LIMITED, message: `At most ${limit} requests a minute.`, retryAfterMs };
  }

  /**
   * Counts a submission, once for its outgoing key: a place among the generations under way, then its credits. Answers a refusal, or null. A repeat
   * of one that was accepted takes no place: whoever lost the answer gets it, whatever else is under way.
   */
  async submission(key, credits) {
    const { concurrentGenerations: places, creditsPerDay } = this.#settings;
    const needsPlace = places !== undefined && !(await this.#take("accepted", key, 1, 0)).ok;
    if (needsPlace) {
      const { ok, retryAfterMs } = await this.#take("places", key, 1, places);
      if (!ok) return { ...RATE_LIMITED, message: `At most ${places} generations at once.`, retryAfterMs };
    }
    if (creditsPerDay === undefined) return null;
    const { ok } = await this.#take("credits", key, credits, creditsPerDay);
    if (ok) return null;
    if (needsPlace) await this.#settle("places", key, 0);
    return { status: 402, code: "insufficient_credits", message: `At most ${creditsPerDay} credits in 24 hours.` };
  }

  /** The API took it: the place goes over to the task, and the credits are those that it reserved. */
  async accepted(key, id, reservedCredits) {
    const { concurrentGenerations: places, creditsPerDay } = this.#settings;
    if (places !== undefined) {
      await this.#take("accepted", key, 1, Infinity);
      if (typeof id === "string") await this.#take("places", id, 1, Infinity);
      await this.#settle("places", key, 0);
    }
    if (creditsPerDay !== undefined && reservedCredits >= 0) await this.#settle("credits", key, reservedCredits);
  }

  /** The API refused it for good: nothing was begun. */
  async refused(key) {
    const { concurrentGenerations: places, creditsPerDay } = this.#settings;
    if (places !== undefined) await this.#settle("places", key, 0);
    if (creditsPerDay !== undefined) await this.#settle("credits", key, 0);
  }

  /** A look saw its end. */
  async ended(id) {
    if (this.#settings.concurrentGenerations !== undefined) await this.#settle("places", id, 0);
  }
}
