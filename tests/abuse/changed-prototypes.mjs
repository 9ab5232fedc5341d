/**
 * What another script does to the prototypes that all objects share, and what the package then does. Run as a process
 * of its own, for nothing works in such a process any more but what is careful: `node changed-prototypes.mjs <scenario>
 * <before|after>`, whether the prototypes change before the package is imported or after it. Prints the scenario's
 * findings as JSON.
 */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What has not ended by then hangs: a second look comes after 5 s. */
const LIMIT_MS = 15_000;
const API = "https://rivya.ai/api/v1";
const KEY = "rvya_sk_changed_prototypes";
const HERE = "https://shop.example.com/api/rivya";
const EVIL = "https://evil.example.com";
const SECRET = "x".repeat(32);
const RESULT = "https://media.example.com/1.png";
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

// Node loads its fetch when it is first asked for, and would break by itself.
const answerOf = (text, type = "application/json") =>
  new Response(text, { __proto__: null, status: 200, statusText: "", headers: [["Content-Type", type]] });
await answerOf("").text();
new Request(API, { __proto__: null, method: "POST", body: new FormData() });

const changed = [];
/** Adds members to a prototype, as any script of a page may. */
function change(prototype, members) {
  for (const name of Reflect.ownKeys(members)) {
    Object.defineProperty(prototype, name, {
      __proto__: null,
      ...Object.getOwnPropertyDescriptor(members, name),
      configurable: true,
    });
    changed.push([prototype, name]);
  }
}
const restore = () => changed.forEach(([prototype, name]) => Reflect.deleteProperty(prototype, name));

const load = async () => ({
  __proto__: null,
  ...(await import("rivya-wasm")),
  ...(await import("rivya-wasm/edge")),
  ...(await import("rivya-wasm/emulator")),
});

/** The package, the prototypes changed before or after its import. */
async function loaded(when, ...changes) {
  const before = when === "after" ? await load() : null;
  for (const [prototype, members] of changes) change(prototype, members);
  return before ?? load();
}

const generation = (status) => {
  const result = status === "succeeded" ? `{"primary_url":"${RESULT}","urls":["${RESULT}"]}` : "null";
  return (
    `{"id":"task_1","status":"${status}","model":"z-image","reserved_credits":1,"final_credits":1,` +
    `"created_at":"2026-05-11T00:00:00.000Z","updated_at":"2026-05-11T00:00:00.000Z","result":${result},"error":null}`
  );
};

/** The API as a function that keeps what it was asked with. */
function recording() {
  const calls = [];
  const states = ["queued", "succeeded"];
  const fetch = async (input, init) => {
    const url = String(input);
    const [method, body] = [init.method, init.body];
    calls.push({
      url,
      method,
      body: typeof body === "string" ? body : null,
      headers: Array.from(new Headers(init.headers).entries()),
      init,
    });
    if (url === RESULT) return answerOf(PNG, "image/png");
    if (url.endsWith("/files")) return answerOf('{"id":"file_1","url":"https://cdn.example.com/1.png","kind":"image"}');
    if (url.endsWith("/models")) return answerOf('{"object":"list","data":[]}');
    if (url.endsWith("/credits")) return answerOf('{"current_credits":100}');
    return answerOf(generation(method === "POST" ? "queued" : (states.shift() ?? "succeeded")));
  };
  return { fetch, calls };
}

const photo = () => new Blob([PNG], { __proto__: null, type: "image/png" });
const keyTo = ({ url, headers }) => headers.some(([, value]) => value.includes(KEY)) && new URL(url).host;
const errorOf = (promise) =>
  promise.then(
    () => null,
    (error) => ({ name: error.name, code: error.code ?? null }),
  );
const at = (path, init) => new Request(`${HERE}${path}`, { __proto__: null, method: "GET", ...init });

