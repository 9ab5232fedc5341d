// What one caller uses, counted in the budget of the options. Takes come before the API is called; a budget that fails lets nothing through.

import { countedUnder } from "#edge-glue";
import { given } from "../js/data.js";
import { randomBytes } from "../js/platform.js";
import { within10s } from "./time.js";

/** Thrown where the budget can't be asked. */
export class BudgetError extends Error {
  #brand;

  /** Unlike `instanceof`, runs no trap of what somebody else threw. */
  static is = (error) => typeof error === "object" && error !== null && #brand in error;
}

const RATE_LIMITED = { status: 429, code: "rate_limited" };

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Meter {
  #settings;
  #caller;
  /** Whether the submission of this request is a repeat of one that was sent before. */
  #isRepeat = false;

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

  #take(name, id, amount, limit) {
    return this.#ask("take", { ...countedUnder(name, this.#caller), id, amount, limit }, (answer) => {
      const [ok, retryAfterMs] = ["ok", "retryAfterMs"].map((name) => given(answer ?? {}, name));
      if (typeof ok !== "boolean") throw new TypeError("budget.take must answer { ok, retryAfterMs }");
      return { ok, retryAfterMs };
    });
  }

  #settle(name, id, amount) {
    return this.#ask("settle", { key: countedUnder(name, this.#caller).key, id, amount }, () => {});
  }

  /** Counts a request of any kind. Answers a refusal, or null. */
  async request() {
    const { requestsPerMinute: limit } = this.#settings;
    if (limit === undefined) return null;
    const { ok, retryAfterMs } = await this.#take("requests", hex(randomBytes(16)), 1, limit);
    return ok ? null : { ...RATE_LIMITED, message: `At most ${limit} requests a minute.`, retryAfterMs };
  }

  /**
   * Counts a submission once, whose `id` stands for its outgoing key and its body: a place among the generations under way, then its credits. Answers
   * a refusal, or null. A repeat takes nothing: what the first one took is counted still, and whoever lost its answer gets it, whatever else is under way.
   */
  async submission(id, credits) {
    const { concurrentGenerations: places, creditsPerDay } = this.#settings;
    if (places === undefined && creditsPerDay === undefined) return null;
    this.#isRepeat = (await this.#take("sent", id, 1, 0)).ok;
    if (this.#isRepeat) return null;
    if (places !== undefined) {
      const { ok, retryAfterMs } = await this.#take("places", id, 1, places);
      if (!ok) return { ...RATE_LIMITED, message: `At most ${places} generations at once.`, retryAfterMs };
    }
    try {
      if (creditsPerDay !== undefined && !(await this.#take("credits", id, credits, creditsPerDay)).ok) {
        await this.#giveBack(id, ["places"]);
        return { status: 402, code: "insufficient_credits", message: `At most ${creditsPerDay} credits in 24 hours.` };
      }
      await this.#take("sent", id, 1, Infinity);
      return null;
    } catch (error) {
      // Nothing is sent: what was taken must not be held for it. The budget may fail at that, too.
      await this.#giveBack(id, ["places", "credits"]).catch(() => {});
      throw error;
    }
  }

  async #giveBack(id, names) {
    const { concurrentGenerations, creditsPerDay } = this.#settings;
    const limits = { places: concurrentGenerations, credits: creditsPerDay, sent: 1 };
    for (const name of names) if (limits[name] !== undefined) await this.#settle(name, id, 0);
  }

  /**
   * The API took it: the place goes over to the task, unless that has ended, and the credits are those that it reserved. The answer to a repeat may be
   * of a task that was charged long ago, and show none: it lowers nothing.
   */
  async accepted(id, credits, { id: task, reservedCredits, hasEnded }) {
    const { concurrentGenerations: places, creditsPerDay } = this.#settings;
    if (places !== undefined) {
      // Of a repeat whose first answer was seen, the place went over long ago, and was given back perhaps.
      const isHeld = !this.#isRepeat || (await this.#take("places", id, 1, 0)).ok;
      if (isHeld && !hasEnded && typeof task === "string") await this.#take("places", task, 1, Infinity);
      await this.#settle("places", id, 0);
    }
    if (creditsPerDay === undefined) return;
    const isSaid = reservedCredits >= (this.#isRepeat ? credits : 0);
    // Under an id of their own: of two of the same at once the API may refuse the other one, which gives back what was held.
    const charged = `${id}+`;
    await this.#take("credits", charged, isSaid ? reservedCredits : credits, Infinity);
    if (this.#isRepeat && isSaid) await this.#settle("credits", charged, reservedCredits);
    await this.#settle("credits", id, 0);
  }

  /** The API refused it for good: nothing was begun. A repeat's refusal says nothing of the first one. */
  async refused(id) {
    const { concurrentGenerations: places, creditsPerDay } = this.#settings;
    if (this.#isRepeat || (places === undefined && creditsPerDay === undefined)) return;
    await this.#giveBack(id, ["places", "credits", "sent"]);
  }

  /** A look saw its end. */
  async ended(id) {
    if (this.#settings.concurrentGenerations !== undefined) await this.#settle("places", id, 0);
  }
}
