/** A caller's object becomes plain data, or a TypeError that names where it is none. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { snapshot } from "../../src/js/snapshot.js";

const refusal = (value) => {
  try {
    snapshot(value, "request");
  } catch (error) {
    assert.ok(error instanceof TypeError, String(error));
    return error.message;
  }
  return assert.fail("it was taken");
};

describe("a snapshot", () => {
  test("is_a_copy_that_the_original_no_longer_reaches", () => {
    const inner = { n: [1, 2.5, null, "x", true] };
    const copy = snapshot({ inner, left_out: undefined }, "request");
    inner.n.push("later");
    assert.deepEqual(copy, { inner: { n: [1, 2.5, null, "x", true] } });
  });

  test("of_a_cycle_is_refused_by_name", () => {
    const cycle = {};
    cycle.self = cycle;
    assert.match(refusal(cycle), /^request\.self.*cycle/);
  });

  test("of_what_nests_without_end_is_refused_before_the_stack_is_gone", () => {
    let nested = [];
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
    assert.match(refusal(nested), /^request\[0\]\[0\].*nested deeper/);
  });

  for (const [name, value] of Object.entries({
    map: new Map(),
    function: () => 1,
    not_a_number: NaN,
    bigint: 10n,
    symbol: Symbol("x"),
    infinity: -Infinity,
  }))
    test(`of_what_is_no_plain_data_is_refused_where_it_stands_${name}`, () =>
      assert.match(refusal({ a: [0, value] }), /^request\.a\[1\] /));

  test("names_a_getter_that_throws", () => {
    const value = {
      get prompt() {
        throw new Error("no");
      },
    };
    assert.match(refusal(value), /^request\.prompt/);
  });

  test("reads_each_member_but_once", () => {
    let reads = 0;
    const value = {
      get prompt() {
        reads += 1;
        return String(reads);
      },
    };
    assert.deepEqual(snapshot(value, "request"), { prompt: "1" });
    assert.equal(reads, 1);
  });

  test("is_bounded_in_values_and_characters", () => {
    assert.match(refusal(Array.from({ length: 20_000 }, () => 0)), /more than 10000 values/);
    assert.match(refusal(["x".repeat(600_000), "x".repeat(600_000)]), /more than 1000000 characters/);
  });
});
