/** A caller who hangs up while the API is at work: in workerd that ends a request with all that is under way for it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { after, test } from "node:test";
import { newestCompatibilityDate } from "../../build/workerd.mjs";
import { serveProxy } from "../support/runtimes.mjs";
import { until } from "../support/until.mjs";

const ENV = {
  API_KEY: "rvya_sk_emulator",
  SIGNING_KEY: "the signing key of these tests, longer than 32 bytes",
  MAX_UPLOAD_BYTES: "1000",
  PLACES: "1",
};
const BODY = JSON.stringify({ model: "z-image", prompt: "a hill" });
const headers = (key) => ({
  "X-Caller": "ann",
  "X-Rivya-Client": "test",
  "Content-Type": "application/json",
  "Idempotency-Key": key,
});

/** The API: the first submission waits for `finish()`, all else is answered at once. */
const waiting = [];
let submissions = 0;
const api = createServer((asked, response) => {
  const finish = () =>
    response
      .writeHead(200, { "Content-Type": "application/json" })
      .end(JSON.stringify({ id: "task_1", status: "succeeded", reserved_credits: 1 }));
  asked.resume();
  if (asked.method === "POST" && (submissions += 1) === 1) waiting.push(finish);
  else finish();
});
await once(api.listen(0, "127.0.0.1"), "listening");
const proxy = await serveProxy({
  runtime: "workerd",
  compatibilityDate: newestCompatibilityDate(),
  env: { ...ENV, UPSTREAM: `http://127.0.0.1:${api.address().port}` },
});
after(async () => {
  await proxy.stop();
  api.closeAllConnections();
  await once(api.close(), "close");
});

test("a_submission_whose_caller_has_gone_is_counted_to_its_end_and_holds_no_place", async () => {
  const caller = request(`${proxy.origin}/api/rivya/generations`, { method: "POST", headers: headers("key-1") }).on(
    "error",
    () => {},
  );
  caller.end(BODY);
  await until(() => waiting.length === 1, { what: "the submission is at the API" });
  // A reset: after a mere FIN the caller might read still, and workerd goes on.
  caller.socket.resetAndDestroy();
  await new Promise((resolve) => caller.once("close", resolve));
  const models = await fetch(`${proxy.origin}/api/rivya/models`, { headers: { "X-Caller": "ann" } });
  assert.equal(models.status, 200, "workerd has come round since");
  const submit = (key) =>
    fetch(`${proxy.origin}/api/rivya/generations`, { method: "POST", headers: headers(key), body: BODY });
  assert.equal((await submit("key-2")).status, 429, "its place is taken while the API is at work");
  waiting[0]();
  await until(async () => (await submit("key-3")).status === 200, { what: "its place is given back" });
});
