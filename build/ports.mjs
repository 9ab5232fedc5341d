// Which port a server of ours takes: the one that `PORT` names; without it 8787, or the next free one.

import { USUAL_PORTS, firstFree } from "../src/npm/cli/ports.js";

/** Ports to try, in their order. Asked before a build, it says in time that `PORT` names none. */
export function portsToTry() {
  const named = process.env.PORT;
  if (named === undefined || named === "") return USUAL_PORTS;
  if (!/^\d{1,5}$/.test(named) || Number(named) > 65_535)
    throw new Error(`PORT must be a number from 0 to 65535, not "${named}"`);
  return [Number(named)];
}

/**
 * Calls `start(port)`, which rejects with `EADDRINUSE` where the port is taken, until one of `tried` is free.
 *
 * @template T
 * @param {readonly number[]} tried
 * @param {(port: number) => Promise<T>} start
 */
export async function onFreePort(tried, start) {
  const started = await firstFree(tried, start);
  if (started !== null) return started;
  const which = tried.length === 1 ? `${tried[0]} is` : `${tried[0]} to ${tried.at(-1)} are`;
  throw new Error(`No free port: ${which} in use. Name another in PORT.`);
}
