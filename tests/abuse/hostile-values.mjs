/**
 * Values that no caller should pass and some caller will. Each is made anew, for some can be used once only.
 * A getter or trap of these throws `HOSTILE`: where that one comes out, the client has let a caller's exception through
 * as its own.
 */
import vm from "node:vm";

export const HOSTILE = new Error("thrown by a hostile value");
const boom = () => {
  throw HOSTILE;
};
const TRAPS = [
  "get",
  "has",
  "ownKeys",
  "getOwnPropertyDescriptor",
  "getPrototypeOf",
  "isExtensible",
  "apply",
  "construct",
];
const DEPTH = 100_000;
const HUGE_LENGTH = 2 ** 32 - 1;

/** `[name, make]` of every value. */
export const HOSTILE_VALUES = Object.entries({
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  zero: () => 0,
  minus_one: () => -1,
  minus_zero: () => -0,
  fraction: () => 0.5,
  nan: () => NaN,
  infinity: () => Infinity,
  two_to_the_53: () => 2 ** 53,
  largest_number: () => Number.MAX_VALUE,
  bigint: () => 12n,
  symbol: () => Symbol("hostile"),
  empty_string: () => "",
  dots: () => "..",
  nul: () => "a\0b",
  lone_surrogate: () => "a\ud800b",
  header_injection: () => "x\r\nX-Evil: 1",
  string_of_10_mb: () => "x".repeat(10_000_000),
  proto_name: () => "__proto__",
  boxed_string: () => new String("z-image"),
  empty_object: () => ({}),
  empty_array: () => [],
  null_prototype: () => Object.create(null),
  frozen: () => Object.freeze({ model: "z-image", prompt: "x" }),
  date: () => new Date(0),
  invalid_date: () => new Date(NaN),
  regexp: () => /x/g,
  map: () => new Map([["model", "z-image"]]),
  error: () => new Error("x"),
  url: () => new URL("https://x.invalid/a.png"),
  array_buffer: () => new ArrayBuffer(8),
  detached_buffer: () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  },
  shared_buffer: () => new SharedArrayBuffer(8),
  promise: () => Promise.resolve({}),
  promise_for_ever: () => new Promise(() => {}),
  thenable_that_throws: () => ({ then: boom }),
  function: () => () => undefined,
  async_function: () => async () => undefined,
  function_that_throws: () => boom,
  class: () => class Hostile {},
  generator: () =>
    (function* () {
      for (;;) yield 1;
    })(),
  endless_iterable: () => ({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) }),
  array_like: () => ({ length: HUGE_LENGTH, 0: "x" }),
  huge_array: () => new Array(HUGE_LENGTH),
  long_array: () => new Array(200_000).fill("x"),
  array_with_holes: () => [, "x", ,],
  many_keys: () => Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, index])),
  cyclic_object: () => {
    const object = { model: "z-image", prompt: "x" };
    object.params = object.references = object.self = object;
    return object;
  },
  cyclic_array: () => {
    const array = [];
    array.push(array);
    return array;
  },
  deep_object: () => {
    let object = {};
    for (let depth = 0; depth < DEPTH; depth += 1) object = { a: object };
    return object;
  },
  deep_array: () => {
    let array = [];
    for (let depth = 0; depth < DEPTH; depth += 1) array = [array];
    return array;
  },
  throwing_getters: () => throwingGetters({}),
  throwing_getters_in_array: () => Object.defineProperty([1, 2], 1, { get: boom, enumerable: true }),
  throwing_to_json: () => ({ toJSON: boom, model: "z-image" }),
  to_json_of_something_else: () => ({ toJSON: () => "else" }),
  throwing_to_primitive: () => ({ [Symbol.toPrimitive]: boom, toString: boom, valueOf: boom }),
  revoked_proxy: () => revoked({}),
  revoked_array_proxy: () => revoked([]),
  revoked_function_proxy: () => revoked(() => undefined),
  proxy_with_throwing_traps: () => new Proxy({}, Object.fromEntries(TRAPS.map((trap) => [trap, boom]))),
  array_proxy_with_throwing_traps: () => new Proxy([], { get: boom }),
  proxy_that_has_everything: () =>
    new Proxy({}, { get: (_, key) => (typeof key === "symbol" ? undefined : {}), has: () => true }),
  proxy_that_is_everything: () => {
    const self = new Proxy(function () {}, {
      get: (_, key) => (key === Symbol.toPrimitive ? () => "x" : self),
      apply: () => self,
      construct: () => self,
    });
    return self;
  },
  proxy_of_a_blob: () => new Proxy(new Blob(["x"]), {}),
  blob: () => new Blob(["text"]),
  empty_blob: () => new Blob([]),
  blob_of_lying_size: () => Object.defineProperty(new Blob(["x"]), "size", { value: 2 ** 40 }),
  blob_of_throwing_size: () =>
    Object.defineProperties(new Blob(["x"]), { size: { get: boom }, type: { get: boom }, name: { get: boom } }),
  blob_with_hostile_slice: () =>
    Object.assign(new Blob(["x"]), { slice: boom, arrayBuffer: boom, stream: boom, text: boom }),
  blob_by_prototype_only: () => Object.create(Blob.prototype),
  signal_by_prototype_only: () => Object.create(AbortSignal.prototype),
  signal_with_hostile_listeners: () =>
    Object.assign(new AbortController().signal, { addEventListener: boom, removeEventListener: boom }),
  signal_that_looks_like_one: () => ({ aborted: false, addEventListener() {}, removeEventListener() {} }),
  abort_controller: () => new AbortController(),
  event_target: () => new EventTarget(),
  form_data: () => new FormData(),
  response: () => new Response("x"),
  foreign_object: () => vm.runInNewContext("({ model: 'z-image', prompt: 'x', params: { aspect_ratio: '1:1' } })"),
  foreign_array: () => vm.runInNewContext("['https://x.invalid/a.png', {}]"),
  foreign_proxy: () =>
    vm.runInNewContext(
      "new Proxy({}, { get() { throw new Error('foreign') }, ownKeys() { throw new Error('foreign') } })",
    ),
  polluted_proto: () => JSON.parse('{"__proto__":{"model":"z-image"},"constructor":{"prototype":{"x":1}}}'),
});

/** An object whose every property that the client could ask for throws. */
function throwingGetters(object) {
  const names =
    "model prompt params references signal timeoutMs waitTimeoutMs idempotencyKey kind name url result urls id fetch headers baseUrl apiKey a";
  for (const name of names.split(" ")) Object.defineProperty(object, name, { get: boom, enumerable: true });
  return object;
}

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** A generator of random numbers below `limit`, the same ones for the same seed (xorshift32). */
export function randomNumbers(seed) {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
