// `npm run bench`: builds, then runs every bench, one after the other: what one does would move the figures of another.
// Ends with an error where one did.

import { build } from "./build.mjs";
import { messageOf, run, step } from "./run.mjs";

const BENCHES = {
  "polling": ["cargo", "bench", "--bench", "polling", "--no-default-features"],
  "simulation": [process.execPath, "benches/simulation.mjs"],
  "chaos": [process.execPath, "tests/journal/chaos-bench.mjs"],
  "edge": [process.execPath, "benches/edge.mjs"],
  "uploads": [process.execPath, "benches/uploads.mjs"],
  "clients": [process.execPath, "benches/clients.mjs"],
  "before": [process.execPath, "benches/before.mjs"],
};

await build();
for (const [name, [command, ...args]] of Object.entries(BENCHES)) {
  try {
    await step(name, () => run(command, args));
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
  }
}
