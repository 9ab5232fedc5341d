/** An API that fails or answers something else, and what no answer, error or line of a log ever shows. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  answer,
  API_KEY,
  captureErrors,
  endlessBody,
  recordingApi,
  refusal,
  SECRETS,
  SIGNING_KEY,
  startProxy,
} from "../support/edge.mjs";

const MAX_ANSWER_BYTES = 1024 * 1024;
const page = (status, headers = {}) =>
  new Response("<!doctype html><title>gateway</title>", {
    status,
    headers: { "Content-Type": "text/html", ...headers },
  });
const says = ({ status, json }, expectedStatus, code) =>
  assert.deepEqual([status, json?.error?.code], [expectedStatus, code]);

/** Every route once, with an API that always behaves so. */
async function everywhere(behave, check, options = {}) {
  const requests = [
    ({ ask }) => ask("/models"),
    ({ ask }) => ask("/credits"),
    ({ submit }) => submit(),
    ({ upload }) => upload(),
    async ({ ask, proxy }) => ask(`/generations/${await proxy.bindId("task", "task_1", "ann")}`),
    async ({ ask, proxy }) => ask(`/files/${await proxy.bindId("file", "file_1", "ann")}`),
    async ({ ask, proxy }) => ask(`/generations/${await proxy.bindId("task", "task_1", "ann")}/results/0`),
  ];
  for (const [index, request] of requests.entries()) {
    const api = recordingApi(behave);
    const answered = await request(startProxy({ api, authorize: () => ({ id: "ann", credits: true }), ...options }));
    await check(answered, index, api);
  }
}

