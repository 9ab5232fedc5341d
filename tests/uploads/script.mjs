// Uploads a photo in Node, Deno or Bun, and prints what was told of it. Arguments: base URL, bytes, and whether the
// upload is aborted half way.
import { createClient } from "../../dist/index.node.js";
import { noisePng } from "../support/pictures.mjs";

const [baseUrl, bytes, aborts] = process.argv.slice(2);
const client = await createClient({ baseUrl, apiKey: "rvya_sk_emulator" });
const photo = new Blob([noisePng({ maxBytes: Number(bytes) })]);
const told = [];
const aborting = new AbortController();
const onProgress = ({ loadedBytes, totalBytes }) => {
  told.push({ loadedBytes, totalBytes, atMs: performance.now() });
  if (aborts && loadedBytes > 0) aborting.abort(new Error("the caller has left"));
};
const outcome = await client.files.upload(photo, { model: "nano-banana-2", onProgress, signal: aborting.signal }).then(
  (uploaded) => ({ uploaded }),
  ({ message, code }) => ({ error: { message, code } }),
);
console.log(JSON.stringify({ bytes: photo.size, told, ...outcome }));
