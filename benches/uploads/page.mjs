// What runs in the page: pictures of 30 MB by the browser's own encoders, and what cutting and uploading them takes
// against the plain thing.

import { watchWasmMemory } from "/tests/support/wasm-memory.mjs";
import { withMetadata, pngInChunks } from "/tests/support/metadata.mjs";

const memoryBytes = watchWasmMemory();
const { createClient } = await import("/dist/index.browser.js");

const MODEL = "nano-banana-2";
const MAX_BYTES = 30_000_000;

/** A picture of noise, which no encoder makes smaller. */
async function noise(type, quality, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  let state = 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state | 0xff000000;
  }
  context.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type, quality });
}

/** The largest such picture below the limit: its bytes follow its rows. */
async function largest(type, quality, width) {
  const probe = await noise(type, quality, width, 500);
  return noise(type, quality, width, Math.floor((500 * (MAX_BYTES - 500_000)) / probe.size));
}

const MAKE = {
  JPEG: () => largest("image/jpeg", 1, 4_000),
  "PNG in chunks of 8 kB": async () => pngInChunks(await largest("image/png", undefined, 3_000), 8_192),
  WebP: () => largest("image/webp", 1, 3_000),
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const timed = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** How many bytes of Blobs are read while `work` runs. */
async function readBytes(work) {
  const { arrayBuffer, stream } = Blob.prototype;
  let bytes = 0;
  Blob.prototype.arrayBuffer = function () {
    bytes += this.size;
    return arrayBuffer.call(this);
  };
  Blob.prototype.stream = function () {
    const counter = new TransformStream({
      transform(piece, controller) {
        bytes += piece.length;
        controller.enqueue(piece);
      },
    });
    return stream.call(this).pipeThrough(counter);
  };
  try {
    await work();
  } finally {
    Object.assign(Blob.prototype, { arrayBuffer, stream });
  }
  return bytes;
}

/** Cutting against one plain read of the same file, in turn. */
globalThis.cutting = async (rounds) => {
  const client = await createClient({ baseUrl: "/api" });
  const results = [];
  for (const [name, make] of Object.entries(MAKE)) {
    const photo = await withMetadata(await make());
    // The client knows files by identity.
    const fresh = () => new File([photo], "photo", { type: photo.type });
    const { removed, sentBytes } = await client.files.inspect(fresh(), { model: MODEL });
    const before = memoryBytes();
    const read = await readBytes(() => client.files.inspect(fresh(), { model: MODEL }));
    const pairs = [];
    for (let round = 0; round < rounds; round += 1) {
      const plain = fresh();
      const cut = fresh();
      pairs.push([
        await timed(() => plain.arrayBuffer()),
        await timed(() => client.files.inspect(cut, { model: MODEL })),
      ]);
    }
    const [plainMs, cutMs] = [0, 1].map((place) => median(pairs.map((pair) => pair[place])));
    const ratio = median(pairs.map(([plain, cut]) => cut / plain));
    results.push({
      name,
      bytes: photo.size,
      sentBytes,
      removed,
      readBytes: read,
      plainMs,
      cutMs,
      ratio,
      growthBytes: memoryBytes() - before,
    });
  }
  client.free();
  return results;
};

/** Readers that are open: Chromium collects the stream of one that nothing else holds. */
const held = new Set();

/** Reads a file to its end, a piece at a time into the same memory. */
async function readThrough(blob) {
  const reader = blob.stream().getReader({ mode: "byob" });
  held.add(reader);
  let room = new ArrayBuffer(524_288);
  for (let end; !end; ) {
    const { done, value } = await reader.read(new Uint8Array(room));
    room = value.buffer;
    end = done;
  }
  held.delete(reader);
}

/** Does `work` for each of `list`, so many at a time. */
function atATime(count, list, work) {
  const left = [...list];
  const next = async () => left.length > 0 && (await work(left.shift()), next());
  return Promise.all(Array.from({ length: count }, next));
}

/** Many files at once against bare fetch of the same forms, in turn, to the API below `base`. */
globalThis.uploading = async (rounds, count, base) => {
  const results = [];
  const sources = [];
  for (const make of Object.values(MAKE)) sources.push(await make());
  for (const [name, pick] of [
    ...Object.keys(MAKE).map((each, index) => [each, () => sources[index]]),
    ["all three in turn", (index) => sources[index % 3]],
  ]) {
    const bare = Array.from({ length: count }, (_, index) => pick(index));
    const photos = await Promise.all(bare.map((blob) => withMetadata(blob)));
    const post = async (path, body, headers) =>
      (await fetch(`${base}/api/${path}`, { method: "POST", body, headers })).json();
    const send = (blob) => {
      const form = new FormData();
      form.append("kind", "image");
      form.append("model", MODEL);
      form.append("file", blob.slice(0, blob.size, blob.type), "photo");
      return post("files", form, { "X-Rivya-Client": "bench" });
    };
    const submit = () =>
      post("generations", JSON.stringify({ model: MODEL, prompt: "all" }), {
        "Content-Type": "application/json",
        "X-Rivya-Client": "bench",
      });
    const client = await createClient({ baseUrl: `${base}/api`, store: null });
    const ways = {
      /** As many as the browser takes. */
      bare: () => Promise.all(bare.map(send)).then(submit),
      /** As many as the client has on their way. */
      fourAtATime: () => atATime(4, bare, send).then(submit),
      /** Each is read once before it is sent. */
      readFirst: () => atATime(4, bare, (blob) => readThrough(blob).then(() => send(blob))).then(submit),
      ours: () =>
        client.generate({
          model: MODEL,
          prompt: "all",
          references: photos.map((photo) => new File([photo], "photo", { type: photo.type })),
        }),
    };
    const before = memoryBytes();
    const taken = [];
    for (let round = -1; round < rounds; round += 1) {
      const order = Object.keys(ways);
      if (round % 2 === 0) order.reverse();
      const times = {};
      for (const way of order) times[way] = await timed(ways[way]);
      // The first round warms up.
      if (round >= 0) taken.push(times);
    }
    client.free();
    const ofEach = (figure) =>
      Object.fromEntries(Object.keys(ways).map((way) => [way, median(taken.map((times) => figure(times, way)))]));
    results.push({
      name,
      ms: ofEach((times, way) => times[way]),
      to: ofEach((times, way) => times.ours / times[way]),
      growthBytes: memoryBytes() - before,
    });
  }
  return results;
};
globalThis.isReady = true;
