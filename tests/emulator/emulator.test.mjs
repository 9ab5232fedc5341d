import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createEmulator, Emulator } from "rivya-wasm/emulator";
import { INSTANT, KEY, api, pictureSize, png, refusal } from "./api.mjs";

const CAT = { model: "nano-banana-2", prompt: "A cat" };
const RED = [250, 10, 20];

async function start(options, key) {
  const emulator = await createEmulator(options);
  return { emulator, ...api(emulator.fetch, emulator.options.baseUrl, key) };
}

test("its options are those of a client, with the first key", async () => {
  const { emulator } = await start({ apiKeys: ["rvya_sk_a", "rvya_sk_b"], publicUrl: "http://127.0.0.1:1/" });
  const { fetch, downloadFetch, ...rest } = emulator.options;
  assert.deepEqual(rest, { baseUrl: "http://127.0.0.1:1/api/v1", apiKey: "rvya_sk_a", dangerouslyAllowBrowser: true });
  assert.equal(fetch, emulator.fetch);
  assert.equal(downloadFetch, emulator.fetch);
});

test("a wrong option is a TypeError that names its path", async () => {
  const table = [
    [5, "options"],
    [null, "options"],
    ["x", "options"],
    [{ pase: {} }, "options.pase"],
    [{ apiKeys: [] }, "options.apiKeys"],
    [{ apiKeys: [1] }, "options.apiKeys[0]"],
    [{ credits: "5" }, "options.credits"],
    [{ credits: -1 }, "options.credits"],
    [{ pace: { queuedMs: 0.5 } }, "options.pace.queuedMs"],
    [{ pace: 5 }, "options.pace"],
    [{ outcome: "maybe" }, "options.outcome"],
    [{ idempotency: "sometimes" }, "options.idempotency"],
    [{ rateLimit: { requests: 1 } }, "options.rateLimit.windowMs"],
    [{ cors: "yes" }, "options.cors"],
    [{ faults: { seed: 1, rate: 2, kinds: [] } }, "options.faults.rate"],
    [{ faults: { seed: 1, rate: 0, kinds: ["boom"] } }, "options.faults.kinds[0]"],
    [{ publicUrl: "/here" }, "options.publicUrl"],
    [{ publicUrl: "ftp://a.example" }, "options.publicUrl"],
    [
      {
        get credits() {
          throw new Error("no");
        },
      },
      "options.credits",
    ],
  ];
  for (const [options, path] of table) {
    await assert.rejects(
      createEmulator(options),
      (error) => error instanceof TypeError && error.message.startsWith(`${path}:`),
      path,
    );
  }
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  await assert.rejects(createEmulator(proxy), TypeError);
  await assert.rejects(createEmulator({ apiKeys: proxy }), TypeError);
  assert.throws(() => new Emulator(), TypeError);
  await start();
});

test("nothing is drawn and no clock is read before the first request", async () => {
  const { getRandomValues } = crypto;
  const { now } = Date;
  const touched = [];
  crypto.getRandomValues = (array) => (touched.push("random"), getRandomValues.call(crypto, array));
  Date.now = () => (touched.push("clock"), now());
  try {
    const { get } = await start();
    assert.deepEqual(touched, []);
    await get("/credits");
    assert.ok(touched.length > 0);
  } finally {
    delete crypto.getRandomValues;
    Date.now = now;
  }
});

test("models are public, all 58, in the documented shape", async () => {
  const { get } = await start({}, null);
  const response = await get("/models");
  assert.equal(response.status, 200);
  const { object, data } = await response.json();
  assert.equal(object, "list");
  assert.equal(data.length, 58);
  const model = data.find((model) => model.id === "nano-banana-2");
  assert.equal(model.base_credits, 5);
  assert.deepEqual(model.file_kinds, ["image"]);
  assert.deepEqual(model.params.find((param) => param.key === "resolution").options, ["1K", "2K", "4K"]);
});

test("every other route wants a key, in the documented envelope", async () => {
  const none = await start({}, null);
  const wrong = await start({}, "rvya_sk_wrong");
  for (const path of ["/credits", "/generations/x", "/files/x"]) {
    const missing = await refusal(await none.get(path));
    assert.deepEqual([missing.status, missing.code], [401, "api_key_missing"]);
    assert.match(missing.requestId, /^req_/);
    const invalid = await refusal(await wrong.get(path));
    assert.deepEqual([invalid.status, invalid.code], [401, "api_key_invalid"]);
    assert.ok(!JSON.stringify(invalid).includes("rvya_sk"));
  }
});

