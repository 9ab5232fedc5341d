/**
 * Anything at all in place of every argument of `verifyWebhook`: each call ends in an event or in an error of ours,
 * none takes what is forged, and a genuine delivery is taken afterwards. `SEED` repeats a run of the random part.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, describe, test } from "node:test";
import { RivyaError, verifyWebhook } from "../../dist/edge.node.js";
import { HOSTILE, HOSTILE_VALUES, randomNumbers } from "../abuse/hostile-values.mjs";
import { pathsOf, withValueAt } from "../abuse/surface.mjs";
import { deliver, requestOf, SECRET, STANDARD } from "./deliveries.mjs";

const CALL_LIMIT_MS = 5_000;
const RANDOM_CALLS = 2_000;
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

const argumentsOf = () => [
  deliver(),
  { secret: [SECRET, "a secret in words"], scheme: { ...STANDARD }, toleranceMs: 300_000, claim: async () => true },
];
const PATHS = pathsOf(argumentsOf());
/** What the caller's own function throws, and how long it takes, is the caller's. */
const CALLERS = new Set([
  "function",
  "async_function",
  "function_that_throws",
  "class",
  "revoked_function_proxy",
  "proxy_that_is_everything",
]);
const isCallers = (name, path) => path.at(-1) === "claim" && CALLERS.has(name);

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
after(() => assert.deepEqual(unhandled, [], "errors that nobody saw"));

/** Fails unless the call ended as it may. */
async function endsWell(args, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it hangs")), CALL_LIMIT_MS);
  });
  const error = await Promise.race([verifyWebhook(...args), late]).then(
    () => undefined,
    (reason) => reason,
  );
  clearTimeout(timer);
  if (error === undefined) return true;
  assert.notEqual(error, HOSTILE, `${what}: the caller's own exception came through`);
  assert.ok(error instanceof RivyaError || error instanceof TypeError, `${what}: ${error?.stack ?? String(error)}`);
  assert.notEqual(error.code, "module_crashed", `${what}: ${error.stack}`);
  assert.ok(error.message.length < 5_000, `${what}: a message of ${error.message.length} characters`);
  assert.ok(!error.message.includes(SECRET), `${what}: the secret is in the message`);
  return false;
}

async function worksStill() {
  assert.equal((await verifyWebhook(requestOf(deliver()), { secret: SECRET })).id, "evt_1");
  await assert.rejects(verifyWebhook(deliver(), { secret: "another secret in words" }), { code: "webhook_signature" });
}

describe("arbitrary values", () => {
  test("every_hostile_value_at_every_place_ends_in_an_error_of_ours", async () => {
    const failures = [];
    let taken = 0;
    for (const path of PATHS) {
      for (const [name, make] of HOSTILE_VALUES.filter(([name]) => !isCallers(name, path))) {
        const call = endsWell(withValueAt(argumentsOf(), path, make()), `${name} at ${path.join(".")}`);
        taken += await call.catch(({ message }) => void failures.push(message));
      }
    }
    assert.equal(
      failures.length,
      0,
      `${failures.length} calls, of which the first ten:\n${failures.slice(0, 10).join("\n")}`,
    );
    assert.ok(taken > 0, "nothing was ever taken");
    await worksStill();
  });

  test("no_hostile_value_makes_a_forged_delivery_genuine", async () => {
    const parts = [
      [0, "body"],
      ...Object.keys(deliver().headers)
        .slice(1)
        .map((name) => [0, "headers", name]),
    ];
    for (const path of [...parts, [0], [0, "headers"], [1, "secret"]]) {
      for (const [name, make] of HOSTILE_VALUES) {
        assert.ok(
          !(await endsWell(withValueAt(argumentsOf(), path, make()), name)),
          `${name} at ${path.join(".")} was taken`,
        );
      }
    }
    await worksStill();
  });

  test(`random_arguments_end_in_an_error_of_ours_with_seed_${SEED}`, async (t) => {
    t.diagnostic(`SEED=${SEED}`);
    const random = randomNumbers(SEED);
    const pick = (list) => list[random(list.length)];
    for (let round = 0; round < RANDOM_CALLS; round += 1) {
      const args = argumentsOf();
      const taken = [];
      const told = [];
      for (let count = 1 + random(3); count > 0; count -= 1) {
        const path = pick(PATHS);
        // Never one inside of another.
        if (taken.some((other) => other.every((key, index) => index >= path.length || key === path[index]))) continue;
        const [name, make] = pick(HOSTILE_VALUES.filter(([name]) => !isCallers(name, path)));
        withValueAt(args, path, make());
        taken.push(path);
        told.push(`${name} at ${path.join(".")}`);
      }
      await endsWell(args, `round ${round} (SEED=${SEED}): ${told.join(", ")}`);
    }
    await worksStill();
  });

  test("no_arguments_at_all_are_a_type_error", async () => {
    for (const args of [[], [deliver()], [undefined, { secret: SECRET }]])
      await assert.rejects(verifyWebhook(...args), TypeError);
    await worksStill();
  });
});
