/**
 * Every way a call can end, and the bookkeeping around it: after each single end nothing may be left of the call.
 * Runs in Node and in a page; the caller installs clock and ledger before it imports the package.
 */
import { API, createFakeApi, generation, refusal } from "../support/fake-api.mjs";
import { tinyPng } from "../support/tiny-png.mjs";

const REQUEST = { model: "z-image", prompt: "a hill" };
const REASON = new Error("the caller has left");
const picture = () => new Blob([tinyPng()], { type: "image/png" });
const editOf = (...references) => ({ model: "nano-banana-2", prompt: "both", references });

const resolved = ({ value, error }) =>
  error === undefined && value !== undefined ? null : `rejected with ${error?.stack ?? error}`;
const rejectedWith =
  (code) =>
  ({ error }) =>
    error?.code === code ? null : `not ${code} but ${error?.stack ?? error ?? "a value"}`;
const aborted = ({ error }) =>
  error === REASON ? null : `not the signal's reason but ${error?.stack ?? error ?? "a value"}`;
const typeError = ({ error }) =>
  error instanceof TypeError ? null : `not a TypeError but ${error?.stack ?? error ?? "a value"}`;

/**
 * Name, `call(client, signal, clock)`, what must come of it, how the API behaves (a function of the call), the client's
 * options, when the caller aborts (in milliseconds after the call; `null`: never, and the signal is one that all these
 * calls share), and by how much the module's memory may grow.
 */
