// Who is at a piece of work, in this page and in the others of its origin: Web Locks where there are any (not on plain
// http), else this page alone.

import { isWorkerd, locksOf } from "./platform.js";
import { ENDED } from "./scope.js";
import { Turnstile } from "./timer.js";

const turns = new Map();

/**
 * Holds a lock while `work` runs, alone. Waiting for it ends with the scope. On Workers nobody waits: there no call may
 * be woken by another. If another script steals the lock, our request for it rejects, but `work` runs on, and its
 * outcome is what we return.
 */
export async function holding(name, scope, work) {
  const locks = locksOf();
  if (locks === undefined) return alone(name, scope, work);
  const controller = new AbortController();
  const release = scope.add(() => controller.abort(ENDED));
  let working;
  const begin = () => {
    // Only the wait for the lock is aborted so.
    release();
    working = work();
    return working;
  };
  try {
    await locks.request(name, { __proto__: null, signal: controller.signal }, begin);
  } catch (error) {
    if (working === undefined && error === ENDED) throw error;
    // A frame that may not have locks does without.
    working ??= alone(name, scope, work);
  } finally {
    release();
  }
  return working;
}

/**
 * Shows all pages that somebody is at `name` while `work` runs. Nobody waits for it: where another script holds the
 * lock alone, or a frame may not have locks, the work goes on without the mark.
 */
export async function marking(name, work) {
  const locks = locksOf();
  if (locks === undefined) return work();
  let working;
  try {
    await locks.request(name, { __proto__: null, mode: "shared", ifAvailable: true }, () => (working = work()));
  } catch {
    working ??= work();
  }
  return working;
}

/** Within this page. */
export async function alone(name, scope, work) {
  if (isWorkerd()) return work();
  const turn = turns.get(name) ?? { __proto__: null, turnstile: new Turnstile(1), users: 0 };
  turns.set(name, turn);
  turn.users += 1;
  try {
    return await turn.turnstile.during(scope, work);
  } finally {
    turn.users -= 1;
    if (turn.users === 0) turns.delete(name);
  }
}

/** Names of the locks that are held, by whichever page. */
export async function locksHeld() {
  try {
    const { held } = await locksOf().query();
    return held.map(({ name }) => name);
  } catch {
    return [];
  }
}
