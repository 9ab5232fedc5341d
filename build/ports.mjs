// Which port a server of ours takes: the one that `PORT` names; without it 8787, or the next free one.

const FIRST_PORT = 8787;
const PORTS_TO_TRY = 20;

/** Ports to try, in their order. */
function ports() {
  const named = process.env.PORT;
  if (named === undefined || named === "") return Array.from({ length: PORTS_TO_TRY }, (_, index) => FIRST_PORT + index);
  if (!/^\d{1,5}$/.test(named) || Number(named) > 65_535) throw new Error(`PORT must be a number from 0 to 65535, not "${named}"`);
  return [Number(named)];
}

/** Calls `start(port)`, which rejects with `EADDRINUSE` where the port is taken, until one is free. */
export async function onFreePort(start) {
  const tried = ports();
  for (const port of tried) {
    try {
      return await start(port);
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw error;
    }
  }
  const which = tried.length === 1 ? `${tried[0]} is` : `${tried[0]} to ${tried.at(-1)} are`;
  throw new Error(`No free port: ${which} in use. Name another in PORT.`);
}