describe("the API", () => {
  test("that_can_not_be_reached_is_a_502_in_its_own_envelope", async () => {
    for (const fail of [
      () => Promise.reject(new TypeError(`fetch failed with ${API_KEY}`)),
      () => {
        throw new Error("at once");
      },
      () => Promise.reject(undefined),
    ]) {
      await everywhere(fail, (answered) => {
        says(answered, 502, "upstream_unreachable");
        assert.equal(answered.json.error.message, "The API can't be reached.");
      });
    }
  });

  test("that_answers_with_a_page_is_a_502_or_the_pages_own_error_and_nothing_of_the_page_is_shown", async () => {
    for (const [status, expected, code] of [
      [200, 502, "invalid_response"],
      [202, 502, "invalid_response"],
      [401, 401, "http_401"],
      [403, 403, "http_403"],
      [404, 404, "http_404"],
      [500, 500, "http_500"],
      [502, 502, "http_502"],
      [503, 503, "http_503"],
    ]) {
      await everywhere(
        () => page(status),
        (answered) => {
          says(answered, expected, code);
          assert.ok(!answered.text.includes("gateway"));
        },
      );
    }
  });

  test("whose_passing_errors_stay_passing_with_their_own_pages_and_without_any_body", async () => {
    // A client behind the proxy asks again after each of them: every 5xx but 501 and 505, and 408, 425 and 429.
    for (const status of [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 599]) {
      const pauses = { "Retry-After": "7" };
      for (const [body, type] of [
        ["<!doctype html><h1>error code: 1", "text/html"],
        ["", "text/plain"],
        [null, ""],
        ["", "application/json"],
        ["<p>", "application/json"],
      ]) {
        const headers = { ...(type && { "Content-Type": type }), ...pauses };
        await everywhere(
          () => new Response(body, { status, headers }),
          (answered) => {
            says(answered, status, `http_${status}`);
            assert.equal(answered.headers.get("retry-after"), "7", "its own pause comes along");
          },
        );
      }
    }
  });

  test("that_redirects_is_not_followed", async () => {
    for (const status of [301, 302, 303, 307, 308, 304]) {
      await everywhere(
        () =>
          new Response(status === 304 ? null : "{}", {
            status,
            headers: { Location: "https://evil.test/", "Content-Type": "application/json" },
          }),
        (answered, _index, api) => {
          says(answered, 502, "invalid_response");
          assert.equal(answered.headers.get("location"), null);
          assert.equal(api.calls.length, 1);
        },
      );
    }
    const opaque = Object.defineProperty(answer(200, {}), "type", { value: "opaqueredirect" });
    Object.defineProperty(opaque, "status", { value: 0 });
    says(await startProxy({ fetch: async () => opaque }).ask("/models"), 502, "invalid_response");
  });

  test("that_answers_without_a_body_or_with_a_strange_status_is_a_502", async () => {
    for (const status of [204, 205])
      await everywhere(
        () => new Response(null, { status, headers: { "Content-Type": "application/json" } }),
        (answered) => says(answered, 502, "invalid_response"),
      );
    for (const status of [100, 199, 600, 999]) {
      const strange = () => Object.defineProperty(answer(200, {}), "status", { value: status });
      await everywhere(strange, (answered) => says(answered, 502, "invalid_response"));
    }
  });

  test("whose_errors_are_in_the_envelope_is_heard_with_its_status_and_pause", async () => {
    for (const [status, code, headers] of [
      [401, "api_key_invalid", {}],
      [402, "insufficient_credits", {}],
      [409, "idempotency_conflict", {}],
      [429, "rate_limited", { "Retry-After": "17" }],
      [503, "public_api_disabled", {}],
    ]) {
      await everywhere(
        () => refusal(status, code, headers),
        (answered) => {
          says(answered, status, code);
          assert.equal(answered.json.error.requestId, "req_1");
          assert.equal(answered.headers.get("retry-after"), headers["Retry-After"] ?? null);
        },
      );
    }
  });

  test("whose_answer_is_cut_off_is_a_502", async () => {
    const cut = () => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"id":"task_1",'));
          controller.error(new TypeError("terminated"));
        },
      });
      return new Response(body, { headers: { "Content-Type": "application/json" } });
    };
    await everywhere(cut, (answered) => says(answered, 502, "upstream_unreachable"));
  });

  test("whose_answer_is_no_object_where_an_id_belongs_is_a_502", async () => {
    for (const text of ["", "[]", "null", "7", '"task_1"', '{"id":"task_1"', '{"id":"task_1"}x']) {
      const { submit, upload } = startProxy({
        fetch: async () => new Response(text, { status: 202, headers: { "Content-Type": "application/json" } }),
      });
      says(await submit(), 502, "invalid_response");
      says(await upload(), 502, "invalid_response");
    }
  });

  test("whose_answer_never_ends_is_read_no_further_than_a_mebibyte", async () => {
    for (const status of [200, 500]) {
      const bodies = [];
      const api = recordingApi(() => {
        const endless = endlessBody(2 ** 30);
        bodies.push(endless);
        return new Response(endless.body, { status, headers: { "Content-Type": "application/json" } });
      });
      const { ask } = startProxy({ api });
      says(await ask("/models"), 502, "invalid_response");
      assert.ok(bodies[0].pulled() <= MAX_ANSWER_BYTES + 2 * 65_536, `${bodies[0].pulled()} bytes`);
      assert.ok(bodies[0].cancelled());
    }
  });

  test("whose_answer_says_that_it_is_longer_or_is_packed_is_read_no_further_either", async () => {
    for (const headers of [
      { "Content-Length": String(2 ** 30) },
      { "Content-Length": "nonsense" },
      { "Content-Encoding": "gzip", "Content-Length": "100" },
    ]) {
      const endless = endlessBody(2 ** 30);
      const { ask } = startProxy({
        fetch: async () => new Response(endless.body, { headers: { "Content-Type": "application/json", ...headers } }),
      });
      says(await ask("/models"), 502, "invalid_response");
      assert.ok(
        endless.pulled() <= MAX_ANSWER_BYTES + 2 * 65_536,
        `${JSON.stringify(headers)}: ${endless.pulled()} bytes`,
      );
      assert.ok(endless.cancelled());
    }
  });

  test("whose_answer_is_longer_than_it_says_is_read_no_further_than_a_mebibyte", async () => {
    // A length that is said beside chunks bounds nothing in Deno, Bun and workerd.
    for (const status of [200, 500]) {
      const endless = endlessBody(2 ** 30);
      const headers = { "Content-Type": "application/json", "Content-Length": "10" };
      says(
        await startProxy({ fetch: async () => new Response(endless.body, { status, headers }) }).ask("/models"),
        502,
        "invalid_response",
      );
      assert.ok(endless.pulled() <= MAX_ANSWER_BYTES + 2 * 65_536, `${endless.pulled()} bytes`);
      assert.ok(endless.cancelled());
    }
  });

  test("whose_answer_is_longer_than_it_says_is_none", async () => {
    // HTTP would have ended it there; a fetch of the options' need not.
    const { ask } = startProxy({
      fetch: async () => answer(200, { data: "x".repeat(MAX_ANSWER_BYTES) }, { "Content-Length": "10" }),
    });
    says(await ask("/models"), 502, "invalid_response");
  });

  test("whose_answer_is_a_mebibyte_is_handed_on_and_one_byte_more_is_not", async () => {
    const frame = JSON.stringify({ data: "" }).length;
    for (const [extra, status] of [
      [0, 200],
      [1, 502],
    ]) {
      const { ask } = startProxy({
        fetch: async () => answer(200, { data: "x".repeat(MAX_ANSWER_BYTES - frame + extra) }),
      });
      assert.equal((await ask("/models")).status, status);
    }
  });

  test("whose_answer_nests_without_end_does_no_harm", async () => {
    for (const depth of [100, 126, 127, 128, 500, 200_000]) {
      const text = `{"id":"task_1","a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
      const { submit, ask, proxy } = startProxy({
        fetch: async () => new Response(text, { status: 200, headers: { "Content-Type": "application/json" } }),
      });
      assert.ok([200, 502].includes((await submit()).status), `depth ${depth}`);
      const id = await proxy.bindId("task", "task_1", "ann");
      assert.equal((await ask(`/generations/${id}/results/0`)).status, 404);
    }
    assert.equal((await startProxy().submit()).status, 202);
  });

  test("that_is_not_read_is_given_up_so_that_it_holds_no_connection", async () => {
    for (const status of [200, 302, 500]) {
      const endless = endlessBody(2 ** 30);
      const { ask } = startProxy({
        fetch: async () =>
          new Response(endless.body, { status, headers: { "Content-Type": "text/html", Location: "/" } }),
      });
      await ask("/models");
      assert.ok(endless.cancelled());
    }
  });
});

describe("a secret", () => {
  const showsNone = ({ text, headers }) => {
    const shown = `${text}\n${JSON.stringify([...headers])}`;
    for (const secret of SECRETS) assert.ok(!shown.includes(secret), shown);
    return shown;
  };

  test("that_the_api_echoes_is_cut_out_of_every_answer", async () => {
    for (const status of [200, 202, 400, 401, 429, 500]) {
      const echo = ({ headers }) =>
        answer(
          status,
          {
            id: "task_1",
            error: {
              code: `x_${API_KEY}`,
              message: `${headers.authorization} is wrong, and so is ${SIGNING_KEY}`,
              requestId: API_KEY,
            },
            [API_KEY]: [API_KEY],
          },
          { "Retry-After": API_KEY, "X-Echo": API_KEY },
        );
      await everywhere(echo, (answered) => {
        const shown = showsNone(answered);
        assert.ok(!/rvya_sk_\w/.test(shown));
      });
    }
  });

  test("of_somebody_else_and_what_only_looks_like_one_is_data_and_stays", async () => {
    const data = {
      previous: "rvya_sk_of_somebody_else",
      url: "https://media.invalid/whsec_x.png?rvya_sk_y=1",
      note: 'whsec_c"d',
    };
    const { ask } = startProxy({ fetch: async () => answer(200, data) });
    assert.deepEqual((await ask("/models")).json, data);
  });

  test("of_another_form_is_cut_out_too", async () => {
    const apiKey = "secret-of-another-form";
    const { ask } = startProxy({ apiKey, fetch: async () => answer(500, { error: { message: `Bearer ${apiKey}` } }) });
    assert.ok(!(await ask("/models")).text.includes(apiKey));
  });

  test("is_in_no_line_of_the_log_whatever_fails", async (t) => {
    const lines = captureErrors(t);
    const leak = () => {
      throw Object.assign(new Error(`${API_KEY} and ${SIGNING_KEY}`), { key: API_KEY });
    };
    const budget = { take: leak, settle: leak };
    for (const options of [
      { authorize: leak },
      { limits: { requestsPerMinute: 1, budget } },
      {
        fetch: () => ({
          get status() {
            return leak();
          },
        }),
      },
      { fetch: async () => null },
      { fetch: async () => ({ status: API_KEY, headers: new Headers({ "content-type": API_KEY }) }) },
    ]) {
      const { ask, submit } = startProxy(options);
      for (const answered of [await ask("/models"), await submit()]) {
        assert.ok(answered.status >= 500);
        showsNone(answered);
      }
    }
    assert.ok(lines.length >= 6, `${lines.length} lines`);
    for (const line of lines) for (const secret of SECRETS) assert.ok(!line.includes(secret), line);
  });
});
