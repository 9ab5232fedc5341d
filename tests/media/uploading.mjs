import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "rivya-wasm";

/**
 * Answers a function that uploads a picture as a file without a name, keeps in `folder` what was sent, under `name`,
 * and says what was cut out.
 */
export const uploadingInto = (folder) => async (bytes, name) => {
  const fetch = async (_, { body }) => {
    writeFileSync(join(folder, name), Buffer.from(await body.get("file").arrayBuffer()));
    return Response.json({ url: "https://cdn.invalid/1", kind: "image" }, { status: 201 });
  };
  const client = await createClient({ baseUrl: "https://api.invalid", fetch });
  try {
    return (await client.files.upload(new Blob([bytes]), { model: "nano-banana-2" })).removed;
  } finally {
    client.free();
  }
};
