// Uploads a photo that lies on disk, in Node or Bun, and prints what was told of it. Arguments: base URL, path of the
// photo.
import { openAsBlob } from "node:fs";
import { createClient } from "../../dist/index.node.js";

const [baseUrl, path] = process.argv.slice(2);
const client = await createClient({ baseUrl, apiKey: "rvya_sk_emulator" });
const photo = globalThis.Bun === undefined ? await openAsBlob(path) : globalThis.Bun.file(path);
const { sentBytes } = await client.files.inspect(photo);
const { removed } = await client.files.upload(photo, { model: "nano-banana-2" });
console.log(JSON.stringify({ sentBytes, removed }));
