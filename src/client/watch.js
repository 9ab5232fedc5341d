// `for await` over the states of a generation. A loop that never begins costs nothing; leaving it, or aborting, ends
// the looks at once.

import { hear, run } from "../js/calls.js";
import { jsonOf } from "../js/json.js";
import { Scope } from "../js/scope.js";
import { now } from "../js/timer.js";
import { lookingFor, toldOfEnd } from "./delivery.js";
import { hasEnded } from "./looks.js";
import { Wait, report } from "./wait.js";

/** `begin()` reads the arguments with the first `next`: `{ core, id, options }`. */
export function watchStates(begin, secrets) {
  const looking = new Scope();
  let given = null;
  let wait;
  let shown;
  let last = Promise.resolve();
  let hasStopped = false;
  let isOver = false;
  const over = (value) => {
    isOver = true;
    looking.end();
    given?.core.release();
    given = null;
    return { done: true, value };
  };

  async function next(scope) {
    const { core, id, options } = given;
    wait ??= new Wait(core, id, { limitAtMs: now() + options.waitTimeoutMs }, looking);
    for (;;) {
      const { generation, state } = await lookingFor(core, id, () => wait.next(options.onProgress, looking));
      const text = jsonOf(generation);
      if (text === shown) continue;
      shown = text;
      isOver = hasEnded(state);
      if (!isOver) report(options.onProgress, generation, state, wait);
      else {
        looking.end();
        scope.afterwards(() => toldOfEnd(core, id, state));
      }
      return { done: false, value: generation };
    }
  }

  const step = async () => {
    if (isOver || hasStopped) return over();
    try {
      return await run(
        () => {
          if (given === null) {
            given = begin();
            given.core.hold();
            const { signal } = given.options;
            if (signal !== undefined) looking.add(hear(signal, () => looking.end()));
          }
          return [given.options.signal, next];
        },
        false,
        secrets,
      );
    } catch (error) {
      over();
      if (hasStopped) return over();
      throw error;
    }
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // One after the other, as an async generator has it.
    next: () => (last = last.then(step, step)),
    async return(value) {
      hasStopped = true;
      looking.end();
      await last.catch(() => {});
      return over(value);
    },
  };
}
