// `npm start`: sets up, builds, and serves the demo page. `PORT` names the port; without it 8787 is taken, or the next free one.

import { build } from "./build.mjs";
import { onFreePort } from "./ports.mjs";

try {
  await build();
  // Imports what the build made.
  const { startServer } = await import("./serve.mjs");
  const { url, close } = await onFreePort((port) => startServer({ port }));
  console.log(`\nThe demo page is at ${url}\nIt talks to an emulator of the API; nothing is paid. Ctrl+C ends it.`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, close);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
