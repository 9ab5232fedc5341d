/**
 * Uploads beside one that failed, and uploads that nobody waits for any more: nothing further is sent, told, or held.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { ID, answer, clock, connect, createFakeApi, editOf, failure, failureOf, pass } from "./harness.mjs";
import { refusal, refuse, value } from "./harness.mjs";
import { noisePng } from "../support/pictures.mjs";
import { withResolvers } from "../support/until.mjs";

const FILES = 6;
const REASON = new Error("the caller has left");
const LONG_MS = 3_600_000;

describe("when an upload is refused", () => {
  /**
   * Refuses the first upload `delayMs` after all `places` are taken; answers no other, and counts those that were given
   * up.
   */
  function refusing(places, delayMs) {
    const sent = { uploads: 0, aborted: 0, others: [] };
    const full = withResolvers();
    sent.fetch = async (url, { method, signal }) => {
      if (!url.endsWith("/files")) sent.others.push(`${method} ${url}`);
      sent.uploads += 1;
      const isFirst = sent.uploads === 1;
      if (sent.uploads === places) full.resolve();
      if (isFirst) {
        await full.promise;
        if (delayMs > 0) await clock.sleep(delayMs);
        return refuse(402, "insufficient_credits");
      }
      return new Promise((_, reject) => {
        const abort = () => {
          sent.aborted += 1;
          reject(signal.reason);
        };
        signal.addEventListener("abort", abort, { once: true });
      });
    };
    return sent;
  }

  for (const places of [1, 2, 4, FILES]) {
    for (const delayMs of [0, 500]) {
      test(`with_places_for_${places}_after_${delayMs}_ms_no_further_one_is_sent_and_the_others_are_aborted`, async () => {
        const api = refusing(places, delayMs);
        const client = await connect(api.fetch, { maxConcurrentUploads: places });
        const begun = new Set();
        const onProgress = ({ file }) => begun.add(file);
        const error = await failureOf("insufficient_credits", client.generate(editOf(FILES), { onProgress }));
        assert.equal(error.attempts, 1);
        await pass(LONG_MS);
        assert.deepEqual([api.uploads, api.aborted, api.others], [places, places - 1, []]);
        assert.equal(begun.size, places, "no progress of one that was not sent");
      });
    }
  }

  const CODES = ["insufficient_credits", "validation_failed", "api_key_invalid"];
  for (const [when, atMs, first] of [
    ["at_the_same_time_the_first", [100, 100, 100], CODES[0]],
    ["later_the_earlier", [102, 100, 101], CODES[1]],
  ]) {
    test(`and_others_${when}_failure_is_thrown`, async () => {
      let sent = 0;
      const client = await connect(async () => {
        const index = sent;
        sent += 1;
        await clock.sleep(atMs[index]);
        return refuse(400, CODES[index]);
      });
      await failureOf(first, client.generate(editOf(CODES.length)));
      assert.equal(sent, CODES.length);
    });
  }

  test("its_place_is_free_for_the_next_call", async () => {
    const api = createFakeApi(({ number }) => (number === 0 ? refusal(402, "insufficient_credits") : undefined));
    const client = await connect(api, { maxConcurrentUploads: 1 });
    await failureOf("insufficient_credits", client.generate(editOf(3)));
    assert.equal((await value(client.generate(editOf(3)))).status, "succeeded");
  });
});

describe("when the caller aborts in a callback", () => {
  /** What was told before and after the abort, which comes in the first callback for which `isLast` holds. */
  async function abortedIn(isLast, api, count, options) {
    const client = await connect(api, options);
    const controller = new AbortController();
    const told = { before: [], after: [] };
    const onProgress = (progress) => {
      told[controller.signal.aborted ? "after" : "before"].push(progress);
      if (isLast(progress)) controller.abort(REASON);
    };
    assert.equal(await failure(client.generate(editOf(count), { signal: controller.signal, onProgress })), REASON);
    await pass(LONG_MS);
    return told;
  }
  const isBegun = ({ loadedBytes }) => loadedBytes === 0;
  const isDone = ({ loadedBytes }) => loadedBytes > 0;

  test("of_the_last_upload_nothing_is_told_or_submitted_afterwards", async () => {
    const api = createFakeApi();
    const { before, after } = await abortedIn(isDone, api, 1);
    assert.deepEqual([before.length, after], [2, []]);
    assert.deepEqual(
      api.calls.map(({ path }) => path),
      ["/files"],
    );
  });

  test("of_one_upload_nothing_is_told_of_those_that_end_in_the_same_turn", async () => {
    const gate = withResolvers();
    let sent = 0;
    const fetch = async () => {
      sent += 1;
      if (sent === 4) gate.resolve();
      await gate.promise;
      return answer({ id: ID, url: "https://cdn.invalid/1.png", kind: "image" }, 201);
    };
    const { before, after } = await abortedIn(isDone, fetch, 4);
    assert.deepEqual([before.length, after], [5, []]);
  });

  for (const places of [1, 4]) {
    test(`of_the_first_upload_nothing_is_told_or_sent_of_those_that_queue_for_${places}`, async () => {
      const api = createFakeApi();
      const { before, after } = await abortedIn(isBegun, api, FILES, { maxConcurrentUploads: places });
      assert.deepEqual([before.length, after, api.calls, api.inFlight()], [1, [], [], []]);
    });
  }

  test("of_submitting_nothing_is_submitted", async () => {
    const api = createFakeApi();
    const { after } = await abortedIn(({ phase }) => phase === "submitting", api, 1);
    assert.deepEqual(after, []);
    assert.ok(!api.calls.some(({ path }) => path === "/generations"));
  });
});

describe("uploads that are aborted while their files are read", () => {
  const { stream } = Blob.prototype;
  afterEach(() => {
    Blob.prototype.stream = stream;
  });

  test("give_their_places_to_the_next_one_at_once", async () => {
    const api = createFakeApi();
    const client = await connect(api, { maxConcurrentUploads: 1 });
    const controller = new AbortController();
    // Files on a network drive that goes after their first bytes were read: the next read never ends.
    let stuckReads = 0;
    Blob.prototype.stream = () => {
      stuckReads += 1;
      return new ReadableStream();
    };
    const photo = () => new Blob([noisePng({ maxBytes: 200_000 })]);
    const stuck = [photo(), photo()].map((file) => client.files.upload(file, { signal: controller.signal }));
    stuck.forEach((upload) => upload.catch(() => {}));
    await clock.settle();
    assert.equal(stuckReads, 2);
    Blob.prototype.stream = stream;
    const next = client.files.upload(photo());
    await clock.settle();
    assert.deepEqual(api.calls, [], "two are gone through at once, and both are stuck");
    controller.abort(REASON);
    for (const upload of stuck) assert.equal(await failure(upload), REASON);
    assert.equal((await value(Promise.race([next, clock.sleep(LONG_MS)])))?.kind, "image");
  });
});