const WAYS = [
  way("resolve", (client, signal) => client.credits.retrieve({ signal }), resolved),
  way("resolve_without_a_signal", (client) => client.models.list(), resolved),
  way(
    "generate_with_uploads",
    (client, signal) => client.generate(editOf(picture(), picture()), { signal }),
    resolved,
    {
      behave: ({ method, number }) =>
        method === "GET" && number % 4 !== 0 ? { json: generation("processing") } : undefined,
      // Each leaves an entry in the journal for a day, and the entries' names are listed now and then.
      mayGrowBytes: 65_536,
    },
  ),
  way(
    "create_and_wait",
    async (client, signal) =>
      client.generations.wait((await client.generations.create(REQUEST, { signal })).id, { signal }),
    resolved,
  ),
  way("upload", (client, signal) => client.files.upload(picture(), { signal }), resolved),
  way("watch_to_its_end", (client, signal) => drain(client.generations.watch("task_fake_1", { signal })), resolved),
  way("watch_left_early", (client, signal) => leave(client.generations.watch("task_fake_1", { signal })), resolved, {
    behave: () => ({ json: generation("processing") }),
  }),
  way(
    "watch_never_started",
    async (client, signal) => void client.generations.watch("task_fake_1", { signal }) ?? true,
    resolved,
  ),
  way("download", (client, signal) => client.download(generation("succeeded"), { signal }), resolved),
  way("shared_wait_with_one_caller_leaving", sharedWait, resolved, {
    behave: ({ number }) => (number % 4 === 3 ? undefined : { json: generation("processing") }),
  }),

  way("refused", (client, signal) => client.credits.retrieve({ signal }), rejectedWith("validation_failed"), {
    behave: () => refusal(400, "validation_failed"),
  }),
  way(
    "refused_before_sending",
    (client, signal) => client.generate({ model: "z-image" }, { signal }),
    rejectedWith("validation_failed"),
  ),
  way("wrong_argument", (client, signal) => client.generations.wait(5, { signal }), typeError),
  way(
    "failed_generation",
    (client, signal) => client.generate(REQUEST, { signal }),
    rejectedWith("generation_failed"),
    {
      behave: ({ method }) => (method === "GET" ? { json: generation("failed") } : undefined),
    },
  ),
  way("redirect", (client, signal) => client.credits.retrieve({ signal }), rejectedWith("invalid_response"), {
    behave: () => ({ status: 302, text: "elsewhere", headers: { Location: "https://elsewhere.invalid/" } }),
  }),
  way(
    "network_failure_with_retries",
    (client, signal) => client.credits.retrieve({ signal }),
    rejectedWith("network_error"),
    { behave: () => "network" },
  ),
  way(
    "network_failure_of_the_platforms_fetch",
    (client, signal) => client.credits.retrieve({ signal }),
    rejectedWith("network_error"),
    {
      behave: () => "network",
      platform: true,
    },
  ),
  way(
    "offline_for_longer_than_a_minute",
    (client, signal) => client.credits.retrieve({ signal }),
    rejectedWith("network_error"),
    {
      behave: () => "network",
      platform: true,
      offline: true,
    },
  ),
  way("abort_while_offline", (client, signal) => client.credits.retrieve({ signal }), aborted, {
    behave: () => "network",
    options: { maxRetries: 1_000 },
    abortAfterMs: 5_000,
    platform: true,
    offline: true,
  }),
  way("fetch_that_throws", (client, signal) => client.credits.retrieve({ signal }), rejectedWith("network_error"), {
    behave: () => "throw",
  }),
  way(
    "fetch_that_answers_nonsense",
    (client, signal) => client.credits.retrieve({ signal }),
    ({ error }) => (error ? null : "resolved"),
    {
      behave: () => "nonsense",
    },
  ),
  way("service_down_then_up", (client, signal) => client.credits.retrieve({ signal }), resolved, {
    behave: ({ number }) =>
      number % 3 === 2 ? undefined : refusal(503, "public_api_disabled", { "Retry-After": "7" }),
  }),
  way("rate_limited_then_not", (client, signal) => client.credits.retrieve({ signal }), resolved, {
    behave: ({ number }) => (number % 2 === 1 ? undefined : refusal(429, "rate_limited", { "Retry-After": "3" })),
  }),
  way(
    "rate_limited_for_an_hour",
    (client, signal) => client.credits.retrieve({ signal }),
    rejectedWith("rate_limited"),
    {
      behave: () => refusal(429, "rate_limited", { "Retry-After": "3600" }),
    },
  ),
  way("time_limit", (client, signal) => client.credits.retrieve({ signal, timeoutMs: 50 }), rejectedWith("timeout"), {
    behave: () => "hang",
  }),
  way(
    "time_limit_while_a_body_is_read",
    (client, signal) => client.credits.retrieve({ signal, timeoutMs: 50 }),
    rejectedWith("timeout"),
    {
      behave: () => "hang_body",
    },
  ),
  way(
    "wait_limit",
    (client, signal) => client.generations.wait("task_fake_1", { signal, waitTimeoutMs: 12_000 }),
    rejectedWith("timeout"),
    {
      behave: () => ({ json: generation("processing") }),
    },
  ),
  way(
    "body_that_is_no_json",
    (client, signal) => client.credits.retrieve({ signal }),
    rejectedWith("invalid_response"),
    {
      behave: () => ({ text: "<p>hotel</p>" }),
    },
  ),
  way(
    "one_upload_of_three_refused",
    (client, signal) => client.generate(editOf(picture(), picture(), picture()), { signal }),
    rejectedWith("validation_failed"),
    {
      behave: ({ number }) => (number % 3 === 1 ? refusal(400, "validation_failed") : "hang"),
      fresh: true,
    },
  ),
  way(
    "result_that_is_gone",
    (client, signal) => client.download(generation("succeeded"), { signal }),
    ({ error }) => (error ? null : "resolved"),
    {
      behave: () => ({ status: 404, text: "gone" }),
    },
  ),

  way("abort_before", (client, signal) => client.generate(editOf(picture()), { signal }), aborted, { abortAfterMs: 0 }),
  way(
    "abort_before_watching",
    (client, signal) => drain(client.generations.watch("task_fake_1", { signal })),
    aborted,
    { abortAfterMs: 0 },
  ),
  way("abort_while_waiting_for_an_answer", (client, signal) => client.credits.retrieve({ signal }), aborted, {
    behave: () => "hang",
    abortAfterMs: 20,
  }),
  way("abort_in_backoff", (client, signal) => client.credits.retrieve({ signal }), aborted, {
    behave: () => refusal(503, "public_api_disabled", { "Retry-After": "50" }),
    abortAfterMs: 20,
  }),
  way("abort_in_backoff_after_a_lost_network", (client, signal) => client.credits.retrieve({ signal }), aborted, {
    behave: () => "network",
    options: { maxRetries: 1_000 },
    abortAfterMs: 2_000,
    platform: true,
  }),
  way("abort_in_the_pause_after_429", (client, signal) => client.credits.retrieve({ signal }), aborted, {
    behave: () => refusal(429, "rate_limited", { "Retry-After": "50" }),
    abortAfterMs: 20,
    fresh: true,
  }),
  way("abort_while_a_body_is_read", (client, signal) => client.credits.retrieve({ signal }), aborted, {
    behave: () => "hang_body",
    abortAfterMs: 20,
  }),
  way("abort_while_submitting", (client, signal) => client.generate(REQUEST, { signal }), aborted, {
    behave: () => "hang",
    abortAfterMs: 20,
  }),
  way(
    "abort_while_uploading",
    (client, signal) => client.generate(editOf(picture(), picture(), picture(), picture(), picture()), { signal }),
    aborted,
    {
      behave: () => "hang",
      abortAfterMs: 20,
    },
  ),
  way("abort_between_polls", (client, signal) => client.generate(REQUEST, { signal }), aborted, {
    behave: ({ method }) => (method === "GET" ? { json: generation("processing") } : undefined),
    abortAfterMs: 4_000,
  }),
  way("abort_before_the_first_look", (client, signal) => client.generate(REQUEST, { signal }), aborted, {
    abortAfterMs: 1_000,
  }),
  way("abort_of_a_watch", (client, signal) => drain(client.generations.watch("task_fake_1", { signal })), aborted, {
    behave: () => ({ json: generation("processing") }),
    abortAfterMs: 4_000,
  }),
  way("abort_while_downloading", (client, signal) => client.download(generation("succeeded"), { signal }), aborted, {
    behave: () => "hang_body",
    abortAfterMs: 20,
  }),
];

