// `npm run bench:simulation`: the client's flows in a simulated world, for a million generations. What they met is
// counted, and how many a second went through. A failure prints its seed: `SIMULATION_SEED=…` repeats that run alone.

import { run } from "../build/run.mjs";

const GENERATIONS = "1000000";

process.env.SIMULATION_GENERATIONS ??= GENERATIONS;
const features = ["--no-default-features", "--features", "emulator"];
await run("cargo", ["test", ...features, "--profile", "simulation", "--test", "simulation", "--", "--nocapture"]);
