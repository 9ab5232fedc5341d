/**
 * A worker as one would write it: one client for the whole module, and a route for each thing that the test asks for.
 */
import { touched } from "./scope-watch.mjs";
import { createClient, RivyaError } from "./dist/index.workerd.js";
import settings from "./settings.mjs";

const client = await createClient(settings);
const alsoLater = createClient(settings);
const touchedAtModuleScope = [...touched];

const ROUTES = {
  "/module-scope": async () => touchedAtModuleScope,
  "/credits": () => client.credits.retrieve(),
  "/later": async () => (await alsoLater).credits.retrieve(),
  "/wait": (_request, query) => client.generations.wait(query.get("id")),
  "/watch": async (_request, query) => {
    const states = [];
    for await (const { status } of client.generations.watch(query.get("id"))) states.push(status);
    return states;
  },
  "/generate": async (request, query) => {
    const photo = new Blob([await request.arrayBuffer()]);
    const references = Array.from(
      { length: Number(query.get("copies")) },
      (_, index) => new File([photo], `photo-${index}.png`),
    );
    return client.generate({ model: "nano-banana-2", prompt: "all of them", references });
  },
  "/upload": async (request) => {
    const told = [];
    const onProgress = ({ loadedBytes }) => told.push(loadedBytes);
    const { removed } = await client.files.upload(new Blob([await request.arrayBuffer()]), {
      model: "nano-banana-2",
      onProgress,
    });
    return { removed, told };
  },
  "/download": async (_request, query) => {
    const generation = await client.generations.retrieve(query.get("id"));
    return (await client.download(generation)).map(({ size, type }) => ({ size, type }));
  },
  "/leave": async () => {
    const controller = new AbortController();
    const call = client.credits.retrieve({ signal: controller.signal });
    setTimeout(() => controller.abort(new Error("left")), 200);
    return call;
  },
};

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    try {
      return Response.json({ value: await ROUTES[pathname](request, searchParams) });
    } catch (error) {
      const { name, message, code, status, stack } = error;
      return Response.json(
        { error: { name, message, code, status, stack, ours: error instanceof RivyaError } },
        { status: 500 },
      );
    }
  },
};
