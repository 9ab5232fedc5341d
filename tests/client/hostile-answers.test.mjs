/**
 * What a caller's fetch answers may be a look-alike. Whatever giving up its body does, the call ends with what the
 * answer said.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clock, connect, failureOf, generation } from "./harness.mjs";

const fails = () => {
  throw new Error("of the body");
};
const CANCELS = {
  answers_nothing: () => undefined,
  answers_a_number: () => 5,
  throws: fails,
  rejects: () => Promise.reject(new Error("of the body")),
  never_settles: () => new Promise(() => {}),
  answers_what_can_t_be_asked: () => new Proxy({}, { get: fails }),
  answers_a_promise_with_a_catch_of_its_own: () => Object.assign(Promise.resolve(), { catch: fails }),
};
const BODIES = {
  that_can_t_be_read: { get: fails },
  that_is_none: { value: null },
  that_is_text: { value: "elsewhere" },
  without_cancel: { value: {} },
  ...Object.fromEntries(
    Object.entries(CANCELS).map(([name, cancel]) => [`whose_cancel_${name}`, { value: { cancel } }]),
  ),
};

describe("an answer that nobody reads, with a body", () => {
  for (const [name, body] of Object.entries(BODIES)) {
    const lookAlike = (status) => Object.defineProperty({ status, headers: new Headers() }, "body", body);
    const sent = async (status, call) => {
      let count = 0;
      const client = await connect(async () => {
        count += 1;
        return lookAlike(status);
      });
      const error = await call(client);
      await clock.settle();
      assert.equal(count, 1);
      assert.equal(error.status, status);
    };

    test(`${name}_is_a_redirect_all_the_same`, async () => {
      await sent(302, (client) => failureOf("invalid_response", client.credits.retrieve()));
    });

    test(`${name}_is_a_result_that_is_gone_all_the_same`, async () => {
      await sent(404, (client) => failureOf("not_found", client.download(generation("succeeded"))));
    });
  }
});
