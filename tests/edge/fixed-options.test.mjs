/**
 * Options that are fixed are judged whole where they are given, in each runtime: none has to wait for a request to
 * learn that they don't fit.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";
import { edgeModules, runScript } from "../support/runtimes.mjs";

const REFUSED = [
  /^TypeError: options\.basePath must be/,
  /^TypeError: options\.signingKey must have at least 32 bytes/,
  /^TypeError: options\.upstream/,
  /^TypeError: options\.allowedOrigins\[0\] must be/,
];

function judge({ status, refusals }) {
  assert.equal(status, 200, "what fits is served");
  assert.equal(refusals.length, REFUSED.length);
  for (const [index, pattern] of REFUSED.entries()) assert.match(refusals[index], pattern);
}

describe("options that don't fit are thrown where they are given", () => {
  for (const runtime of ["node", "deno", "bun"])
    test(`in_${runtime}`, async () => judge(await runScript(runtime, "tests/edge/runtimes/fixed-script.mjs", [])));

  for (const compatibilityDate of ["2024-09-01", newestCompatibilityDate()]) {
    test(`in_workerd_of_${compatibilityDate}_before_any_request`, async (t) => {
      const workerd = await startWorkerd({ compatibilityDate, modules: edgeModules("tests/edge/runtimes/fixed.mjs") });
      t.after(workerd.stop);
      judge(await (await fetch(workerd.origin)).json());
    });
  }

  test("a_worker_with_such_options_does_not_even_start", async () => {
    const starting = startWorkerd({
      compatibilityDate: newestCompatibilityDate(),
      modules: edgeModules("tests/edge/runtimes/unfit.mjs"),
    });
    starting.then(
      ({ stop }) => stop(),
      () => {},
    );
    await assert.rejects(starting, /options\.signingKey must have at least 32 bytes/);
  });
});
