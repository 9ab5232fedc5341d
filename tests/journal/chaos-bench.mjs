// `npm run bench:chaos`: 2,000 generations in each of the four habits that an API may have with repeated submissions,
// over several seeds. `GENERATIONS` and `SEEDS` (1,2,3) change that. Ends with an error where anything is lost,
// doubled, or charged twice without need.

import { clock, createClient } from "./harness.mjs";
import { runChaos } from "./chaos.mjs";

const { createEmulator } = await import("rivya-wasm/emulator");
const GENERATIONS = Number(process.env.GENERATIONS ?? 2_000);
const SEEDS = (process.env.SEEDS ?? "1,2,3").split(",").map(Number);
const HABITS = ["replay", "conflict_while_running", "conflict", "ignored"];

const rows = [];
const problems = [];
for (const idempotency of HABITS) {
  for (const seed of SEEDS) {
    const startedMs = clock.realNowMs();
    const {
      problems: found,
      virtualMs,
      ...figures
    } = await runChaos({ generations: GENERATIONS, seed, idempotency }, { createClient, createEmulator, clock });
    rows.push({
      ...figures,
      seed,
      problems: found.length,
      virtualMinutes: Math.round(virtualMs / 60_000),
      seconds: Math.round((clock.realNowMs() - startedMs) / 1_000),
    });
    problems.push(...found.map((problem) => `${idempotency}, seed ${seed}: ${problem}`));
    console.log(
      Object.entries(rows.at(-1))
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    );
  }
}
console.table(rows);
for (const problem of problems.slice(0, 20)) console.log(problem);
if (problems.length > 0) process.exitCode = 1;
