/** What the second server refuses or garbles, and what the caller is told of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createClient } from "rivya-wasm";
import { refused, secondServer } from "./harness.mjs";

describe("errors of the second server", () => {
  const api = secondServer();
  const envelope = (code, message = `About ${code}.`) => ({ error: { code, message, requestId: `req_${code}` } });

  test("each_documented_envelope_becomes_an_error_with_its_code_status_and_request_id_and_is_sent_once", async () => {
    const documented = [
      [400, "validation_failed"],
      [401, "api_key_missing"],
      [401, "api_key_invalid"],
      [401, "api_key_revoked"],
      [401, "api_key_expired"],
      [402, "insufficient_credits"],
      [403, "api_scope_denied"],
      [404, "not_found"],
      [418, "a_code_of_tomorrow"],
    ];
    for (const [status, code] of documented) {
      await api.server.reset();
      await api.server.faults([{ method: "POST", path: "/generations", kind: "status", status, body: envelope(code) }]);
      const error = await refused(api.client.generations.create({ model: "z-image", prompt: "a hill" }), {
        code,
        status,
        requestId: `req_${code}`,
        retryable: false,
        attempts: 1,
        mayHaveBeenCharged: false,
      });
      assert.ok(error.message.includes(`About ${code}.`), error.message);
      assert.equal((await api.submissions()).length, 1, code);
    }
  });

  test("the_servers_own_refusals_arrive", async () => {
    await refused(api.client.generations.retrieve("task/../../credits?x=1#y"), { code: "not_found", status: 404 });
    const [poll] = (await api.server.state()).requests;
    assert.equal(
      poll.path,
      "/api/v1/generations/task/../../credits?x=1#y",
      "percent-encoded on the way, decoded by the server",
    );

    await api.server.set({ credits: 4 });
    await refused(api.client.generate({ model: "nano-banana-2", prompt: "a hill" }), {
      code: "insufficient_credits",
      status: 402,
    });
    const lenient = await createClient({ ...api.server.options, validation: "off" });
    await refused(lenient.generations.create({ model: "no-such-model", prompt: "x" }), {
      code: "validation_failed",
      status: 400,
      attempts: 1,
    });
    lenient.free();
    const stranger = await createClient({ ...api.server.options, apiKey: "rvya_sk_other" });
    await refused(stranger.credits.retrieve(), { code: "api_key_invalid", status: 401 });
    stranger.free();
  });

  test("a_request_id_spelt_the_other_way_is_read_and_an_answer_without_envelope_still_makes_an_error", async () => {
    await api.server.faults([
      {
        method: "GET",
        path: "/credits",
        kind: "status",
        status: 403,
        body: { error: { code: "api_scope_denied", message: "No.", request_id: "req_snake" } },
      },
      { method: "GET", path: "/credits", kind: "status", status: 404, body: "<h1>Not here</h1>" },
    ]);
    await refused(api.client.credits.retrieve(), { code: "api_scope_denied", requestId: "req_snake" });
    await refused(api.client.credits.retrieve(), { status: 404, requestId: null, attempts: 1 });
  });

  test("a_success_that_is_no_json_is_an_invalid_response_with_its_status", async () => {
    const impatient = await createClient({ ...api.server.options, maxRetries: 0 });
    await api.server.faults([
      {
        method: "GET",
        path: "/credits",
        kind: "answer",
        status: 200,
        body: "<!doctype html><title>Log in to the hotel</title>",
      },
    ]);
    const error = await refused(impatient.credits.retrieve(), { code: "invalid_response", status: 200, attempts: 1 });
    assert.ok(error.message.includes("Log in to the hotel"), "its first characters are in the message");
    impatient.free();
  });

  test("a_redirect_is_neither_followed_nor_repeated", async () => {
    const headers = { Location: `${api.server.origin}/media/elsewhere` };
    await api.server.faults([
      { method: "GET", path: "/credits", kind: "status", status: 302, body: "", headers, times: 9 },
    ]);
    await refused(api.client.credits.retrieve(), { code: "invalid_response", attempts: 1 });
    const { media } = await api.server.state();
    assert.equal(media.length, 0);
  });
});