test("a task is queued, then processing, then succeeds with a picture", async () => {
  const { create, get, emulator } = await start({ pace: { queuedMs: 60, processingMs: 1_000 } });
  const created = await create(CAT);
  assert.ok(created.ok);
  const task = await created.json();
  assert.deepEqual(
    { ...task, id: null, created_at: null, updated_at: null },
    {
      id: null,
      status: "queued",
      model: "nano-banana-2",
      reserved_credits: 5,
      final_credits: 0,
      created_at: null,
      updated_at: null,
      result: null,
      error: null,
    },
  );
  assert.match(task.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const seen = new Set(["queued"]);
  let poll = task;
  while (poll.status !== "succeeded") {
    await new Promise((resolve) => setTimeout(resolve, 5));
    poll = await (await get(`/generations/${task.id}`)).json();
    seen.add(poll.status);
  }
  assert.deepEqual([...seen], ["queued", "processing", "succeeded"]);
  assert.equal(poll.final_credits, 5);
  assert.deepEqual(poll.result.urls, [poll.result.primary_url]);
  const result = await emulator.fetch(poll.result.primary_url);
  assert.equal(result.headers.get("content-type"), "image/jpeg");
  const bytes = await result.arrayBuffer();
  assert.equal(Number(result.headers.get("content-length")), bytes.byteLength);
  assert.deepEqual(pictureSize(bytes), { format: "jpeg", width: 1024, height: 1024 });
});

test("a form that the platform can't read back is taken as it was given, unless the caller named its type", async (t) => {
  // WebKit does so with every form that holds a file.
  t.mock.method(Request.prototype, "formData", async () => {
    throw new DOMException("Unable to read form data blob", "InvalidStateError");
  });
  const { upload } = await start();
  const file = new File([png(2, 2, RED)], "cat.png", { type: "image/png" });
  assert.equal((await upload(file)).status, 201);
  // Without its boundary no server could read it.
  const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": "multipart/form-data" };
  assert.equal((await upload(file, undefined, { headers })).status, 400);
});

test("results have the asked format and size, and the same request the same bytes", async () => {
  const { generate, emulator } = await start({ pace: INSTANT, credits: 10_000 });
  const paint = async (body) =>
    Buffer.from(await (await emulator.fetch((await generate(body)).result.primary_url)).arrayBuffer());
  const table = [
    [
      { ...CAT, params: { aspect_ratio: "16:9", output_format: "png" } },
      { format: "png", width: 1024, height: 576 },
    ],
    [
      { ...CAT, params: { aspect_ratio: "9:16", resolution: "2K" } },
      { format: "jpeg", width: 1152, height: 2048 },
    ],
    [
      { model: "seedream-4-0", prompt: "A cat", params: { image_size: "landscape_4_3", image_resolution: "4K" } },
      { format: "png", width: 4096, height: 3072 },
    ],
    [
      { model: "flux-kontext-pro", prompt: "A cat", params: { aspectRatio: "21:9" } },
      { format: "jpeg", width: 1024, height: 438 },
    ],
  ];
  for (const [body, size] of table) {
    const bytes = await paint(body);
    assert.deepEqual(pictureSize(bytes), size);
    assert.ok(bytes.equals(await paint(body)));
    assert.ok(!bytes.equals(await paint({ ...body, prompt: "A dog" })));
  }
});

test("several pictures are several files", async () => {
  const { generate, emulator } = await start({ pace: INSTANT });
  const { result } = await generate({
    model: "seedream-4-0",
    prompt: "Cats",
    params: { max_images: 3, image_size: "square" },
  });
  assert.equal(result.urls.length, 3);
  const hashes = await Promise.all(
    result.urls.map(async (url) =>
      createHash("sha256")
        .update(Buffer.from(await (await emulator.fetch(url)).arrayBuffer()))
        .digest("hex"),
    ),
  );
  assert.equal(new Set(hashes).size, 3);
});

test("audio models make a WAV, video models an MP4", async () => {
  const { generate, emulator } = await start({ pace: INSTANT });
  const head = async (body) => {
    const response = await emulator.fetch((await generate(body)).result.primary_url);
    return [response.headers.get("content-type"), Buffer.from(await response.arrayBuffer()).toString("latin1", 0, 12)];
  };
  const [audio, riff] = await head({ model: "suno-music", prompt: "Rain" });
  assert.equal(audio, "audio/wav");
  assert.match(riff, /^RIFF....WAVE$/s);
  const [video, ftyp] = await head({ model: "kling-2-6", prompt: "Waves" });
  assert.equal(video, "video/mp4");
  assert.match(ftyp, /^....ftyp/s);
});

test("an upload is stored whole, described, and a reference follows it into size and picture", async () => {
  const { upload, get, generate, emulator } = await start({ pace: INSTANT });
  const bytes = png(40, 20, RED);
  const response = await upload(new File([bytes], "my red.png", { type: "image/png" }), {
    kind: "image",
    model: "nano-banana-2",
    client_request_id: "trace",
  });
  const file = await response.json();
  assert.ok(response.ok);
  assert.equal(file.client_request_id, "trace");
  assert.deepEqual(
    [file.kind, file.name, file.mime_type, file.size_bytes, file.duration_token],
    ["image", "my red.png", "image/png", bytes.length, undefined],
  );
  assert.deepEqual(await (await get(`/files/${file.id}`)).json(), file);
  const back = await emulator.fetch(file.url);
  assert.equal(back.headers.get("content-type"), "image/png");
  assert.ok(Buffer.from(await back.arrayBuffer()).equals(bytes));
  const params = {
    output_format: "png",
    referenceMediaItems: [{ url: file.url, kind: "image", name: file.name, mimeType: "image/png" }],
  };
  const { result } = await generate({ ...CAT, params });
  const picture = await (await emulator.fetch(result.primary_url)).arrayBuffer();
  assert.deepEqual(pictureSize(picture), { format: "png", width: 1024, height: 512 });
  const foreign = await generate({
    ...CAT,
    params: { ...params, referenceMediaItems: [{ url: "https://cdn.example.com/x.png", kind: "image" }] },
  });
  assert.equal((await emulator.fetch(foreign.result.primary_url)).status, 200);
});

test("a sound's upload carries a duration token", async () => {
  const { upload } = await start();
  const wav = Buffer.concat([Buffer.from("RIFF\x24\0\0\0WAVEfmt "), Buffer.alloc(40)]);
  const file = await (await upload(new Blob([wav], { type: "audio/wav" }), { kind: "audio" })).json();
  assert.match(file.duration_token, /^dur_/);
});

test("bad uploads are refused with what would be right", async () => {
  const { upload, ask } = await start();
  const image = new File([png(2, 2, RED)], "a.png", { type: "image/png" });
  const table = [
    [upload(image, {}), /^kind:/],
    [upload(image, { kind: "photo" }), /^kind:/],
    [upload(null, { kind: "image" }), /^file: a file part/],
    [upload(image, { kind: "video" }), /^file: the file is image\/png/],
    [upload(image, { kind: "image", model: "z-image" }), /takes no image/],
    [upload(image, { kind: "image", client_request_id: "x".repeat(129) }), /^client_request_id/],
    [upload(new File(["<svg/>"], "a.png", { type: "image/png" })), /signature/],
    [upload(new File([png(2, 2, RED)], "a.jpg", { type: "image/jpeg" })), /declared as image\/jpeg/],
    [upload(new File([], "a.png")), /empty/],
    [upload(new File([png(2, 2, RED, 10 * 1_048_576 + 1)], "a.png")), /10 MB/],
    [ask("POST", "/files", { body: "{}", headers: { "Content-Type": "application/json" } }), /multipart/],
    [ask("POST", "/files", { body: "junk", headers: { "Content-Type": "multipart/form-data; boundary=x" } }), /form/],
  ];
  for (const [response, message] of table) {
    const { status, code, message: said } = await refusal(await response);
    assert.deepEqual([status, code], [400, "validation_failed"], said);
    assert.match(said, message);
  }
});

test("bad submissions are refused and cost nothing", async () => {
  const { create, emulator } = await start();
  const table = [
    ["{", /JSON/],
    [{ ...CAT, model: "nope" }, /^model:/],
    [{ ...CAT, files: [] }, /referenceMediaItems/],
    [{ ...CAT, extra: 1 }, /^extra:/],
    [{ ...CAT, params: { google_search: true } }, /params\.google_search: true is not a string/],
    [{ ...CAT, params: { resolution: "8K" } }, /1K, 2K, 4K/],
    [{ model: "gpt-5-2-chat", prompt: "x" }, /Chat API/],
  ];
  for (const [body, message] of table) {
    const { status, code, message: said } = await refusal(await create(body, "key"));
    assert.deepEqual([status, code], [400, "validation_failed"]);
    assert.match(said, message);
  }
  const untyped = await refusal(await create(CAT, "key", { headers: { "Content-Type": "text/plain" } }));
  assert.match(untyped.message, /^Content-Type/);
  assert.deepEqual(emulator.ledger().charges, []);
  assert.ok((await create(CAT, "key")).ok);
});

test("unknown paths are 404, wrong methods 405 with Allow", async () => {
  const { get, ask } = await start();
  for (const path of ["/nothing", "/generations/nothing", "/files/nothing", "/chat/completions"]) {
    assert.deepEqual((({ status, code }) => ({ status, code }))(await refusal(await get(path))), {
      status: 404,
      code: "not_found",
    });
  }
  const response = await ask("DELETE", "/credits");
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "GET");
});

