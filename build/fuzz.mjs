// `npm run fuzz [-- --seconds N]`: throws made-up files at what reads files (fuzz/), N seconds for each target, and
// goes on next time where it was. With `--runs N` so many files, the same ones each time. On stable Rust: libFuzzer's
// own instrumentation is a pass of the compiler's, so no other toolchain is needed. What is found lies in
// target/fuzz-findings.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run, step } from "./run.mjs";
import { captured, root } from "./versions.mjs";

const TARGETS = ["signature", "jpeg", "png", "webp"];
const MAX_BYTES = 20_000;
const SANITIZER_COVERAGE = ["level=4", "inline-8bit-counters", "pc-table", "trace-compares"].map(
  (option) => `-Cllvm-args=-sanitizer-coverage-${option}`,
);
const RUSTFLAGS = ["-Cpasses=sancov-module", ...SANITIZER_COVERAGE, "--cfg=fuzzing", "-Ccodegen-units=1"].join(" ");

const { seconds, runs } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, runs: { type: "string" } },
}).values;
for (const [name, text] of Object.entries({ seconds, runs: runs ?? "1" })) {
  if (!/^[1-9]\d*$/.test(text)) throw new TypeError(`--${name}: a whole number from 1 on is needed, not "${text}"`);
}

const [, host] = captured(/^host: (.*)$/m, await run("rustc", ["-vV"], { quiet: true }), "What rustc -vV prints");
const built = join(root, "target/fuzz");
// With a target named, build scripts and macros are not instrumented.
await step("cargo build fuzz", () =>
  run("cargo", ["build", "--release", "--bins", "--locked", "--target", host, "--target-dir", built], {
    cwd: join(root, "fuzz"),
    env: { RUSTFLAGS },
  }),
);
const findings = join(root, "target/fuzz-findings/");
mkdirSync(findings, { recursive: true });
for (const target of TARGETS) {
  const corpus = join(root, runs === undefined ? "target/fuzz-corpus" : "target/fuzz-once", target);
  if (runs !== undefined) rmSync(corpus, { recursive: true, force: true });
  mkdirSync(corpus, { recursive: true });
  const limits = [
    ...(runs === undefined ? [`-max_total_time=${seconds}`] : [`-runs=${runs}`, "-seed=1"]),
    `-max_len=${MAX_BYTES}`,
    `-artifact_prefix=${findings}${target}-`,
  ];
  const output = await step(target, () =>
    run(
      join(built, host, "release", target),
      [...limits, "-print_final_stats=1", corpus, join(root, "fuzz/seeds", target)],
      { quiet: "both" },
    ),
  );
  console.log(captured(/^#\d+\s+DONE.*$/m, output, `What the fuzzer of ${target} prints`)[0]);
}
