/** A proxy as one would deploy it: the whole worker. */
import { createProxy, memoryBudget } from "rivya-wasm/edge";

const budget = memoryBudget();

export default createProxy((env) => ({
  apiKey: env.API_KEY,
  signingKey: env.SIGNING_KEY,
  upstream: env.UPSTREAM,
  authorize: (request) => request.headers.get("x-caller"),
  maxUploadBytes: Number(env.MAX_UPLOAD_BYTES),
  allowChunkedUploads: env.ALLOW_CHUNKED === "true",
  ...(env.PLACES && { limits: { concurrentGenerations: Number(env.PLACES), budget } }),
}));