for (const [idempotency, repeats] of Object.entries({
  replay: { running: "first", ended: "first", charges: 1, otherBody: 409 },
  conflict: { running: 409, ended: 409, charges: 1, otherBody: 409 },
  conflict_while_running: { running: 409, ended: "first", charges: 1, otherBody: 409 },
  ignored: { running: "new", ended: "new", charges: 4, otherBody: "new" },
})) {
  test(`a repeat under the habit ${idempotency}`, async () => {
    const { create, get, emulator } = await start({ idempotency, pace: { queuedMs: 0, processingMs: 150 } });
    const first = await (await create(CAT, "key-1")).json();
    const repeat = async (body) => {
      const response = await create(body, "key-1");
      if (!response.ok) return response.status;
      return (await response.json()).id === first.id ? "first" : "new";
    };
    assert.equal(await repeat(CAT), repeats.running);
    while ((await (await get(`/generations/${first.id}`)).json()).status !== "succeeded")
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await repeat(CAT), repeats.ended);
    assert.equal(await repeat({ ...CAT, prompt: "Another" }), repeats.otherBody);
    const { charges, credits } = emulator.ledger();
    assert.equal(charges.length, repeats.charges);
    assert.equal(credits, 1000 - 5 * repeats.charges);
    assert.deepEqual(charges[0], { id: first.id, idempotencyKey: "key-1", credits: 5 });
  });
}