function way(
  name,
  call,
  expect,
  {
    behave,
    options = {},
    abortAfterMs = null,
    platform = false,
    offline = false,
    fresh = false,
    mayGrowBytes = 0,
  } = {},
) {
  return { name, call, expect, behave, options, abortAfterMs, platform, offline, fresh, mayGrowBytes };
}

export const wayNames = () => WAYS.map(({ name }) => name);

/**
 * Goes one way `times` times. Answers `null`, or a text that tells what was left behind, or what came of the call
 * instead. `memoryBytes` (optional) must stand still over the second half.
 */
export async function goWay(name, times, { createClient, clock, ledger, memoryBytes }) {
  const { call, expect, behave, options, abortAfterMs, platform, offline, fresh, mayGrowBytes } = WAYS.find(
    (each) => each.name === name,
  );
  const shared = new AbortController();
  let halfwayBytes = null;
  let client = null;
  let api = null;
  const connect = async () => {
    client?.free();
    api = createFakeApi(behave, { onHangingBody: clock.beyondTime });
    const own = platform ? {} : { fetch: api.fetch, downloadFetch: api.fetch };
    client = await createClient({ baseUrl: API, ...own, ...options });
  };
  const platformFetch = globalThis.fetch;
  if (offline && globalThis.navigator)
    Object.defineProperty(navigator, "onLine", { get: () => false, configurable: true });
  try {
    await connect();
    const leftBefore = ledger.open().length;
    for (let round = 1; round <= times; round += 1) {
      // A client of its own where one call's end weighs on the next one (a pause after 429).
      if (fresh && round > 1) await connect();
      if (platform) globalThis.fetch = api.fetch;
      const controller = abortAfterMs === null ? shared : new AbortController();
      if (abortAfterMs === 0) controller.abort(REASON);
      const promise = start(() => call(client, controller.signal, clock));
      if (abortAfterMs > 0) clock.sleep(abortAfterMs).then(() => controller.abort(REASON));
      const wrong = expect(await clock.until(promise));
      if (wrong) return `round ${round}: ${wrong}`;
      await clock.settle();

      if (api.inFlight().length > 0) return `round ${round} left requests in flight: ${api.inFlight().join(", ")}`;
      const left = ledger.open().slice(leftBefore);
      if (left.length > 0) return `round ${round} left ${left.length} behind:\n${left.slice(0, 3).join("\n\n")}`;
      const { signal } = controller;
      if (ledger.listenersOf(signal) > 0 || signal.onabort !== null)
        return `round ${round} left a listener on the caller's signal`;
      if (round === Math.ceil(times / 2)) halfwayBytes = memoryBytes?.() ?? null;
    }
    if (halfwayBytes !== null && memoryBytes() > halfwayBytes + mayGrowBytes)
      return `WebAssembly memory grew from ${halfwayBytes} to ${memoryBytes()} bytes`;
    return null;
  } finally {
    globalThis.fetch = platformFetch;
    if (offline && globalThis.navigator) delete navigator.onLine;
    client?.free();
  }
}

/** A call that throws at once counts as one that rejects. */
const start = async (call) => call();

async function drain(iterable) {
  let last;
  for await (const each of iterable) last = each;
  return last;
}

async function leave(iterable) {
  for await (const each of iterable) return each;
  throw new Error("nothing was yielded");
}

/** Three wait for one id; the second leaves, the others get the result. */
async function sharedWait(client, signal, clock) {
  const leaving = new AbortController();
  const [first, second, third] = [
    client.generations.wait("task_fake_1", { signal }),
    client.generations.wait("task_fake_1", { signal: leaving.signal }),
    client.generations.wait("task_fake_1", {}),
  ];
  clock.sleep(1_000).then(() => leaving.abort(REASON));
  const left = await second.then(
    () => "resolved",
    (error) => error,
  );
  if (left !== REASON) throw new Error(`the leaving one: ${left}`);
  await third;
  return first;
}
