// Who is at a piece of work, in this page and in the others of its origin: Web Locks where there are any (not on plain http), else this page alone.

import { isWorkerd } from "./platform.js";
import { ENDED } from "./scope.js";
import { Turnstile } from "./timer.js";

const turns = new Map();

/**
 * Holds a lock while `work` runs: alone, or (`shared`) with others who hold it so. Waiting for it ends with the scope. On Workers nobody waits: there
 * no call may be woken by another.
 */
export async function holding(name, shared, scope, work) {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return alone(name, shared, scope, work);
  const controller = new AbortController();
  const release = scope.add(() => controller.abort(ENDED));
  let began = false;
  try {
    return await locks.request(name, { mode: shared ? "shared" : "exclusive", signal: controller.signal }, () => {
      began = true;
      // Only the wait for it is aborted so.
      release();
      return work();
    });
  } catch (error) {
    if (began || error === ENDED) throw error;
    // A frame that may not have locks does without.
    return alone(name, shared, scope, work);
  } finally {
    release();
  }
}

/** Within this page. */
export async function alone(name, shared, scope, work) {
  if (shared || isWorkerd()) return work();
  const turn = turns.get(name) ?? { turnstile: new Turnstile(1), users: 0 };
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
    const { held } = await globalThis.navigator.locks.query();
    return held.map(({ name }) => name);
  } catch {
    return [];
  }
}
