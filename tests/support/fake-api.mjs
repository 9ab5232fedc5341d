/**
 * The API as a function in this process, for tests that ask what a client does and not what the API says. Runs in Node
 * and in pages.
 *
 * `behave(call)` decides what becomes of a call `{ method, path, number, body }`: `undefined` for an ordinary answer,
 * or one of `{ status, json | text | bytes, headers }`, `"network"` (rejects as fetch does), `"throw"` (throws at
 * once), `"hang"` (until aborted), `"hang_body"` (half an answer, then nothing until aborted), `"nonsense"` (resolves
 * with no Response). `inFlight()` tells what was neither answered and read, nor cancelled, nor aborted.
 */
import { tinyPng } from "./tiny-png.mjs";

export const API = "https://api.invalid/api/v1";
const RESULT_URL = "https://media.example.com/result.png";
const TASK = {
  id: "task_fake_1",
  status: "queued",
  model: "z-image",
  reserved_credits: 1,
  final_credits: 0,
  created_at: "2026-05-11T00:00:00.000Z",
  updated_at: "2026-05-11T00:00:00.000Z",
  result: null,
  error: null,
};

/** Generations in their states, as the contract's samples have them. */
export const generation = (status) => ({
  ...TASK,
  status,
  final_credits: status === "succeeded" ? 1 : 0,
  result: status === "succeeded" ? { primary_url: RESULT_URL, urls: [RESULT_URL] } : null,
  error: status === "failed" ? { code: "generation_failed", message: "The generation failed." } : null,
});
/** An answer that is a result. */
export const PICTURE = { bytes: tinyPng(), headers: { "Content-Type": "image/png" } };
/** An error answer in the documented envelope. */
export const refusal = (status, code, headers) => ({
  status,
  json: { error: { code, message: `About ${code}.`, requestId: "req_fake" } },
  headers,
});

// Taken at import: its own bookkeeping is not for the books that a test keeps.
const { addEventListener, removeEventListener } = EventTarget.prototype;

export function createFakeApi(behave = () => undefined, { onHangingBody = () => {} } = {}) {
  const open = new Set();
  const calls = [];

  function fetch(input, init) {
    const request = typeof input === "object" && "method" in input ? input : null;
    const url = request?.url ?? String(input);
    const signal = init?.signal ?? request?.signal ?? null;
    const path = url.startsWith(API) ? url.slice(API.length) : url;
    const call = { method: init?.method ?? request?.method ?? "GET", path, number: calls.length, body: init?.body };
    calls.push(call);
    const answer = behave(call) ?? ordinary(call);
    if (answer === "throw") throw new Error("this fetch throws");
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (answer === "network") return reject(new TypeError("fetch failed"));
      if (answer === "nonsense") return resolve({ ok: true });
      const entry = { text: `${call.method} ${path}` };
      let body = null;
      const end = () => {
        open.delete(entry);
        if (signal) removeEventListener.call(signal, "abort", abort);
      };
      const abort = () => {
        end();
        reject(signal.reason);
        body?.error(signal.reason);
      };
      open.add(entry);
      if (signal) addEventListener.call(signal, "abort", abort);
      if (answer === "hang") return;
      const hangs = answer === "hang_body";
      // A result that hangs is one that began as a picture does.
      const half = path === RESULT_URL ? PICTURE : { text: '{"id":"task_fa' };
      const {
        status = 200,
        json,
        text = JSON.stringify(json),
        bytes = new TextEncoder().encode(text),
        headers = {},
      } = hangs ? half : answer;
      const stream = new ReadableStream(
        {
          start: (controller) => void (body = controller),
          pull(controller) {
            controller.enqueue(bytes);
            if (hangs) return new Promise(() => {});
            controller.close();
            body = null;
            end();
          },
          cancel: end,
        },
        { highWaterMark: 0 },
      );
      const response = new Response(stream, { status, headers: { "Content-Type": "application/json", ...headers } });
      if (hangs) onHangingBody(response);
      resolve(response);
    });
  }
  return { fetch, calls, inFlight: () => [...open].map(({ text }) => text) };
}

function ordinary({ method, path, number }) {
  if (path === "/credits") return { json: { current_credits: 100 } };
  if (path === "/models") return { json: { object: "list", data: [] } };
  if (path === "/generations") return { status: 201, json: generation("queued") };
  if (path.startsWith("/generations/")) return { json: generation("succeeded") };
  if (path === "/files")
    return {
      status: 201,
      json: { id: `file_fake_${number}`, url: `https://cdn.invalid/${number}.png`, kind: "image" },
    };
  if (path.startsWith("/files/"))
    return { json: { id: path.slice(7), url: "https://cdn.invalid/1.png", kind: "image" } };
  if (path === RESULT_URL) return PICTURE;
  return refusal(404, "not_found", { "X-Method": method });
}
