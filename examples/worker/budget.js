// What each account has used, counted where all isolates of the Worker meet: one Durable Object for each key.

import { DurableObject } from "cloudflare:workers";

/** Sums of fractions are off by their rounding: three tenths must fit into 0.3. */
const ROUNDING = 1e-9;

/** A `Budget` for `limits.budget` of the proxy, over the binding of the class below. */
export function durableBudget(namespace) {
  const counterOf = (key) => namespace.get(namespace.idFromName(key));
  return {
    take: async ({ key, ...query }) => counterOf(key).take(query),
    settle: async ({ key, ...query }) => counterOf(key).settle(query),
  };
}

/**
 * Counts for one key. An object does one thing at a time, and its SQL answers at once: as no method waits between its
 * check and its count, no two requests can take the same rest.
 */
export class RivyaBudget extends DurableObject {
  #storage = this.ctx.storage;
  #sql = this.ctx.storage.sql;

  take({ id, amount, limit, windowMs }) {
    const nowMs = Date.now();
    if (!this.#hasTable()) this.#makeTable(nowMs + windowMs);
    this.#expire(nowMs);
    if (this.#sql.exec("SELECT 1 FROM taken WHERE id = ?", id).toArray().length > 0)
      return { ok: true, retryAfterMs: null };
    const bySoonest = this.#sql.exec("SELECT amount, end_ms FROM taken ORDER BY end_ms").toArray();
    let excess = bySoonest.reduce((sum, counted) => sum + counted.amount, amount - limit);
    if (!(excess > ROUNDING)) {
      this.#sql.exec("INSERT INTO taken (id, amount, end_ms) VALUES (?, ?, ?)", id, amount, nowMs + windowMs);
      return { ok: true, retryAfterMs: null };
    }
    if (amount - limit > ROUNDING) return { ok: false, retryAfterMs: null };
    const enough = bySoonest.find((counted) => {
      excess -= counted.amount;
      return excess <= ROUNDING;
    });
    return { ok: false, retryAfterMs: (enough ?? bySoonest.at(-1)).end_ms - nowMs };
  }

  settle({ id, amount }) {
    if (!this.#hasTable()) return;
    if (amount === 0) this.#sql.exec("DELETE FROM taken WHERE id = ?", id);
    else this.#sql.exec("UPDATE taken SET amount = ? WHERE id = ?", amount, id);
  }

  /** Comes once nothing may be left to count. An object without storage ceases to exist, and to be paid for. */
  async alarm() {
    this.#expire(Date.now());
    const { lastEndMs } = this.#sql.exec("SELECT MAX(end_ms) AS lastEndMs FROM taken").one();
    if (lastEndMs === null) await this.#storage.deleteAll();
    else await this.#storage.setAlarm(lastEndMs);
  }

  #hasTable() {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'taken'").toArray().length > 0;
  }

  /** With the alarm that will see to its end: where there is a table, one is set. */
  #makeTable(endMs) {
    this.#sql.exec(
      "CREATE TABLE taken (id TEXT PRIMARY KEY, amount REAL NOT NULL, end_ms REAL NOT NULL) WITHOUT ROWID",
    );
    this.#storage.setAlarm(endMs);
  }

  #expire(nowMs) {
    this.#sql.exec("DELETE FROM taken WHERE end_ms <= ?", nowMs);
  }
}
