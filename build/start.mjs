// `npm start`: sets up, builds, and serves the demo page. `PORT` names the port; without it 8787 is taken, or the next free one.

import { build } from "./build.mjs";

const FIRST_PORT = 8787;
const PORTS_TO_TRY = 20;

/** Ports to try, in their order. */
function ports() {
  const named = process.env.PORT;
  if (named === undefined || named === "") return Array.from({ length: PORTS_TO_TRY }, (_, index) => FIRST_PORT + index);
  if (!/^\d{1,5}$/.test(named) || Number(named) > 65_535) throw new Error(`PORT must be a number from 0 to 65535, not "${named}"`);
  return [Number(named)];
}

async function serve() {
  // Imports what the build made.
  const { startServer } = await import("./serve.mjs");
  const tried = ports();
  for (const port of tried) {
    try {
      return await startServer({ port });
    } catch (error) {
      if (error.code !== "EADDRINUSE") throw error;
    }
  }
  throw new Error(`No free port: ${tried.length === 1 ? `${tried[0]} is` : `${tried[0]} to ${tried.at(-1)} are`} in use. Name another in PORT.`);
}

try {
  await build();
  const { url, close } = await serve();
  console.log(`\nThe demo page is at ${url}\nIt talks to an emulator of the API; nothing is paid. Ctrl+C ends it.`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, close);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