test("twenty at once under one key open one task", async () => {
  const { create, emulator } = await start();
  const ids = await Promise.all(Array.from({ length: 20 }, async () => (await (await create(CAT, "same")).json()).id));
  assert.equal(new Set(ids).size, 1);
  assert.equal(emulator.ledger().charges.length, 1);
});

test("credits run out with 402 and come back when a task fails", async () => {
  const { create, get, emulator } = await start({
    credits: 9,
    outcome: "failed",
    pace: { queuedMs: 0, processingMs: 100 },
  });
  const { id } = await (await create(CAT)).json();
  assert.deepEqual(await (await get("/credits")).json(), { current_credits: 4 });
  const { status, code } = await refusal(await create(CAT));
  assert.deepEqual([status, code], [402, "insufficient_credits"]);
  let poll;
  do poll = await (await get(`/generations/${id}`)).json();
  while (poll.status === "processing");
  assert.deepEqual(
    [poll.status, poll.final_credits, poll.result, poll.error.code],
    ["failed", 0, null, "generation_failed"],
  );
  assert.deepEqual(emulator.ledger(), {
    credits: 9,
    charges: [{ id, idempotencyKey: null, credits: 0 }],
    requests: emulator.ledger().requests,
  });
  assert.equal(emulator.ledger().requests["POST /api/v1/generations"], 2);
});

