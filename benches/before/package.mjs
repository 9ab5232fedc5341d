// The package of an earlier commit, built by its own scripts with the tools that it pins.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, step } from "../../build/run.mjs";
import { root } from "../../build/versions.mjs";

/**
 * The folder `dist` of a commit's package. A checkout of it is kept below `target/`, so that only the first run builds.
 *
 * @param {string} commit
 */
export async function packageOf(commit) {
  const checkout = join(root, "target/before", commit);
  const dist = join(checkout, "dist");
  const stamp = join(checkout, ".is-built");
  if (existsSync(stamp)) return dist;
  // What an interrupted build has left may be half of anything.
  rmSync(checkout, { recursive: true, force: true });
  mkdirSync(checkout, { recursive: true });
  const archive = join(checkout, "sources.tar");
  await run("git", ["archive", "--output", archive, commit]);
  await run("tar", ["-xf", archive], { cwd: checkout });
  rmSync(archive);
  await step(`package of ${commit}`, () => run(process.execPath, ["build/build.mjs"], { cwd: checkout, quiet: true }));
  writeFileSync(stamp, "");
  return dist;
}
