/** A worker that holds the key itself: its client calls the API over the network, or over a service binding. */
import { createClient } from "rivya-wasm";

const clientFor = (env, isBound) =>
  createClient({
    apiKey: env.API_KEY,
    baseUrl: isBound ? "https://api.internal/api/v1" : env.UPSTREAM,
    ...(isBound && { fetch: env.API, downloadFetch: env.API }),
  });

export default {
  async fetch(request, env) {
    const client = await clientFor(env, new URL(request.url).pathname === "/bound");
    try {
      const photo = new File([await request.arrayBuffer()], "photo.png");
      const generation = await client.generate({ model: "nano-banana-2", prompt: "a hill", references: [photo] });
      const [picture] = await client.download(generation);
      return Response.json({ status: generation.status, type: picture.type, size: picture.size });
    } catch ({ name, message, stack }) {
      return Response.json({ error: `${name}: ${message}`, stack }, { status: 500 });
    } finally {
      client.free();
    }
  },
};
