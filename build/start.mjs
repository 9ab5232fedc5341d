// `npm start`: sets up, builds, and serves the demo page. `PORT` names the port; without it 8787 is taken, or the next
// free one. With `RIVYA_API_KEY` it talks to the real API, or to the one at `RIVYA_API_URL`.

import { baseUrl } from "../src/js/base-url.js";
import { apiKey as validKey } from "../src/js/validators.js";
import { build } from "./build.mjs";
import { onFreePort, portsToTry } from "./ports.mjs";
import { messageOf } from "./run.mjs";

// An empty variable is as good as none. What the build runs needs no key.
const { RIVYA_API_KEY: apiKey, RIVYA_API_URL: apiUrl } = process.env;
delete process.env.RIVYA_API_KEY;

try {
  // What can't be right is said now, not when the build is done.
  const ports = portsToTry();
  if (apiKey) validKey(apiKey, "process.env.RIVYA_API_KEY");
  if (apiKey && apiUrl) baseUrl(apiUrl, "process.env.RIVYA_API_URL");
  await build();
  // Imports what the build made.
  const { startPaidServer, startServer } = await import("./serve.mjs");
  const { url, close, upstream } = await onFreePort(ports, async (port) =>
    apiKey
      ? startPaidServer({ apiKey, upstream: apiUrl || undefined, port })
      : { ...(await startServer({ port })), upstream: null },
  );
  const talksTo =
    upstream === null
      ? "an emulator of the API; nothing is paid."
      : `the API at ${upstream}, with your key: PICTURES COST REAL CREDITS.`;
  console.log(`\nThe demo page is at ${url}\nIt talks to ${talksTo} Ctrl+C ends it.`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, close);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
