/** A proxy as one would deploy it: the whole worker. */
import { createProxy, memoryBudget } from "rivya-wasm/edge";

const budget = memoryBudget();

/** Answers whose body JavaScript has made: no stream of bytes. */
async function inPieces(address, init) {
  const { body, status, headers } = await fetch(address, init);
  return new Response(body.pipeThrough(new TransformStream()), { status, headers });
}

export default createProxy((env) => ({
  apiKey: env.API_KEY,
  signingKey: env.SIGNING_KEY,
  upstream: env.UPSTREAM,
  authorize: (request) => request.headers.get("x-caller"),
  maxUploadBytes: Number(env.MAX_UPLOAD_BYTES),
  allowChunkedUploads: env.ALLOW_CHUNKED === "true",
  fetch: env.IN_PIECES === "true" ? inPieces : undefined,
  ...(env.PLACES && { limits: { concurrentGenerations: Number(env.PLACES), budget } }),
}));
