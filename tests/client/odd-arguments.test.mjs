/** Arguments that throw whatever a trap of the module would, and files that are none: errors of that call alone. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HILL, clock, connect, createClient, createFakeApi, failure, picture, value } from "./harness.mjs";

const exhaust = () => exhaust() + 1;
const raise = (error) => () => {
  throw error;
};
/** What only a trap of the module, or its exhausted stack, seems to throw. */
const TRAPS = {
  an_exhausted_stack: exhaust,
  a_range_error: raise(new RangeError("mine")),
  an_internal_error: raise(Object.assign(new Error("mine"), { name: "InternalError" })),
  a_runtime_error_of_another_module: raise(new WebAssembly.RuntimeError("unreachable")),
};

const getter = (name, get) => Object.defineProperty({}, name, { get, enumerable: true });
const WAYS = {
  a_request: (client, get) => client.generate(getter("prompt", get)),
  params: (client, get) => client.generate({ ...HILL, params: getter("aspect_ratio", get) }),
  a_reference: (client, get) => client.generate({ ...HILL, references: [getter("url", get)] }),
  a_body: (client, get) => client.generations.create(getter("model", get)),
  options: (client, get) => client.credits.retrieve(getter("timeoutMs", get)),
  a_generation: (client, get) => client.download(getter("result", get)),
  an_entry: (client, get) => client.resume(getter("idempotencyKey", get)),
  a_key: (client, get) => client.forget(getter("idempotencyKey", get)),
  a_watch: (client, get) => client.generations.watch("task_1", getter("waitTimeoutMs", get)).next(),
  a_request_that_is_validated: async (client, get) => client.validate(getter("prompt", get)),
  the_options_of_a_client: (_, get) => createClient(getter("maxRetries", get)),
};

describe("a getter of a caller's", () => {
  for (const [thrown, get] of Object.entries(TRAPS)) {
    for (const [what, use] of Object.entries(WAYS)) {
      test(`that_throws_${thrown}_in_${what}_ends_that_call_alone`, async () => {
        const api = createFakeApi();
        const client = await connect(api);
        const other = client.credits.retrieve();
        other.catch(() => {});
        const error = await failure(use(client, get));
        assert.equal(error.name, "TypeError", error.stack);
        assert.notEqual(error.code, "module_crashed");
        await value(other);
        await value(client.credits.retrieve());
        client.free();
      });
    }
  }
});

describe("a proxy of a file", () => {
  const PROXIES = {
    that_hides_nothing: (file) => new Proxy(file, {}),
    that_throws: (file) => new Proxy(file, { get: raise(new Error("mine")) }),
    that_answers_everything: (file) => new Proxy(file, { get: () => 7 }),
    of_a_proxy: (file) => new Proxy(new Proxy(file, {}), {}),
    that_was_revoked: (file) => {
      const { proxy, revoke } = Proxy.revocable(file, {});
      revoke();
      return proxy;
    },
  };
  const CALLS = {
    upload: (client, file) => client.files.upload(file),
    upload_as_it_is: (client, file) => client.files.upload(file, { keepMetadata: true }),
    inspect: (client, file) => client.files.inspect(file),
    generate: (client, file) => client.generate({ model: "nano-banana-2", prompt: "again", references: [file] }),
  };
  for (const [how, proxyOf] of Object.entries(PROXIES)) {
    for (const [name, call] of Object.entries(CALLS)) {
      test(`${how}_is_taken_for_the_file_or_refused_by_${name}`, async () => {
        const client = await connect(createFakeApi());
        for (const file of [picture(), new File([picture()], "a.png")]) {
          const { error } = await clock.until(call(client, proxyOf(file)));
          if (error !== undefined) {
            assert.ok(error.name === "TypeError" || error.code === "file_unreadable", error.stack);
            assert.match(error.message, /^(file|references\[0\])/);
          }
        }
        await value(client.credits.retrieve());
        client.free();
      });
    }
  }
});
