/** A proxy as one would deploy it: the whole worker. */
import { createProxy } from "rivya-wasm/edge";

export default createProxy((env) => ({
  apiKey: env.API_KEY,
  signingKey: env.SIGNING_KEY,
  upstream: env.UPSTREAM,
  authorize: (request) => request.headers.get("x-caller"),
  maxUploadBytes: Number(env.MAX_UPLOAD_BYTES),
  allowChunkedUploads: env.ALLOW_CHUNKED === "true",
}));