test("an outcome function sees the parsed body and decides; one that throws makes a 500", async () => {
  const seen = [];
  const outcome = (request) => {
    seen.push(request);
    if (request.prompt === "throw") throw new Error("secret");
    return request.prompt === "bad" ? "failed" : request.prompt === "odd" ? "perhaps" : "succeeded";
  };
  const { create, generate, emulator } = await start({ outcome, pace: INSTANT });
  assert.equal((await generate({ ...CAT, prompt: "good" })).status, "succeeded");
  assert.equal((await generate({ ...CAT, prompt: "bad" })).status, "failed");
  assert.deepEqual(seen, [
    { ...CAT, prompt: "good" },
    { ...CAT, prompt: "bad" },
  ]);
  for (const prompt of ["throw", "odd"]) {
    const { status, message } = await refusal(await create({ ...CAT, prompt }));
    assert.equal(status, 500);
    assert.ok(!message.includes("secret"));
  }
  assert.equal(emulator.ledger().charges.length, 2);
});

test("an outcome function may call the emulator back", async () => {
  let balance;
  const emulator = await createEmulator({
    pace: INSTANT,
    outcome: () => ((balance = emulator.ledger().credits), "succeeded"),
  });
  assert.equal((await api(emulator.fetch, emulator.options.baseUrl).generate(CAT)).status, "succeeded");
  assert.equal(balance, 1000);
});

test("the rate limit answers 429 with Retry-After and opens again", async () => {
  const { get } = await start({ rateLimit: { requests: 2, windowMs: 300 } });
  assert.equal((await get("/credits")).status, 200);
  assert.equal((await get("/credits")).status, 200);
  const limited = await get("/credits");
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get("retry-after"), "1");
  assert.equal((await limited.json()).error.code, "rate_limited");
  let response;
  do response = await get("/credits");
  while (response.status === 429);
  assert.equal(response.status, 200);
});

test("cors answers preflights and lets every origin read, or not at all", async () => {
  const on = await start();
  const preflight = await on.ask("OPTIONS", "/generations");
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), "*");
  for (const name of ["authorization", "content-type", "idempotency-key", "x-rivya-client"]) {
    assert.ok(preflight.headers.get("access-control-allow-headers").toLowerCase().includes(name));
  }
  for (const path of ["/models", "/nothing"]) {
    const response = await on.get(path);
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.match(response.headers.get("access-control-expose-headers"), /Retry-After/);
  }
  const off = await start({ cors: false });
  assert.equal((await off.ask("OPTIONS", "/generations")).status, 405);
  assert.equal((await off.get("/models")).headers.get("access-control-allow-origin"), null);
});

test("an aborted request rejects with the signal's reason and leaves no listener", async () => {
  const { get, emulator, generate } = await start({ pace: INSTANT });
  await assert.rejects(get("/models", { signal: AbortSignal.abort("gone") }), (error) => error === "gone");
  const { result } = await generate({ ...CAT, params: { resolution: "4K", output_format: "png" } });
  const controller = new AbortController();
  const download = emulator.fetch(result.primary_url, { signal: controller.signal });
  setTimeout(() => controller.abort("enough"), 30);
  await assert.rejects(download, (error) => error === "enough");
});

test("painting 4K lets timers run", async () => {
  const { generate, emulator } = await start({ pace: INSTANT });
  const { result } = await generate({ ...CAT, params: { resolution: "4K" } });
  let last = performance.now();
  let longest = 0;
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await (await emulator.fetch(result.primary_url)).arrayBuffer();
  clearInterval(beat);
  assert.ok(longest < 100, `the event loop stood still for ${longest} ms`);
});

test("after free() calls fail, and those in flight are answered", async () => {
  const { emulator, get } = await start();
  const inFlight = get("/models");
  emulator.free();
  emulator.free();
  assert.equal((await inFlight).status, 200);
  await assert.rejects(get("/models"), /freed/);
  assert.throws(() => emulator.ledger(), /freed/);
});

test("a public URL with a path is served with and without it", async () => {
  const { get, generate, emulator } = await start({ publicUrl: "https://a.example/emu/", pace: INSTANT });
  assert.equal((await get("/credits")).status, 200);
  const { result } = await generate(CAT);
  assert.match(result.primary_url, /^https:\/\/a\.example\/emu\/results\//);
  assert.equal((await emulator.fetch(result.primary_url, { method: "HEAD" })).status, 200);
  assert.equal((await api(emulator.fetch, "https://a.example/api/v1", KEY).get("/credits")).status, 200);
});
