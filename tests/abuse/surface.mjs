/**
 * Every exported function with arguments that are right, and the paths in them that a test may put something else at:
 * an argument's number, then names and indices. `call(package, client, args)` makes the call and waits for its end.
 */
import { API, generation } from "../support/fake-api.mjs";
import { smallJpeg } from "../support/pictures.mjs";

const photo = () => new Blob([smallJpeg()], { type: "image/jpeg" });
const signal = () => new AbortController().signal;
const requestOptions = () => ({ signal: signal(), timeoutMs: 1_000 });
const waitOptions = () => ({ signal: signal(), waitTimeoutMs: 60_000, onProgress: () => {} });
const request = () => ({
  model: "nano-banana-2",
  prompt: "both",
  params: { aspect_ratio: "1:1", resolution: "1K" },
  references: [
    photo(),
    "https://x.invalid/a.png",
    { url: "https://x.invalid/b.png", kind: "image", name: "b.png", mimeType: "image/png" },
  ],
  client_request_id: "abuse-1",
});
const body = () => ({
  model: "nano-banana-2",
  prompt: "one",
  params: { aspect_ratio: "1:1", referenceMediaItems: [{ url: "https://x.invalid/b.png", kind: "image" }] },
  client_request_id: "abuse-1",
});

export const SURFACE = [
  {
    name: "createClient",
    args: () => [
      {
        baseUrl: API,
        apiKey: "rvya_sk_abuse",
        dangerouslyAllowBrowser: false,
        headers: { "X-Session": "1" },
        credentials: "omit",
        fetch: globalThis.fetch,
        downloadFetch: { fetch: globalThis.fetch },
        maxRetries: 1,
        timeoutMs: 1_000,
        stallMs: 1_000,
        maxConcurrentUploads: 2,
        maxResultBytes: 1_000_000,
        validation: "strict",
        account: "ada",
        store: { get: async () => null, set: async () => {}, delete: async () => {}, keys: async () => [] },
      },
    ],
    async call({ createClient }, _client, args) {
      const client = await createClient(...args);
      try {
        return await client.credits.retrieve();
      } finally {
        client.free();
      }
    },
  },
  {
    name: "generate",
    args: () => [request(), { ...waitOptions(), idempotencyKey: "key-1", validation: "strict" }],
    call: (_package, client, args) => client.generate(...args),
  },
  { name: "validate", args: () => [request()], call: async (_package, client, args) => client.validate(...args) },
  {
    name: "download",
    args: () => [generation("succeeded"), requestOptions()],
    call: (_package, client, args) => client.download(...args),
  },
  {
    name: "generations.create",
    args: () => [body(), { ...requestOptions(), idempotencyKey: "key-1" }],
    call: (_package, client, args) => client.generations.create(...args),
  },
  {
    name: "generations.retrieve",
    args: () => ["task_1", requestOptions()],
    call: (_package, client, args) => client.generations.retrieve(...args),
  },
  {
    name: "generations.wait",
    args: () => ["task_1", waitOptions()],
    call: (_package, client, args) => client.generations.wait(...args),
  },
  {
    name: "generations.watch",
    args: () => ["task_1", waitOptions()],
    async call(_package, client, args) {
      let last;
      for await (const each of client.generations.watch(...args)) last = each;
      return last;
    },
  },
  { name: "pending", args: () => [], call: (_package, client) => client.pending() },
  {
    name: "resume",
    args: () => [{ idempotencyKey: "key-1", generationId: "task_1" }, waitOptions()],
    call: (_package, client, args) => client.resume(...args),
  },
  {
    name: "forget",
    args: () => [{ idempotencyKey: "key-1" }],
    call: (_package, client, args) => client.forget(...args),
  },
  {
    name: "files.upload",
    args: () => [
      photo(),
      { ...requestOptions(), kind: "image", model: "nano-banana-2", name: "a.jpg", client_request_id: "x" },
    ],
    call: (_package, client, args) => client.files.upload(...args),
  },
  {
    name: "files.retrieve",
    args: () => ["file_1", requestOptions()],
    call: (_package, client, args) => client.files.retrieve(...args),
  },
  {
    name: "models.list",
    args: () => [requestOptions()],
    call: (_package, client, args) => client.models.list(...args),
  },
  {
    name: "credits.retrieve",
    args: () => [requestOptions()],
    call: (_package, client, args) => client.credits.retrieve(...args),
  },
];

/** Every path in `args`: `[0]`, `[0, "model"]`, `[0, "references", 1]`, … Blobs, signals and functions are leaves. */
export function pathsOf(args) {
  const paths = [];
  const visit = (value, path) => {
    if (path.length > 0) paths.push(path);
    const isTree =
      Array.isArray(value) ||
      (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype);
    if (isTree)
      for (const key of Object.keys(value)) visit(value[key], [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(args, []);
  return paths;
}

/** `args` with `value` at `path`. */
export function withValueAt(args, path, value) {
  let place = args;
  for (const key of path.slice(0, -1)) place = place[key];
  place[path.at(-1)] = value;
  return args;
}
