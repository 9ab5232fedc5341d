/**
 * Webhooks received in workerd, under old compatibility dates as well: many at once, the first ones while the module is
 * fresh.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { deliver, GENERATION, SECRET } from "../edge/deliveries.mjs";
import { newestCompatibilityDate, startWorkerd } from "../../build/workerd.mjs";

const DATES = ["2024-09-01", "2025-06-01", newestCompatibilityDate()];
const AT_ONCE = 20;
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

for (const compatibilityDate of DATES) {
  describe(`webhooks in workerd with compatibility date ${compatibilityDate}`, () => {
    let workerd;
    before(async () => {
      workerd = await startWorkerd({
        compatibilityDate,
        modules: {
          "worker.mjs": path("webhook-worker.mjs"),
          "dist/edge.workerd.js": path("../../dist/edge.workerd.js"),
          "dist/edge.wasm": path("../../dist/edge.wasm"),
        },
        bindings: { SECRET },
      });
    });
    after(() => workerd?.stop());

    const post = async ({ body, headers }) => {
      const response = await fetch(workerd.origin, { method: "POST", body, headers });
      return { status: response.status, ...(await response.json()) };
    };

    test("genuine_ones_are_taken_all_at_once_and_forged_ones_among_them_are_not", async () => {
      const genuine = Array.from({ length: AT_ONCE }, (_, index) => deliver({ id: `msg_${index}` }));
      const forged = genuine.map(({ body, headers }) => ({ body: body.replace("task_1", "task_2"), headers }));
      const answers = await Promise.all([...genuine, ...forged].map(post));
      const taken = { status: 200, id: "evt_1", type: "generation.succeeded", generation: GENERATION };
      assert.deepEqual(
        answers.slice(0, AT_ONCE),
        genuine.map(() => taken),
        workerd.log(),
      );
      for (const { status, code } of answers.slice(AT_ONCE))
        assert.deepEqual([status, code], [400, "webhook_signature"]);
    });

    test("a_replay_and_a_body_that_is_too_long_are_refused", async () => {
      assert.equal((await post(deliver({ id: "msg_twice" }))).status, 200, workerd.log());
      assert.match((await post(deliver({ id: "msg_twice" }))).message, /msg_twice was delivered before/);
      assert.match(
        (await post(deliver({ id: "msg_long", body: "x".repeat(3_000_000) }))).message,
        /its body has over 1048576 bytes/,
      );
      assert.equal((await post(deliver({ id: "msg_after" }))).status, 200, workerd.log());
    });
  });
}
