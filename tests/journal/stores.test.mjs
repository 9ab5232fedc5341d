/**
 * Stores that fail, and stores that hold what nobody of ours wrote: calls go on, one warning tells, nothing foreign is
 * sent or changed.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { generation, refusal } from "../support/fake-api.mjs";
import { clock, createClient, createStore, createWorld, ends, freshPackage, REQUEST, warningsOf } from "./harness.mjs";

const LIMIT_MS = 2_000;
const isPost = ({ method, path }) => method === "POST" && path === "/generations";
const running = (call) => (call.method === "GET" ? { json: generation("processing") } : undefined);
const never = () => new Promise(() => {});

/** Everything a client does with its journal; none of it may fail because of the store. */
async function everything(client) {
  for (const idempotencyKey of [undefined, "k"]) {
    assert.equal((await ends(client.generate(REQUEST, { idempotencyKey }))).value?.status, "succeeded");
    assert.equal((await ends(client.generations.create(REQUEST, { idempotencyKey }))).value?.id, "task_fake_1");
  }
  assert.equal((await ends(client.generations.wait("task_fake_1"))).value?.status, "succeeded");
  assert.equal((await ends(client.resume({ generationId: "task_fake_1" }))).value?.status, "succeeded");
  assert.ok(Array.isArray((await ends(client.pending())).value));
  assert.equal((await ends(client.forget({ idempotencyKey: "k" }))).error, undefined);
  await clock.settle();
}

describe("a store that", () => {
  const quota = () => new DOMException("The quota has been exceeded.", "QuotaExceededError");
  const FAILURES = {
    throws: {
      disturb: () => {
        throw new Error("broken");
      },
    },
    rejects: { disturb: () => Promise.reject(new Error("broken")) },
    "throws something that is no error": {
      disturb: () => {
        throw null;
      },
    },
    "throws something that can't be read": {
      disturb: () => {
        throw {
          get message() {
            throw new Error("hostile");
          },
        };
      },
    },
    "never answers": { disturb: never },
    "is full": {
      disturb: (what) => {
        if (what === "set") throw quota();
      },
    },
    "is full with another message each time": {
      disturb: (what, key) => {
        if (what === "set") throw new Error(`no room for ${key}`);
      },
    },
    "can't delete": { disturb: (what) => (what === "delete" ? never() : undefined) },
    "can't list": {
      disturb: (what) => {
        if (what === "keys") throw new Error("broken");
      },
    },
  };
  for (const [what, { disturb }] of Object.entries(FAILURES)) {
    test(`${what} lets every call go on and is told once`, async () => {
      const { createClient: connect } = await freshPackage();
      const { fetch } = createWorld();
      let client;
      const warnings = await warningsOf(async () => {
        for (let clients = 0; clients < 2; clients += 1) {
          client = await connect({ baseUrl: "https://api.invalid/api/v1", fetch, store: createStore(disturb) });
          await everything(client);
        }
      });
      assert.equal(warnings.length, 1, warnings.join("\n"));
      assert.match(warnings[0], /^rivya-wasm: the store failed \(.*\): what is generated meanwhile is not remembered$/);
    });
  }

  const allOf = (answer) => Object.fromEntries(["get", "set", "delete", "keys"].map((name) => [name, () => answer]));
  const NONSENSE = {
    "answers null": allOf(null),
    "answers a number": allOf(5),
    "answers an object": allOf({}),
    "answers a function": allOf(() => {}),
    "answers a list of all sorts": allOf([null, 5, {}, "rivya-wasm/", "\0"]),
    "answers with a promise for ever": allOf({ then: never }),
    "is a Map, whose keys are no list": new Map(),
  };
  for (const [what, store] of Object.entries(NONSENSE)) {
    test(`${what} lets every call go on and is told once`, async () => {
      const { createClient: connect } = await freshPackage();
      const { fetch } = createWorld();
      const client = await connect({ baseUrl: "https://api.invalid/api/v1", fetch, store });
      const warnings = await warningsOf(() => everything(client));
      assert.equal(warnings.length, 1, warnings.join("\n"));
    });
  }

  test("never_answers_costs_2_s_and_no_more_before_the_submission", async () => {
    const { open, posts } = createWorld(undefined, { store: createStore(never) });
    const client = await open();
    let sentMs = null;
    const startedMs = clock.nowMs();
    const call = client.generate(REQUEST, {
      onProgress: ({ phase }) => (phase === "queued" ? (sentMs ??= clock.nowMs() - startedMs) : undefined),
    });
    assert.equal((await ends(call)).value.status, "succeeded");
    assert.equal(posts.length, 1);
    assert.ok(sentMs <= 2 * LIMIT_MS + LIMIT_MS, `${sentMs} ms`);
  });

  test("is_null_remembers_nothing_and_warns_of_nothing", async () => {
    const { createClient: connect } = await freshPackage();
    const { fetch, posts } = createWorld();
    const client = await connect({ baseUrl: "https://api.invalid/api/v1", fetch, store: null });
    const warnings = await warningsOf(() => everything(client));
    assert.deepEqual(warnings, []);
    assert.equal(posts.length, 4);
    assert.equal((await ends(client.resume({ idempotencyKey: "k" }))).error.code, "not_found");
  });

  test("is_the_clients_own_memory_where_there_is_no_other", async () => {
    const { fetch } = createWorld(running);
    const [one, other] = await Promise.all(
      [1, 2].map(() => createClient({ baseUrl: "https://api.invalid/api/v1", fetch })),
    );
    await ends(one.generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 1 }));
    assert.equal((await ends(one.pending())).value.length, 1);
    assert.deepEqual((await ends(other.pending())).value, []);
  });

  test("is_a_class_has_its_methods_called_as_such", async () => {
    class MapStore {
      #texts = new Map();
      async get(key) {
        return this.#texts.get(key) ?? null;
      }
      async set(key, value) {
        this.#texts.set(key, value);
      }
      async delete(key) {
        this.#texts.delete(key);
      }
      async keys(prefix) {
        return [...this.#texts.keys()].filter((key) => key.startsWith(prefix));
      }
    }
    const { open } = createWorld(running, { store: new MapStore() });
    await ends((await open()).generate(REQUEST, { idempotencyKey: "k", waitTimeoutMs: 1 }));
    assert.equal((await ends((await open()).pending())).value.length, 1);
  });
});

