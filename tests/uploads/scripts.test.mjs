/** In Node, Deno and Bun the body is a stream that is counted: its bytes are seen going, and the form is the same. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { runScript } from "../support/runtimes.mjs";
import { until } from "../support/until.mjs";
import { startSlowApi } from "./slow-api.mjs";

const BYTES = 24_000_000;
const LENGTH_REQUIRED = 411;

describe("an upload of a script", () => {
  let api;
  before(async () => {
    api = await startSlowApi();
  });
  beforeEach(() => {
    api.uploads.length = 0;
    api.behave = () => undefined;
  });
  after(() => api?.close());

  for (const runtime of ["node", "deno", "bun"]) {
    const upload = (...more) => runScript(runtime, "tests/uploads/script.mjs", [api.baseUrl, String(BYTES), ...more]);

    test(`tells_its_bytes_as_they_go_in_${runtime}`, async () => {
      const { told, uploaded, bytes } = await upload();
      assert.equal(uploaded.url, "https://cdn.invalid/1");
      const loaded = told.map(({ loadedBytes }) => loadedBytes);
      assert.deepEqual([loaded[0], loaded.at(-1)], [0, bytes]);
      assert.deepEqual(
        loaded,
        loaded.toSorted((a, b) => a - b),
      );
      assert.ok(loaded.length > 2, `seen in between: ${loaded}`);
      const middle = told.slice(1, -1).map(({ atMs }, index) => atMs - told[index].atMs);
      assert.ok(
        middle.every((gapMs) => gapMs >= 49),
        `at most 20 a second: ${middle}`,
      );
      const [{ headers, bytes: sent }] = api.uploads;
      assert.match(headers["content-type"], /^multipart\/form-data; ?boundary=/);
      assert.equal(headers.authorization, "Bearer rvya_sk_emulator");
      assert.ok(sent > bytes && sent < bytes + 2_000, `the form and its file: ${sent}`);
    });

    test(`is_sent_again_with_its_length_where_the_server_needs_that_in_${runtime}`, async () => {
      api.behave = (_, { headers }) =>
        headers["content-length"] === undefined ? { status: LENGTH_REQUIRED } : undefined;
      const { uploaded, bytes } = await upload();
      assert.equal(uploaded.url, "https://cdn.invalid/2");
      const [, { headers, start }] = api.uploads;
      assert.ok(Number(headers["content-length"]) > bytes);
      const [, boundary] = /boundary="?([^";]+)/.exec(headers["content-type"]);
      assert.ok(start.startsWith(`--${boundary}\r\n`), "the form has the boundary that its header names");
    });

    test(`that_is_aborted_half_way_stops_in_${runtime}`, async () => {
      const { error, told, bytes } = await upload("aborts");
      assert.equal(error.message, "the caller has left");
      assert.ok(told.at(-1).loadedBytes < bytes);
      // It may not even have reached the server.
      await until(() => api.uploads.every(({ isCut }) => isCut), { what: "the connection is cut" });
    });
  }
});
