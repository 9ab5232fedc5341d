// What runs in the page: one client, and bare fetch of the very requests that the client sends.

import { watchWasmMemory } from "/wasm-memory.js";

const API = `${location.origin}/api`;

/** Bytes of the WebAssembly memory of the page's client. */
globalThis.wasmBytes = watchWasmMemory();

/** Of this package: `name` tells the server who asked. */
const rivya = (name, options = {}) => ({
  make: ({ createClient }, more) => createClient({ baseUrl: `${API}/${name}`, ...options, ...more }),
  // Looks at generations share five places a second, so that a page never meets the API's limit: those would measure
  // the pause.
  look: (client) => client.credits.retrieve(),
  upload: (client, file) => client.files.upload(file, { model: "nano-banana-2", keepMetadata: true }),
  cut: (client, file) => client.files.upload(file, { model: "nano-banana-2" }),
});

/**
 * By the bundle's name: `make(module)` answers a client that is ready for its first call; `look` is its small call, and
 * `upload`, where its API has one like it, sends a file in a form. What is not asked for stays at its default.
 */
const CLIENTS = {
  // Bare fetch against itself: how far a ratio is off by chance alone.
  plain: {
    make: () => null,
    look: async () => (await fetch(`${API}/plain/credits`, { headers: { Accept: "application/json" } })).json(),
    upload: async (_, file) => {
      const form = new FormData();
      form.append("file", file);
      return (await fetch(`${API}/plain/files`, { method: "POST", body: form })).json();
    },
  },
  rivya: rivya("rivya"),
  slim: rivya("slim", { wasm: "/client.wasm" }),
  // Two packages of ours, each in two pages (`benches/before.mjs`).
  ...Object.fromEntries(["old", "old-again", "new", "new-again"].map((name) => [name, rivya(name)])),
  fal: {
    // In a page it is meant to be used through a proxy, which is told the URL by a header.
    make: ({ createFalClient }) => createFalClient({ proxyUrl: `${API}/fal/proxy` }),
    look: (client) => client.queue.status("fal-ai/bench", { requestId: "bench" }),
  },
  replicate: {
    make: ({ default: Replicate }) => new Replicate({ auth: "bench", baseUrl: `${API}/replicate` }),
    look: (client) => client.predictions.get("bench"),
    upload: (client, file) => client.files.create(file),
  },
  openai: {
    make: ({ default: OpenAI }) =>
      new OpenAI({ apiKey: "bench", baseURL: `${API}/openai`, dangerouslyAllowBrowser: true }),
    look: (client) => client.models.retrieve("bench"),
    upload: (client, file) => client.files.create({ file, purpose: "vision" }),
  },
};

const timed = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** From before the import until the client is ready for its first call. */
globalThis.ready = (name) => timed(async () => CLIENTS[name].make(await import(`/bundles/${name}.js`)));

/**
 * What a client gives to fetch for one call, without its signal: bare fetch is asked for the same, so that only the
 * client's own work differs.
 */
async function requestOf(module, { make }, call) {
  const { fetch } = globalThis;
  let request;
  globalThis.fetch = (url, { signal, ...init } = {}) => {
    request = { url: new URL(url), init };
    return fetch(url, { signal, ...init });
  };
  try {
    // Some keep the fetch that they find when they are made.
    await call(await make(module));
  } finally {
    globalThis.fetch = fetch;
  }
  if (request === undefined) throw new Error("the client asked for nothing");
  // The server tells by it who asked. A name that costs nothing to look up, for neither side.
  request.url.search = "?bare";
  return {
    url: request.url.href,
    init: { ...request.init, headers: Object.fromEntries(new Headers(request.init.headers)) },
  };
}

/** The same form with another file in it. */
function formLike(form, file) {
  const other = new FormData();
  for (const [name, value] of form) {
    if (value instanceof File && value.type === file.type) other.append(name, file, value.name);
    else other.append(name, value);
  }
  return other;
}

const sequential = async (calls, call) => {
  for (let done = 0; done < calls; done += 1) await call();
};
const together = async (calls, atOnce, call) => {
  for (let done = 0; done < calls; done += atOnce) await Promise.all(Array.from({ length: atOnce }, call));
};

/** Makes the page's client ready to be measured. Answers whether it uploads. */
globalThis.prepare = async (name) => {
  const client = CLIENTS[name];
  const module = await import(`/bundles/${name}.js`);
  const { withMetadata } = await import("/metadata.js");
  const photo = new Blob([await (await fetch("/photo.png")).arrayBuffer()], { type: "image/png" });
  const tagged = await withMetadata(photo);
  // A new one each time: our client knows files by identity, and would send none twice.
  const fresh = (source) => new File([source], "photo.png", { type: "image/png" });
  const made = await client.make(module);
  const bareLook = await requestOf(module, client, client.look);
  const look = { client: () => client.look(made), bare: async () => (await fetch(bareLook.url, bareLook.init)).json() };
  const ways = {
    sequential: (side, { calls }) => sequential(calls, look[side]),
    together: (side, { calls, atOnce }) => together(calls, atOnce, look[side]),
  };
  for (const [way, source] of [
    ["upload", photo],
    ["cut", tagged],
  ]) {
    if (client[way] === undefined) continue;
    const { url, init } = await requestOf(module, client, (made) => client[way](made, fresh(source)));
    const upload = {
      client: () => client[way](made, fresh(source)),
      bare: async () => (await fetch(url, { ...init, body: formLike(init.body, fresh(source)) })).json(),
    };
    ways[way] = (side, { uploads }) => sequential(uploads, upload[side]);
  }
  globalThis.ways = ways;
  return Object.keys(ways);
};

/** Over a fetch that answers at once, in the page: a client's own work for its small call. */
globalThis.prepareOwn = async (name) => {
  const client = CLIENTS[name];
  const fetch = async () => Response.json({ current_credits: 100 });
  const made = await client.make(await import(`/bundles/${name}.js`), { fetch });
  globalThis.ways.own = (_, { calls }) => sequential(calls, () => client.look(made));
};

/** One turn of both sides, who is first being told: milliseconds. */
globalThis.turn = async (way, order, counts) => {
  const taken = {};
  for (const side of order) taken[side] = await timed(() => globalThis.ways[way](side, counts));
  return taken;
};
globalThis.isPrepared = true;