describe("what a store holds that is no entry of ours", () => {
  /** Where the entry of `k` lies, and what it is. */
  async function sample() {
    const { open, store } = createWorld((call) => (isPost(call) ? "network" : undefined), { maxRetries: 0 });
    await ends((await open()).generate(REQUEST, { idempotencyKey: "k" }));
    const [[name, text]] = store.texts;
    return { name, entry: JSON.parse(text) };
  }
  const FOREIGN = {
    "a text": () => "hello",
    "an empty text": () => "",
    "half an entry": (entry) => JSON.stringify(entry).slice(0, 60),
    null: () => "null",
    "a number": () => "5",
    "a list": (entry) => JSON.stringify([entry]),
    "an older version": (entry) => JSON.stringify({ ...entry, version: 0 }),
    "a newer version": (entry) => JSON.stringify({ ...entry, version: 2 }),
    "the entry of another key": (entry) => JSON.stringify({ ...entry, key: "other" }),
    "no key": ({ key, ...entry }) => JSON.stringify(entry),
    "no body": ({ body, ...entry }) => JSON.stringify(entry),
    "a body that is no JSON": (entry) => JSON.stringify({ ...entry, body: "rm -rf" }),
    "a body that is null": (entry) => JSON.stringify({ ...entry, body: "null" }),
    "a body of another model": (entry) => JSON.stringify({ ...entry, body: '{"model":"veo-3"}' }),
    "a body that is an object": (entry) => JSON.stringify({ ...entry, body: { model: "z-image" } }),
    "another state": (entry) => JSON.stringify({ ...entry, state: "done" }),
    "an id that is a number": (entry) => JSON.stringify({ ...entry, id: 5 }),
    "a start that is no time": (entry) => JSON.stringify({ ...entry, startedMs: 9e15 }),
    "a start before all time": (entry) => JSON.stringify({ ...entry, startedMs: -1 }),
    "a start that is a text": (entry) => JSON.stringify({ ...entry, startedMs: "now" }),
    "a prototype": (entry) => JSON.stringify(entry).replace(/"key":"k",/, '"__proto__":{"key":"k"},'),
    "ten megabytes": () => JSON.stringify("x".repeat(10_000_000)),
    "a deep nest": () => "[".repeat(100_000),
  };
  for (const [what, make] of Object.entries(FOREIGN)) {
    test(`${what} is left where it is, told once, and never sent`, async () => {
      const { name, entry } = await sample();
      const { createClient: connect } = await freshPackage();
      const { store, fetch, posts, paths } = createWorld();
      store.texts.set(name, make(entry));
      store.texts.set(`${name}${name}`, make(entry));
      const before = [...store.texts];
      const client = await connect({ baseUrl: "https://api.invalid/api/v1", fetch, store });
      const warnings = await warningsOf(async () => {
        for (let times = 0; times < 2; times += 1) assert.deepEqual((await ends(client.pending())).value, []);
        assert.equal((await ends(client.resume({ idempotencyKey: "k" }))).error.code, "not_found");
        assert.equal((await ends(client.generations.wait("task_fake_1"))).value.status, "succeeded");
      });
      assert.deepEqual(warnings, [
        "rivya-wasm: the store holds an entry that this version can't read; it is left alone",
      ]);
      assert.deepEqual([...store.texts], before);
      assert.deepEqual([posts, paths()], [[], ["GET /generations/task_fake_1"]]);
      // Whoever wants rid of it can be.
      await ends(client.forget({ idempotencyKey: "k" }));
      assert.ok(!store.texts.has(name));
    });
  }

  for (const [name, submit] of Object.entries({
    generate: (client, key) => client.generate(REQUEST, key),
    create: (client, key) => client.generations.create(REQUEST, key),
  })) {
    test(`is_not_overwritten_by_a ${name} of its key, which goes on without it`, async () => {
      const { name: place, entry } = await sample();
      const { open, store, posts } = createWorld();
      const newer = JSON.stringify({ ...entry, version: 2, id: "task_of_a_newer_version" });
      store.texts.set(place, newer);
      const client = await open();
      assert.equal((await ends(submit(client, { idempotencyKey: "k" }))).value?.id, "task_fake_1");
      await clock.settle();
      assert.deepEqual(
        [...store.texts].filter(([key]) => !key.includes("/durations/")),
        [[place, newer]],
      );
      assert.deepEqual(
        posts.map(({ key }) => key),
        ["k"],
      );
      await ends(client.forget({ idempotencyKey: "k" }));
      assert.ok(!store.texts.has(place), "whoever wants rid of it can be");
      await ends(client.generate(REQUEST, { idempotencyKey: "k" }));
      assert.equal(JSON.parse(store.texts.get(place)).id, "task_fake_1", "then its place is free");
    });

    test(`is_not_overwritten_by_a ${name} that could not read it`, async () => {
      const { name: place, entry } = await sample();
      let isBroken = true;
      const { open, store, posts } = createWorld(undefined, {
        store: createStore((what) => {
          if (isBroken && what === "get") throw new Error("broken");
        }),
      });
      const before = JSON.stringify({ ...entry, id: "task_fake_1", state: "running" });
      store.texts.set(place, before);
      assert.equal((await ends(submit(await open(), { idempotencyKey: "k" }))).value?.id, "task_fake_1");
      await clock.settle();
      assert.equal(store.texts.get(place), before);
      assert.deepEqual(
        posts.map(({ key }) => key),
        ["k"],
      );
      isBroken = false;
      assert.equal((await ends((await open()).resume({ idempotencyKey: "k" }))).value.status, "succeeded");
      assert.equal(posts.length, 1);
    });
  }

  test("may_have_been_sent_where_nobody_can_tell_so_a_conflict_is_with_oneself_and_a_refusal_leaves_doubt", async () => {
    for (const [answer, sent, isDoubtful] of [
      [refusal(409, "idempotency_conflict"), 3, true],
      [refusal(402, "insufficient_credits"), 1, false],
    ]) {
      const { open, posts } = createWorld((call) => (isPost(call) ? answer : undefined), {
        maxRetries: 2,
        store: createStore((what) => {
          if (what === "get") throw new Error("broken");
        }),
      });
      const client = await open();
      const { error } = await ends(client.generate(REQUEST, { idempotencyKey: "k" }));
      assert.deepEqual([error.code, error.mayHaveBeenCharged, posts.length], [answer.json.error.code, true, sent]);
      const fresh = (await ends(client.generate(REQUEST))).error;
      assert.deepEqual(
        [fresh.mayHaveBeenCharged, posts.length],
        [isDoubtful, 2 * sent],
        "a key of our own making is nobody else's",
      );
    }
  });

  for (const key of ["grüße", "a\nb", "", "x".repeat(129), "\0"]) {
    test(`is an entry under ${JSON.stringify(key.slice(0, 9))}, which is no key: never sent`, async () => {
      const { name, entry } = await sample();
      const { open, store, posts } = createWorld();
      store.texts.set(`${name.slice(0, -1)}${key}`, JSON.stringify({ ...entry, key }));
      const client = await open();
      assert.deepEqual((await ends(client.pending())).value, []);
      for (const call of [() => client.resume({ idempotencyKey: key }), () => client.forget({ idempotencyKey: key })]) {
        const { error } = await ends(call());
        assert.ok(error instanceof TypeError && error.message.includes("idempotencyKey"), String(error));
      }
      assert.deepEqual([posts.length, store.texts.size], [0, 1]);
    });
  }

  test("lies_under_other_names_and_is_not_even_looked_at", async () => {
    const asked = [];
    const { open, store } = createWorld(undefined, {
      store: createStore((what, key) => void (what === "get" && asked.push(key))),
    });
    for (const name of ["settings", "rivya-wasm", "rivya-wasm/", "rivya-wasm/other/k", "__proto__"])
      store.texts.set(name, "theirs");
    assert.deepEqual((await ends((await open()).pending())).value, []);
    assert.deepEqual(asked, []);
  });

  test("is_not_an_entry_with_the_longest_request_that_can_be_made", async () => {
    const { open } = createWorld((call) => (isPost(call) ? "network" : undefined), {
      maxRetries: 0,
      validation: "off",
    });
    const request = {
      model: "model-of-tomorrow",
      prompt: "\u0001".repeat(900_000),
      params: { text: "\u0001".repeat(900_000) },
    };
    await ends((await open()).generate(request, { idempotencyKey: "k" }));
    assert.equal((await ends((await open()).pending())).value.length, 1, "what was written can be read");
  });
});

