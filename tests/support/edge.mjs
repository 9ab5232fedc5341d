/** A proxy in this process, the API behind it as a function that keeps book, and the callers before it. */
import { createProxy } from "rivya-wasm/edge";

export const SHOP = "https://shop.test";
export const BASE = `${SHOP}/api/rivya`;
export const UPSTREAM = "https://api.invalid/api/v1";
export const API_KEY = "rvya_sk_the_key_that_nobody_sees";
export const SIGNING_KEY = "the signing key of these tests, longer than 32 bytes";
/** None of them may ever leave the proxy. */
export const SECRETS = [API_KEY, SIGNING_KEY];

const PICTURE = "https://media.example.com/picture.png";
const generation = (id, status) => ({
  id,
  status,
  model: "z-image",
  reserved_credits: 1,
  result: status === "succeeded" ? { primary_url: PICTURE, urls: [PICTURE] } : null,
});

/** An answer of the API. */
export const answer = (status, value, headers = {}) =>
  new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json", ...headers } });
/** A refusal of the API, in its envelope. */
export const refusal = (status, code, headers) =>
  answer(status, { error: { code, message: `About ${code}.`, requestId: "req_1" } }, headers);

/**
 * The API as a function: `behave(call)` answers a call `{ method, url, path, headers, body }`, or gives undefined for
 * an ordinary answer. `calls` holds all of them: what is not in it was not sent.
 */
export function recordingApi(behave = () => undefined) {
  const calls = [];
  const fetch = async (url, init = {}) => {
    const path = url.startsWith(UPSTREAM) ? url.slice(UPSTREAM.length) : url;
    const call = {
      method: init.method ?? "GET",
      url,
      path,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: init.body ?? null,
      init,
    };
    calls.push(call);
    return (await behave(call, calls.length - 1)) ?? ordinary(call, calls.length);
  };
  return { fetch, calls };
}

function ordinary({ method, path }, number) {
  if (path === "/models") return answer(200, { object: "list", data: [] });
  if (path === "/credits") return answer(200, { current_credits: 100 });
  if (path === "/generations" && method === "POST") return answer(202, generation(`task_${number}`, "queued"));
  if (path === "/files" && method === "POST")
    return answer(201, { id: `file_${number}`, kind: "image", url: "https://cdn.invalid/1.png" });
  if (path.startsWith("/generations/")) return answer(200, generation(decodeURIComponent(path.slice(13)), "succeeded"));
  if (path.startsWith("/files/"))
    return answer(200, { id: decodeURIComponent(path.slice(7)), kind: "image", url: "https://cdn.invalid/1.png" });
  if (path === PICTURE)
    return new Response("picture", { headers: { "Content-Type": "image/png", "Content-Length": "7" } });
  return refusal(404, "not_found");
}

/** Who calls is what the session says: `x-caller: ann`; without it nobody. */
const sessionOf = (request) => request.headers.get("x-caller");

/**
 * A proxy before such an API. `ask(path, init)` calls it below its base path as `ann` and reads the answer:
 * `{ status, headers, text, json }`; `send` takes a whole Request. Options go over the usual ones.
 */
export function startProxy({ api = recordingApi(), ...options } = {}) {
  const proxy = createProxy({
    apiKey: API_KEY,
    signingKey: SIGNING_KEY,
    authorize: sessionOf,
    upstream: UPSTREAM,
    fetch: api.fetch,
    ...options,
  });
  const send = async (request) => {
    const response = await proxy.fetch(request);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  };
  const ask = (path, { caller = "ann", headers, ...init } = {}) =>
    send(new Request(BASE + path, { ...init, headers: { ...(caller && { "X-Caller": caller }), ...headers } }));
  return {
    proxy,
    api,
    send,
    ask,
    submit: (changes) => ask("/generations", submission(changes)),
    upload: (changes) => ask("/files", form(changes)),
  };
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What submits a picture; `body` as an object or as text. */
export const submission = ({
  key = "key-1",
  body = { model: "z-image", prompt: "a hill" },
  headers,
  ...init
} = {}) => ({
  method: "POST",
  body: typeof body === "string" || body instanceof ReadableStream ? body : JSON.stringify(body),
  headers: {
    "X-Rivya-Client": "test",
    "Content-Type": "application/json",
    ...(key !== null && { "Idempotency-Key": key }),
    ...headers,
  },
  ...(body instanceof ReadableStream && { duplex: "half" }),
  ...init,
});

export const FORM_TEXT = '--frontier\r\nContent-Disposition: form-data; name="kind"\r\n\r\nimage\r\n--frontier--\r\n';
/** What uploads a form, saying its length as HTTP servers pass it on. */
export const form = ({ body = FORM_TEXT, length = String(FORM_TEXT.length), headers, ...init } = {}) => ({
  method: "POST",
  body,
  headers: {
    "X-Rivya-Client": "test",
    "Content-Type": "multipart/form-data; boundary=frontier",
    ...(length !== null && { "Content-Length": length }),
    ...headers,
  },
  ...(body instanceof ReadableStream && { duplex: "half" }),
  ...init,
});

/**
 * `totalBytes` in chunks, made as they are pulled; `pulled()` tells how many bytes were, `cancelled()` whether nobody
 * wants more.
 */
export function endlessBody(totalBytes, chunk = new Uint8Array(65_536).fill(0x20)) {
  let pulledBytes = 0;
  let isCancelled = false;
  const body = new ReadableStream(
    {
      pull(controller) {
        pulledBytes += chunk.byteLength;
        controller.enqueue(chunk);
        if (pulledBytes >= totalBytes) controller.close();
      },
      cancel: () => void (isCancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { body, pulled: () => pulledBytes, cancelled: () => isCancelled };
}

/** Keeps what `console.error` is told, for the length of a test. */
export function captureErrors(t) {
  const lines = [];
  t.mock.method(console, "error", (...parts) => lines.push(parts.map(String).join(" ")));
  return lines;
}
