/**
 * Members of objects: their own and their classes', never what somebody put on the prototype of all. And JSON of plain
 * data, as `JSON.stringify` has it.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { runInContext, createContext } from "node:vm";
import { given, member, nestsDeeper, setMember } from "../../src/js/data.js";
import { jsonOf } from "../../src/edge/json.js";

const NAME = "a name that a script added";
afterEach(() => delete Object.prototype[NAME]);

class Base {
  get [NAME]() {
    return "of the class";
  }
}
class Derived extends Base {}

describe("a member of a caller's object", () => {
  const realm = createContext();
  runInContext(`Object.prototype[${JSON.stringify(NAME)}] = "of all"`, realm);

  for (const [what, make, expected] of [
    ["is_its_own", () => ({ [NAME]: "own" }), "own"],
    ["is_its_own_without_a_prototype", () => ({ __proto__: null, [NAME]: "own" }), "own"],
    ["is_its_class_s", () => new Derived(), "of the class"],
    ["is_that_of_the_object_it_was_made_from", () => Object.create({ [NAME]: "of the other" }), "of the other"],
    ["is_not_that_of_all_objects", () => ({}), undefined],
    ["is_not_that_of_all_objects_in_an_instance", () => new (class {})(), undefined],
    ["is_not_that_of_all_objects_in_a_function", () => () => {}, undefined],
    ["is_not_that_of_all_objects_of_another_realm", () => runInContext("({})", realm), undefined],
    ["is_not_that_of_all_objects_where_a_proxy_would_answer_it", () => new Proxy({}, {}), undefined],
  ]) {
    test(what, () => {
      const object = make();
      Object.prototype[NAME] = "of all";
      assert.equal(given(object, NAME), expected);
    });
  }

  test("is_what_a_proxy_answers_for_a_name_that_nobody_owns", () => {
    assert.equal(given(new Proxy({}, { get: (_, key) => `answer to ${key}` }), NAME), `answer to ${NAME}`);
  });

  test("is_not_looked_for_without_end", () => {
    const endless = new Proxy({}, { getPrototypeOf: () => endless });
    assert.throws(() => given(endless, NAME), TypeError);
  });
});

describe("a member of plain data", () => {
  test("is_its_own_alone", () => {
    Object.prototype[NAME] = "of all";
    assert.equal(member({}, NAME), undefined);
    assert.equal(member([], NAME), undefined);
    assert.equal(member(undefined, NAME), undefined);
    assert.equal(member({ [NAME]: "own" }, NAME), "own");
  });

  test("is_set_past_a_setter_that_a_prototype_has", () => {
    let stolen;
    Object.defineProperty(Object.prototype, NAME, { set: (value) => (stolen = value), configurable: true });
    const object = {};
    setMember(object, NAME, "own");
    assert.deepEqual([stolen, Object.entries(object)], [undefined, [[NAME, "own"]]]);
  });

  test("is_counted_as_a_level_where_it_is_a_list_or_an_object", () => {
    for (const [data, levels] of [
      [5, 0],
      [null, 0],
      ["[[[[", 0],
      [[], 1],
      [{ a: {}, b: 1 }, 2],
      [[1, [2, { a: [] }]], 4],
    ]) {
      assert.equal(nestsDeeper(data, levels), false, JSON.stringify(data));
      if (levels > 0) assert.equal(nestsDeeper(data, levels - 1), true, JSON.stringify(data));
    }
  });
});

describe("JSON", () => {
  const LEAVES = [
    null,
    true,
    false,
    0,
    -0,
    1.5,
    1e300,
    NaN,
    Infinity,
    "",
    "x",
    'a "quoted" \\ line\n',
    "\ud83e",
    "\u2028",
    undefined,
    "__proto__",
  ];
  /** Plain data of a number, the same of the same. */
  function dataOf(seed, depth = 0) {
    const draw = (limit) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * limit);
    };
    const any = (level) => {
      const kind = draw(level > 3 ? 1 : 3);
      if (kind === 0) return LEAVES[draw(LEAVES.length)];
      const items = Array.from({ length: draw(4) }, () => any(level + 1));
      return kind === 1
        ? items
        : Object.fromEntries(items.map((item, index) => [["a", "b c", "10", "2", "é"][(index + draw(5)) % 5], item]));
    };
    return any(depth);
  }

  test("of_plain_data_is_what_the_platform_writes", () => {
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const data = dataOf(seed);
      assert.equal(jsonOf(data), JSON.stringify(data), `seed ${seed}`);
    }
  });

  test("is_the_same_whatever_toJSON_a_prototype_has", () => {
    const data = { list: [1, "two", { three: null }], left_out: undefined, text: "x" };
    const expected = JSON.stringify(data);
    const prototypes = [Object, Array, String, Number, Boolean].map(({ prototype }) => prototype);
    for (const prototype of prototypes) prototype.toJSON = () => "evil";
    const written = jsonOf(data);
    for (const prototype of prototypes) delete prototype.toJSON;
    assert.equal(written, expected);
  });
});
