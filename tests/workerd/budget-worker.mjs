/** The budget of the example in a Worker, asked over HTTP, with a clock that only the test moves. */
import { durableBudget, RivyaBudget as Counted } from "./budget.js";

const realNow = Date.now.bind(Date);
let nowMs;
// The Durable Object lives in the same isolate: this is its clock, too.
Date.now = () => nowMs;

export class RivyaBudget extends Counted {
  ring() {
    return this.alarm();
  }

  /** What lies in its storage, and when its alarm comes, from now on. */
  async state() {
    const { sql } = this.ctx.storage;
    const tables = sql.exec("SELECT name FROM sqlite_master WHERE name = 'taken'").toArray();
    const ids =
      tables.length > 0
        ? sql
            .exec("SELECT id FROM taken ORDER BY id")
            .toArray()
            .map(({ id }) => id)
        : [];
    const alarmMs = await this.ctx.storage.getAlarm();
    return { tables: tables.length, ids, alarmInMs: alarmMs === null ? null : alarmMs - Date.now() };
  }
}

const objectOf = ({ key }, env) => env.BUDGET.get(env.BUDGET.idFromName(key));
const ROUTES = {
  "/take": (query, env) => durableBudget(env.BUDGET).take(query),
  "/settle": (query, env) => durableBudget(env.BUDGET).settle(query),
  "/state": (query, env) => objectOf(query, env).state(),
  "/ring": (query, env) => objectOf(query, env).ring(),
  // Alarms come by the real clock.
  "/set-clock": () => (nowMs = realNow()),
  "/pass": ({ passMs }) => (nowMs += passMs),
};

export default {
  async fetch(request, env) {
    const query = await request.json();
    // JSON has no Infinity.
    if (query.limit === "Infinity") query.limit = Infinity;
    const value = await ROUTES[new URL(request.url).pathname](query, env);
    return Response.json(value ?? null);
  },
};
