// Schemas of arguments: what a caller's object becomes, and what is said of what is wrong.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checked } from "../../src/js/checked.js";
import { nullable, optional, withDefault } from "../../src/js/optional.js";
import { apiKey, boolean, number, numberOrInfinity, oneOf, positive, text } from "../../src/js/validators.js";

const SCHEMA = {
  model: text,
  fit: optional(oneOf("off", "limit")),
  name: nullable(text),
  retries: withDefault(number, 4),
};

describe("a checked object", () => {
  test("has each member of its schema, and no prototype", () => {
    const found = checked({ model: "z-image", name: null, other: 1 }, "options", SCHEMA);
    assert.equal(Object.getPrototypeOf(found), null);
    assert.deepEqual({ ...found }, { model: "z-image", fit: undefined, name: undefined, retries: 4 });
  });

  for (const nothing of [undefined, null])
    test(`has its defaults where ${nothing} is given`, () =>
      assert.deepEqual({ ...checked(nothing, "options", { retries: withDefault(number, 4) }) }, { retries: 4 }));

  test("knows no member that a script has put on Object.prototype", () => {
    const asked = [];
    Object.defineProperty(Object.prototype, "planted", {
      configurable: true,
      enumerable: true,
      value: (value) => asked.push(value),
    });
    try {
      assert.deepEqual(Object.keys(checked({ model: "z-image" }, "options", SCHEMA)), Object.keys(SCHEMA));
    } finally {
      Reflect.deleteProperty(Object.prototype, "planted");
    }
    assert.deepEqual(asked, []);
  });
});

describe("what is wrong is named with its path", () => {
  for (const [given, message] of [
    [{}, "options.model must be a string of at most 1000000 characters, not undefined"],
    [{ model: null }, "options.model must be a string of at most 1000000 characters, not null"],
    [{ model: "m", fit: "tight" }, 'options.fit must be one of "off", "limit", not "tight"'],
    [{ model: "m", fit: null }, 'options.fit must be one of "off", "limit", not null'],
    [{ model: "m", retries: null }, "options.retries must be a number of at least 0, not null"],
    [{ model: "m", retries: Infinity }, "options.retries must be a number of at least 0, not Infinity"],
    [[], "options must be an object, not an array"],
    ["m", 'options must be an object, not "m"'],
  ])
    test(message, () => assert.throws(() => checked(given, "options", SCHEMA), { name: "TypeError", message }));

  test("and a key that is wrong is never shown", () =>
    assert.throws(() => checked({ key: "secret word" }, "options", { key: apiKey }), {
      name: "TypeError",
      message: "options.key must be a key of the API: printable ASCII without blanks",
    }));
});

describe("the bounds of a number", () => {
  for (const [name, validate, taken, refused] of [
    ["at least 0", number, [0, 0.5, Number.MAX_VALUE], [-1, NaN, Infinity, "1", 1n]],
    ["at least 0, or Infinity", numberOrInfinity, [0, Infinity], [-Infinity, NaN, null]],
    ["at least 1", positive, [1, 1.5], [0.5, 0, NaN, Infinity]],
    ["none: a boolean", boolean, [true, false], [0, 1, "true", null]],
  ])
    test(name, () => {
      for (const value of taken) assert.equal(validate(value, "x"), value);
      for (const value of refused) assert.throws(() => validate(value, "x"), TypeError);
    });
});
