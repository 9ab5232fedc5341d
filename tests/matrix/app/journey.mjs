// What every project of the matrix does: a photo goes up, a picture comes down, from an emulator in the same place.

import { createEmulator } from "rivya-wasm/emulator";
import { tinyPng } from "./tiny-png.mjs";

/** Goes the whole way with the `createClient` of one entry; answers what can be told of it as JSON. */
export async function journey(createClient, options) {
  const emulator = await createEmulator({ pace: { queuedMs: 0, processingMs: 0 } });
  const client = await createClient({ ...emulator.options, ...options });
  const reference = new Blob([tinyPng()], { type: "image/png" });
  const generation = await client.generate({ model: "nano-banana-2", prompt: "A red kite", references: [reference] });
  const [picture] = await client.download(generation);
  const { charges, requests } = emulator.ledger();
  // The same bytes by another way: a picture that was cut short on its way has another size.
  const served = await (await emulator.fetch(generation.result.primary_url)).arrayBuffer();
  const start = [...new Uint8Array(await picture.slice(0, 3).arrayBuffer())];
  return {
    status: generation.status,
    type: picture.type,
    start,
    bytes: picture.size,
    served: served.byteLength,
    charges: charges.length,
    uploads: requests["POST /api/v1/files"],
  };
}

/** Shows in the page's `output` what came of it. */
export async function show(work) {
  const told = await work().catch((error) => ({ error: `${error}\n${error?.stack}` }));
  document.querySelector("output").textContent = JSON.stringify(told);
}