describe("wrong options are TypeErrors that name them", () => {
  const methods = () => ({ get() {}, set() {}, delete() {}, keys() {} });
  for (const [what, options, path] of [
    ["a text", { store: "indexedDB" }, "options.store"],
    ["a number", { store: 5 }, "options.store"],
    ["a boolean", { store: false }, "options.store"],
    ["a list", { store: [] }, "options.store"],
    ["a Set", { store: new Set() }, "options.store.get"],
    ...["get", "set", "delete", "keys"].map((name) => [
      `a store without ${name}`,
      { store: { ...methods(), [name]: undefined } },
      `options.store.${name}`,
    ]),
    [
      "a getter that throws",
      {
        store: {
          ...methods(),
          get get() {
            throw new Error("mine");
          },
        },
      },
      "options.store.get",
    ],
    ["an account that is a number", { account: 5 }, "options.account"],
    ["an account that is null", { account: null }, "options.account"],
    ["an account that is an object", { account: {} }, "options.account"],
  ]) {
    test(what, async () => {
      const { error } = await ends(createClient({ baseUrl: "https://api.invalid/api/v1", ...options }));
      assert.ok(error instanceof TypeError, String(error));
      assert.ok(error.message.startsWith(path), error.message);
    });
  }

  test("an_argument_of_resume_and_forget_too", async () => {
    const { open, store, posts } = createWorld();
    const client = await open();
    for (const which of [
      undefined,
      null,
      {},
      "k",
      5,
      [],
      { idempotencyKey: 5 },
      { generationId: 5 },
      { generationId: "" },
      { generationId: ".." },
      { idempotencyKey: null },
    ]) {
      assert.ok((await ends(client.resume(which))).error instanceof TypeError, `resume ${JSON.stringify(which)}`);
      assert.ok((await ends(client.forget(which))).error instanceof TypeError, `forget ${JSON.stringify(which)}`);
    }
    assert.deepEqual([store.texts.size, posts.length], [0, 0]);
  });
});
