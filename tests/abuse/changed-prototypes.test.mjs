/**
 * Prototypes that another script changed: what stands on `Object.prototype` is nobody's option and none of our members,
 * and no `toJSON` changes what is sent. Each scenario of `changed-prototypes.mjs` runs in a process of its own, the
 * prototypes changed before the package is imported, and after it.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";

const SCENARIOS = fileURLToPath(new URL("./changed-prototypes.mjs", import.meta.url));
/** One takes two seconds; one that has lost its end must not hold up the others. */
const LIMIT_MS = 60_000;

/** What a scenario found. */
async function found(scenario, when) {
  const { failed, ...rest } = await new Promise((resolve) => {
    execFile(process.execPath, [SCENARIOS, scenario, when], { timeout: LIMIT_MS }, (error, stdout, stderr) => {
      resolve(
        error === null
          ? JSON.parse(stdout)
          : { failed: `${error.killed ? "it came to no end" : error.message}\n${stderr}` },
      );
    });
  });
  assert.equal(failed, undefined, failed);
  return rest;
}

for (const when of ["before", "after"]) {
  describe(`prototypes that were changed ${when} the import`, () => {
    test("give_nobody_an_option_that_was_not_given", async () => {
      assert.deepEqual(await found("options", when), {
        keyWentTo: ["rivya.ai"],
        stolen: [],
        evilHeaders: [],
        evilKeys: [],
        posts: ["https://rivya.ai/api/v1/generations"],
        failure: { code: "network_error", attempts: 1 },
        models: 200,
        balance: 403,
        foreign: 403,
        forged: 404,
        old: { name: "RivyaError", code: "webhook_signature" },
        unread: { name: "TypeError", code: null },
        emulator: [1_000, false],
      });
    });

    test("change_nothing_of_what_is_sent_or_written_down_by_a_toJSON", async () => {
      const { bodies, refused, seen, entries } = await found("serialising", when);
      assert.deepEqual(bodies, [
        '{"model":"tomorrow","prompt":"x","params":{"lines":[{"text":"Hi","voice":"Rachel"}],"seed":5,"flag":true,"none":null}}',
        '{"model":"nano-banana-2","prompt":"y","params":{"aspect_ratio":"1:1","referenceMediaItems":' +
          '[{"url":"https://cdn.example.com/1.png","kind":"image","mimeType":"image/png"}]}}',
        '{"model":"z-image","prompt":"z"}',
      ]);
      assert.equal(JSON.parse(refused).error.code, "not_found");
      assert.deepEqual(seen, ["queued", "succeeded"], "each state is another one");
      const entry = JSON.parse(entries);
      assert.deepEqual([entry.prompt, entry.body, entry.id], ["y", bodies[1], "task_1"]);
    });

    test("break_neither_import_nor_call_by_the_members_of_a_descriptor", async () => {
      assert.deepEqual(await found("descriptors", when), {
        status: "succeeded",
        error: [true, "RivyaError", "validation_failed", 2],
        fetches: ["function", "function"],
        boundId: true,
        keys: ["generations", "files", "models", "credits"],
      });
    });

    test("give_the_platform_nothing_that_we_did_not_name", async () => {
      const { taken, methods, ended } = await found("inits", when);
      assert.deepEqual(taken, []);
      assert.deepEqual(ended, ["well", "well", "well", "well"]);
      assert.deepEqual([...new Set(methods)], ["GET", "POST"]);
    });

    test("are_never_read_nor_written_by_a_name_of_ours", async () => {
      const { passed, states } = await found("everything", when);
      assert.deepEqual(passed, []);
      assert.equal(states, 1);
    });
  });
}
