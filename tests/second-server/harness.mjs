/**
 * What the journeys against the second server share: one server and one client a file, and looks into the server's
 * ledger.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach } from "node:test";
import { createClient, RivyaError } from "rivya-wasm";
import { SECOND_SERVER_KEY, startSecondServer } from "../support/second-server.mjs";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The text of a recorded request. */
export const bodyOf = (request) => Buffer.from(request.body_base64, "base64").toString("utf8");

/**
 * Call it inside `describe`: starts a server and connects a client before its tests, and ends both after them. Their
 * ledger is new for each test.
 */
export function secondServer() {
  const context = {
    server: null,
    client: null,
    /** What the server received at a path below `/api/v1`. */
    requests: async (method, path) =>
      (await context.server.state()).requests.filter(
        (request) => request.method === method && request.path === `/api/v1${path}`,
      ),
    submissions: () => context.requests("POST", "/generations"),
  };
  before(async () => {
    context.server = await startSecondServer();
    context.client = await createClient(context.server.options);
  });
  beforeEach(() => context.server.reset());
  after(async () => {
    context.client?.free();
    await context.server?.stop();
  });
  return context;
}

/** Expects a `RivyaError` with these properties and without the key in it, and answers it. */
export async function refused(promise, expected) {
  const error = await promise.then(
    (value) => assert.fail(`resolved with ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  assert.ok(error instanceof RivyaError, `not a RivyaError: ${error?.stack ?? error}`);
  assert.equal(error.name, "RivyaError");
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, error[key]])), expected, error.message);
  assert.ok(
    !error.message.includes(SECOND_SERVER_KEY) && !String(error.stack).includes(SECOND_SERVER_KEY),
    "the key is in the error",
  );
  return error;
}
