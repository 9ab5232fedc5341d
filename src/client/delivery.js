// What looks tell of generations that the journal may know: whoever waits for one by its id is handed its result, too.

import { State, isLostAfter } from "#client-glue";
import { RivyaError } from "../js/error.js";
import { delivered } from "./journal.js";

/** Whether the API said that it knows no such generation. */
export const isLost = (error) => error instanceof RivyaError && isLostAfter(error.status ?? undefined, error.code);

/** Marks the entries of a generation as told: its end was handed over to somebody who waited by its id. */
export const toldOfEnd = (core, id, state) => core.journal.told(id, state === State.Succeeded ? delivered() : null);

/** Runs `work`, which looks at a generation. */
export async function lookingFor(core, id, work) {
  try {
    return await work();
  } catch (error) {
    if (isLost(error)) await core.journal.told(id, { state: "lost" });
    throw error;
  }
}
