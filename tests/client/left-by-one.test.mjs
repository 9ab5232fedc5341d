/**
 * Calls of one client share an upload of the very same file, and the polls of one id. Whoever of them is at it may
 * leave at any moment, from within its own callbacks and its own turn, too: the others go on with it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ID, clock, connect, createFakeApi, failure, generation, pass, picture, resolved } from "./harness.mjs";
import { underWay } from "./harness.mjs";
import { withResolvers } from "../support/until.mjs";

const REASON = new Error("the caller has left");
/** Longer than any call here takes in all its steps. */
const LONG_MS = 3_600_000;
const CALLS = 3;

/**
 * Several calls at once, of which the one with the number `leaver` leaves at a moment: a callback of its own, or a
 * fetch. `begin(client)` is what goes before them, and answers what is done when all of them have begun. Answers
 * whether there was such a moment.
 */
async function leftAt(moment, leaver, way) {
  const { call, behave = () => undefined, begin = async () => async () => {}, holding = (fetch) => fetch } = way;
  const controller = new AbortController();
  let moments = 0;
  const step = () => {
    if (moments === moment) controller.abort(REASON);
    moments += 1;
  };
  let isCounted = false;
  const api = createFakeApi((request) => {
    if (isCounted) step();
    return behave(request);
  });
  const client = await connect(holding(api.fetch), way.options);
  const allHaveBegun = await begin(client);
  isCounted = true;
  const calls = Array.from({ length: CALLS }, (_, number) =>
    number === leaver
      ? call(client, { signal: controller.signal, onProgress: step }, number)
      : call(client, { onProgress: () => {} }, number),
  );
  for (const each of calls) each.catch(() => {});
  await clock.settle();
  await allHaveBegun();
  const [left] = calls.splice(leaver, 1);
  for (const each of calls) await resolved(each, `call ${leaver} left at moment ${moment}`);
  const isLeft = controller.signal.aborted;
  if (isLeft) assert.equal(await failure(left), REASON);
  else await left;
  await pass(LONG_MS);
  assert.deepEqual(api.inFlight(), []);
  client.free();
  return isLeft;
}

/** Each of the calls leaves at each of its moments. Answers how many the last one had. */
async function leftAtEach(makeWay) {
  let moment = 0;
  for (let leaver = 0; leaver < CALLS; leaver += 1)
    for (moment = 0; await leftAt(moment, leaver, makeWay()); ) moment += 1;
  return moment;
}

describe("a call that leaves at any moment", () => {
  test("leaves_the_upload_of_the_same_file_to_the_others", async () => {
    const moments = await leftAtEach(() => {
      const photo = picture();
      return { call: (client, options) => client.files.upload(photo, options) };
    });
    assert.ok(moments >= 3, "it begins, is sent, and ends");
  });

  test("leaves_its_uploads_to_the_others_when_several_begin_in_the_same_turn", async () => {
    const moments = await leftAtEach(() => {
      const photos = [picture(), picture()];
      const call = (client, options, number) => {
        // In another order each: one begins with what is the last one of another.
        const references = number % 2 === 0 ? photos : [...photos].reverse();
        const request = { model: "nano-banana-2", prompt: "again", references, keepMetadata: true };
        return client.generate(request, options);
      };
      // Until all have begun the places are taken, and then they become free at once.
      const gate = withResolvers();
      let held = photos.length;
      const begin = async (client) => {
        for (const photo of [picture(), picture()]) client.files.upload(photo, { keepMetadata: true }).catch(() => {});
        await clock.settle();
        return () => {
          gate.resolve();
          return clock.settle();
        };
      };
      const holding =
        (fetch) =>
        async (...args) => {
          held -= 1;
          if (held >= 0) await gate.promise;
          return fetch(...args);
        };
      return { call, begin, holding, options: { maxConcurrentUploads: photos.length } };
    });
    assert.ok(moments >= 5, "they are uploaded, submitted and polled");
  });

  test("leaves_the_polls_of_the_same_id_to_the_others", async () => {
    const behave = ({ number }) => ({ json: number < 3 ? underWay(number) : generation("succeeded") });
    const call = (client, options) => client.generations.wait(ID, options);
    assert.ok((await leftAtEach(() => ({ call, behave }))) >= 4, "each of its polls, and what is told of them");
  });
});