const delivery = (ageS) => {
  const timestamp = String(Math.floor(Date.now() / 1_000) - ageS);
  const data = generation("succeeded");
  const body = `{"id":"evt_1","type":"generation.succeeded","created_at":"2026-05-11T00:00:00Z","data":${data}}`;
  const signature = createHmac("sha256", SECRET).update(`msg_1.${timestamp}.${body}`).digest("base64");
  return {
    headers: { "webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` },
    body,
  };
};

const SCENARIOS = {
  __proto__: null,

  /** Every option that there is, as anybody's object seems to have it. */
  async options(when) {
    const evil = recording();
    const own = recording();
    const members = {
      __proto__: null,
      ...{
        baseUrl: `${EVIL}/api/v1`,
        upstream: `${EVIL}/api/v1`,
        fetch: evil.fetch,
        downloadFetch: evil.fetch,
        apiKey: "rvya_sk_evil_evil",
        store: null,
      },
      ...{
        headers: { "X-Evil": "1" },
        credentials: "include",
        validation: "off",
        idempotencyKey: "evil",
        references: [photo()],
        account: "evil",
        key: "evil",
      },
      ...{
        allowedOrigins: [EVIL],
        allowedHeaders: ["x-evil"],
        basePath: "/evil",
        models: ["evil"],
        credits: true,
        ok: true,
      },
      ...{
        toleranceMs: 1e12,
        scheme: { evil: 1 },
        claim: async () => true,
        dangerouslyAllowBrowser: true,
        publicUrl: EVIL,
        look: { caller: "ada", id: "evil" },
      },
      ...{
        status: 200,
        json: { current_credits: 666 },
        document: {},
        WebSocketPair: class {},
        removed: ["evil"],
        mayRepeat: () => false,
        soFar: { attempts: 99 },
      },
    };
    globalThis.fetch = own.fetch;
    const { createClient, createProxy, createEmulator, verifyWebhook } = await loaded(when, [
      Object.prototype,
      members,
    ]);
    const client = await createClient({ apiKey: KEY });
    await client.generate({ model: "z-image", prompt: "x" });
    const keys = own.calls.flatMap(({ headers }) => headers.filter(([name]) => name === "idempotency-key"));
    const dead = await createClient({
      apiKey: KEY,
      fetch: async () => Promise.reject(new TypeError("refused")),
      maxRetries: 0,
    });
    const failure = await dead.credits.retrieve().then(
      ({ current_credits }) => ({ current_credits }),
      ({ code, attempts }) => ({ code, attempts }),
    );
    const proxy = createProxy({ apiKey: KEY, signingKey: "s".repeat(32), authorize: async () => ({ id: "ada" }) });
    const statusOf = async (request) => (await proxy.fetch(request)).status;
    const emulator = await createEmulator({}).then(
      (made) => [made.ledger().credits, made.options.baseUrl.startsWith(EVIL)],
      String,
    );
    return {
      keyWentTo: [...new Set(own.calls.map(keyTo))],
      stolen: evil.calls.map(({ url }) => url),
      evilHeaders: own.calls.flatMap(({ headers }) => headers.filter(([name]) => name === "x-evil")),
      evilKeys: keys.filter(([, value]) => value === "evil"),
      posts: own.calls.filter(({ method }) => method === "POST").map(({ url }) => url),
      failure,
      models: await statusOf(at("/models")),
      balance: await statusOf(at("/credits")),
      foreign: await statusOf(at("/models", { headers: [["Origin", EVIL]] })),
      forged: await statusOf(at("/generations/task_raw")),
      old: await errorOf(verifyWebhook(delivery(3_600), { secret: SECRET })),
      unread: await errorOf(createClient({ apiKey: KEY, fetch: {} })),
      emulator,
    };
  },

  /** What is checked and what is sent, with a `toJSON` wherever one may stand. */
  async serialising(when) {
    const toJSON = () => "evil";
    const everywhere = [Object, Array, String, Number, Boolean].map(({ prototype }) => [
      prototype,
      { __proto__: null, toJSON },
    ]);
    const { fetch, calls } = recording();
    const { createClient, createProxy } = await loaded(when, ...everywhere);
    const texts = new Map();
    const store = {
      get: async (key) => texts.get(key) ?? null,
      set: async (key, text) => void texts.set(key, text),
      delete: async (key) => void texts.delete(key),
      keys: async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
    };
    const client = await createClient({ apiKey: KEY, fetch, downloadFetch: fetch, store });
    const lines = [{ text: "Hi", voice: "Rachel" }];
    await client.generations.create(
      { model: "tomorrow", prompt: "x", params: { lines, seed: 5, flag: true, none: null } },
      { idempotencyKey: "k" },
    );
    await client.generate({
      model: "nano-banana-2",
      prompt: "y",
      params: { aspect_ratio: "1:1" },
      references: [photo()],
    });
    const entries = [...texts.values()].join("\n");
    const seen = [];
    const watched = await createClient({ apiKey: KEY, fetch: recording().fetch, store: null });
    const watching = (async () => {
      for await (const { status } of watched.generations.watch("task_1", { waitTimeoutMs: LIMIT_MS }))
        seen.push(status);
    })();
    await errorOf(watching);
    const proxy = createProxy({
      apiKey: KEY,
      signingKey: "s".repeat(32),
      authorize: () => "ada",
      fetch,
      upstream: API,
    });
    const refused = await (await proxy.fetch(at("/generations/nobodys"))).text();
    const headers = [
      ["X-Rivya-Client", "t"],
      ["Idempotency-Key", "k"],
      ["Content-Type", "application/json"],
    ];
    await proxy.fetch(at("/generations", { method: "POST", headers, body: '{"model":"z-image","prompt":"z"}' }));
    return { bodies: calls.flatMap(({ body }) => (body === null ? [] : [body])), refused, seen, entries };
  },

  /**
   * Members that a property's descriptor may have. Node itself can make neither Blobs nor Responses then: nothing here
   * asks it to.
   */
  async descriptors(when) {
    const evil = () => "evil";
    const members = {
      __proto__: null,
      get: evil,
      set: evil,
      value: "evil",
      writable: false,
      enumerable: false,
      configurable: false,
    };
    const { createClient, createProxy, createEmulator, RivyaError } = await loaded(when, [Object.prototype, members]);
    const client = await createClient({
      apiKey: KEY,
      fetch: async () => ({ status: 200, text: async () => generation("succeeded") }),
      store: null,
    });
    const { status } = await client.generate({ model: "z-image", prompt: "x" });
    const error = await client.generate({ model: "z-image", params: { nope: 1 } }).catch((thrown) => thrown);
    const proxy = createProxy({ apiKey: KEY, signingKey: "s".repeat(32), authorize: () => "ada" });
    const emulator = await createEmulator();
    return {
      status,
      error: [error instanceof RivyaError, error.name, error.code, error.issues.length],
      fetches: [typeof proxy.fetch, typeof emulator.fetch],
      boundId: (await proxy.bindId("task", "task_1", "ada")).startsWith("task_1."),
      keys: Object.keys(client),
    };
  },

  /** What the platform would read out of each object of options that it is handed. */
  async inits(when) {
    const evil = () => "evil";
    const members = {
      __proto__: null,
      ...{
        method: "DELETE",
        body: "evil",
        redirect: "follow",
        mode: "cors",
        credentials: "include",
        cache: "reload",
        referrer: EVIL,
        integrity: "sha256-x",
      },
      ...{
        keepalive: true,
        signal: new AbortController().signal,
        duplex: "full",
        priority: "low",
        proxy: EVIL,
        tls: {},
        cf: {},
        headers: [["X-Evil", "1"]],
      },
      ...{
        status: 666,
        statusText: "evil",
        endings: "native",
        start: evil,
        transform: evil,
        ifAvailable: true,
        steal: true,
        autoAllocateChunkSize: 1,
      },
    };
    const names = Object.keys(members);
    const taken = new Set();
    const look = (what, init) => {
      if (typeof init === "object" && init !== null)
        for (const name of names) if (init[name] === members[name]) taken.add(`${what}: ${name}`);
    };
    const spied = (fetch) => (input, init) => (look("fetch", init), fetch(input, init));
    // The package makes each of them by its global name. The first argument of some, and the last of all, is read by
    // name.
    for (const name of ["Request", "Response", "Blob", "ReadableStream"]) {
      const construct = (Base, args) => {
        if (/[\\/]dist[\\/]/.test(new Error().stack.split("\n")[2]))
          args.slice(name === "ReadableStream" ? 0 : 1).forEach((arg) => look(name, arg));
        return Reflect.construct(Base, args);
      };
      globalThis[name] = new Proxy(globalThis[name], { __proto__: null, construct });
    }
    const { fetch, calls } = recording();
    // Answers are made before: Node's own Response takes its status from there.
    const { createClient, createProxy, createEmulator } = await loaded(when);
    const client = await createClient({ apiKey: KEY, fetch: spied(fetch), downloadFetch: spied(fetch) });
    const proxy = createProxy({
      apiKey: KEY,
      signingKey: "s".repeat(32),
      authorize: () => "ada",
      fetch: spied(fetch),
      upstream: API,
    });
    const emulator = await createEmulator({ pace: { queuedMs: 0, processingMs: 0 } });
    const [models, nothing] = [at("/models"), at("/nothing")];
    const painted = await createClient({
      ...emulator.options,
      fetch: spied(emulator.fetch),
      downloadFetch: spied(emulator.fetch),
    });
    change(Object.prototype, members);
    const late = new Promise((resolve) => setTimeout(resolve, LIMIT_MS, [{ reason: "it came to no end" }]));
    const working = Promise.allSettled([
      client
        .generate({ model: "nano-banana-2", prompt: "x", references: [photo()] })
        .then((done) => client.download(done)),
      proxy.fetch(models),
      proxy.fetch(nothing),
      painted
        .generate({ model: "nano-banana-2", prompt: "x", references: [photo()] })
        .then((done) => painted.download(done)),
    ]);
    const results = await Promise.race([working, late]);
    return {
      taken: [...taken].sort(),
      methods: calls.map(({ method }) => method).sort(),
      ended: results.map(({ reason }) => String(reason?.stack ?? "well")),
    };
  },

  /**
   * Every name in the package's files, on `Object.prototype` as an accessor that tells who came by: none of our own
   * code may.
   */
  async everything(when) {
    // What the language itself asks each object for: a promise's `then`, an iterator's `return`. And what
    // wasm-bindgen's glue looks for a global object by.
    const others = ["then", "return", "self", "window"];
    // Instances of the glue's classes, and what a platform's own constructor sets.
    const written = ["ptr", "__wbg_ptr", "_wbg_cb_unref", "port1", "port2"];
    const files = ["rivya-wasm", "rivya-wasm/edge", "rivya-wasm/emulator"].map((name) =>
      fileURLToPath(import.meta.resolve(name)),
    );
    const sources = files.map((file) => readFileSync(file, "utf8").replace(/"[^"\\]{1000,}"/g, '""'));
    const names = new Set(sources.flatMap((source) => source.match(/[A-Za-z_$][\w$]*/g)));
    // Node itself would stop where a descriptor has one of these: the scenario `descriptors` has them.
    for (const name of [...Object.getOwnPropertyNames(Object.prototype), "get", "set", "value", "writable", ...others])
      names.delete(name);
    const passed = new Set();
    let isTelling = false;
    const tell = (what) => {
      if (isTelling) return;
      isTelling = true;
      const caller = new Error().stack.split("\n")[3] ?? "";
      const isOurs = files.some((file) => caller.includes(file));
      if (isOurs) passed.add(what);
      isTelling = false;
    };
    const members = { __proto__: null };
    for (const name of names) {
      Object.defineProperty(members, name, {
        get() {
          tell(`${name} is read`);
          return undefined;
        },
        set(value) {
          if (!written.includes(name)) tell(`${name} is written`);
          Object.defineProperty(this, name, {
            __proto__: null,
            value,
            writable: true,
            enumerable: true,
            configurable: true,
          });
        },
        enumerable: true,
      });
    }
    const { createClient, createProxy, createEmulator, memoryBudget, verifyWebhook } = await loaded(when, [
      Object.prototype,
      members,
    ]);
    const pace = { queuedMs: 0, processingMs: 0 };
    const emulator = await createEmulator({ credits: 500, pace, webhooks: [], publicUrl: "https://rivya.ai" });
    const client = await createClient(emulator.options);
    const request = {
      model: "nano-banana-2",
      prompt: "x",
      params: { aspect_ratio: "1:1" },
      references: [photo(), { url: "https://x.example.com/a.png", kind: "image" }],
    };
    const done = await client.generate(request, { onProgress() {} });
    await client.download(done, { onProgress() {} });
    let states = 0;
    for await (const _ of client.generations.watch(done.id)) states += 1;
    await client.generations.wait(done.id);
    await errorOf(
      client.generate({ ...request, references: [PNG, new DataView(new ArrayBuffer(8)), new File([], "")] }),
    );
    await client.files.inspect(photo());
    await client.files.upload(photo(), { onProgress() {} });
    const made = await client.generations.create({ model: "z-image", prompt: "x" }, { idempotencyKey: "k" });
    await client.pending();
    await client.resume({ generationId: made.id });
    await client.forget({ idempotencyKey: "k" });
    await client.models.list();
    await client.credits.retrieve();
    client.validate({ model: "z-image", nope: 1 });
    await errorOf(client.generate({ model: "z-image", prompt: "x", params: { nope: 1 } }));
    await errorOf(client.generations.retrieve("nobodys"));
    for (const fetch of [
      async () => Promise.reject(new Error("refused")),
      async () => ({ status: 200, text: async () => "{}" }),
    ]) {
      const failing = await createClient({ ...emulator.options, fetch, downloadFetch: fetch, maxRetries: 0 });
      await errorOf(failing.credits.retrieve());
      await errorOf(failing.download(done));
    }
    const limits = { budget: memoryBudget(), requestsPerMinute: 1_000, creditsPerDay: 1_000, concurrentGenerations: 5 };
    const options = {
      apiKey: emulator.options.apiKey,
      signingKey: "s".repeat(32),
      upstream: API,
      fetch: emulator.fetch,
      allowChunkedUploads: true,
    };
    const proxy = createProxy({ ...options, authorize: async () => "ada", limits });
    const visitor = await createClient({
      baseUrl: HERE,
      fetch: (url, init) => proxy.fetch(new Request(url, init)),
      downloadFetch: emulator.fetch,
    });
    const { id } = await visitor.generate({ model: "nano-banana-2", prompt: "x", references: [photo()] });
    await errorOf(visitor.credits.retrieve());
    await visitor.models.list();
    for (const path of [
      `/generations/${id}`,
      `/generations/${id}`,
      `/generations/${id}/results/0`,
      "/files/nobodys",
      "/nothing",
    ])
      await (await proxy.fetch(at(path))).arrayBuffer();
    await proxy.fetch(
      at("/models", {
        method: "OPTIONS",
        headers: [
          ["Origin", EVIL],
          ["Access-Control-Request-Method", "GET"],
        ],
      }),
    );
    await proxy.openId("task", await proxy.bindId("task", "task_1", "ada"), "ada");
    await verifyWebhook(delivery(0), { secret: SECRET });
    await errorOf(verifyWebhook(delivery(3_600), { secret: SECRET }));
    return { passed: [...passed].sort(), states };
  },
};

const [scenario, when] = process.argv.slice(2);
let found;
try {
  found = await SCENARIOS[scenario](when);
} catch (error) {
  found = { failed: String(error?.stack ?? error) };
}
restore();
process.stdout.write(JSON.stringify(found), () => process.exit());
