// `npm run example`: sets up, builds, and starts the Worker of examples/worker, without an account. `PORT` names the
// port; without it 8787 is taken, or the next free one.

import { build } from "./build.mjs";
import { startExample } from "./example-server.mjs";
import { onFreePort, portsToTry } from "./ports.mjs";
import { messageOf } from "./run.mjs";

try {
  const ports = portsToTry();
  await build();
  const { origin, stop } = await onFreePort(ports, (port) => startExample({ port }));
  console.log(
    `\nThe example is at ${origin}/\nIt runs in workerd, in front of an emulator of the API; nothing is paid. Ctrl+C ends it.`,
  );
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
