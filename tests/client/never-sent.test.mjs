/** What surely never left was not charged: outside browsers the error says why a request failed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runScript } from "../support/runtimes.mjs";

const REASONS = {
  "refused connection": /refused/i,
  "refused connection, of a name": /refused/i,
  "unknown host": /ENOTFOUND|EAI_AGAIN|dns error/i,
};

describe("a submission", () => {
  for (const runtime of ["node", "deno", "bun"]) {
    test(`that_never_reached_a_server_was_not_charged_and_says_why_it_failed_in_${runtime}`, async () => {
      const { "lost connection": lost, ...never } = await runScript(runtime, "tests/client/never-sent.mjs", []);
      for (const [place, reason] of Object.entries(REASONS)) {
        const { message, ...told } = never[place];
        const expected = {
          code: "network_error",
          attempts: 2,
          retryable: true,
          mayHaveBeenCharged: false,
          pending: ["unsubmitted"],
        };
        assert.deepEqual(told, expected, `${place}: ${message}`);
        assert.match(message, reason);
      }
      // Whoever hangs up may have read it all.
      assert.deepEqual(
        [lost.code, lost.retryable, lost.mayHaveBeenCharged],
        ["network_error", false, true],
        lost.message,
      );
    });
  }
});
