import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator } from "rivya-wasm/emulator";
import { forwardToEmulator, serveEmulator } from "../../dist/server.js";
import { startReceiver } from "../support/receiver.mjs";
import { INSTANT, KEY, api, pictureSize, png, refusal } from "./api.mjs";

const CAT = { model: "nano-banana-2", prompt: "A cat" };
const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

async function serve(t, options = {}, serverOptions = {}) {
  const served = await serveEmulator((origin) => createEmulator({ publicUrl: origin, ...options }), serverOptions);
  t.after(() => served.close());
  return { ...served, ...api(fetch, `${served.origin}/api/v1`) };
}

/** Without fetch, which sets Host and Origin by itself. */
function raw(port, path, headers) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject);
    request.end();
  });
}

test("a whole job over a socket: upload, generate, read the picture", async (t) => {
  const { upload, generate, origin } = await serve(t, { pace: INSTANT });
  const file = await (await upload(new File([png(30, 20, [0, 90, 200])], "a.png", { type: "image/png" }))).json();
  assert.ok(file.url.startsWith(`${origin}/files/`));
  const { result } = await generate({ ...CAT, params: { referenceMediaItems: [{ url: file.url, kind: "image" }] } });
  const response = await fetch(result.primary_url);
  assert.equal(response.headers.get("content-type"), "image/jpeg");
  assert.deepEqual(pictureSize(await response.arrayBuffer()), { format: "jpeg", width: 1024, height: 682 });
  const head = await fetch(result.primary_url, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-type")], [200, "image/jpeg"]);
});

test("fourteen uploads of 30 MB arrive whole", async (t) => {
  const { upload, generate } = await serve(t, { pace: INSTANT });
  const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const urls = [];
  for (let n = 0; n < 14; n++) {
    const bytes = Buffer.concat([png(8, 8, [n, n, n]), randomBytes(30_000_000)]);
    const response = await upload(new File([bytes], `${n}.png`, { type: "image/png" }), {
      kind: "image",
      model: "nano-banana-2",
    });
    const file = await response.json();
    assert.ok(response.ok, JSON.stringify(file));
    assert.equal(digest(Buffer.from(await (await fetch(file.url)).arrayBuffer())), digest(bytes));
    urls.push(file.url);
  }
  const items = urls.map((url) => ({ url, kind: "image" }));
  const { result } = await generate({ ...CAT, params: { referenceMediaItems: items } });
  assert.equal((await fetch(result.primary_url)).status, 200);
});

test("only loopback names and origins are let in", async (t) => {
  const { port } = await serve(t);
  const status = (headers) => raw(port, "/api/v1/models", headers);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    assert.equal(await status({ Host: host }), 200, host);
    assert.equal(await status({ Host: host, Origin: "http://localhost:5173" }), 200);
  }
  for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1:1", `127.0.0.1.evil.example:${port}`]) {
    assert.equal(await status({ Host: host }), 403, host);
  }
  for (const origin of [
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
  ]) {
    assert.equal(await status({ Host: `localhost:${port}`, Origin: origin }), 403, origin);
  }
});

test("drops are broken sockets, before or after the work", async (t) => {
  for (const [kind, charges] of [
    ["drop_before", 0],
    ["drop_after", 1],
  ]) {
    const { create, emulator } = await serve(t, { faults: { seed: 1, rate: 1, kinds: [kind] } });
    await assert.rejects(create(CAT), TypeError);
    assert.equal(emulator.ledger().charges.length, charges);
  }
});

test("a truncated answer breaks off over the wire", async (t) => {
  const { get } = await serve(t, { faults: { seed: 1, rate: 1, kinds: ["truncate"] } });
  const response = await get("/models");
  assert.equal(response.status, 200);
  const decoder = new TextDecoder();
  let text = "";
  const readAll = async () => {
    for await (const chunk of response.body) text += decoder.decode(chunk, { stream: true });
  };
  await assert.rejects(readAll(), TypeError);
  assert.ok(text.startsWith('{"data"') || text.startsWith('{"object"'), text.slice(0, 40));
  assert.throws(() => JSON.parse(text));
});

test("refusals and rate limits keep their headers", async (t) => {
  const { get } = await serve(t, { rateLimit: { requests: 1, windowMs: 60_000 } });
  assert.equal((await get("/credits")).status, 200);
  const response = await get("/credits");
  assert.deepEqual([response.status, response.headers.get("retry-after")], [429, "60"]);
  assert.equal((await refusal(response)).code, "rate_limited");
});

test("a caller who hangs up ends a slow answer", async (t) => {
  const { get, create, emulator } = await serve(t, { faults: { seed: 1, rate: 1, kinds: ["slow"] } });
  await assert.rejects(create(CAT, "k", { signal: AbortSignal.timeout(300) }));
  assert.equal(emulator.ledger().charges.length, 1);
  assert.equal((await get("/credits")).status, 200);
});

test("handlers come first; the stand-in for a proxy adds the key", async (t) => {
  const page = (request) =>
    new URL(request.url).pathname === "/"
      ? new Response("<h1>hello</h1>", { headers: { "Content-Type": "text/html" } })
      : undefined;
  const { origin } = await serve(t, { pace: INSTANT }, { handlers: [page, forwardToEmulator()] });
  assert.equal(await (await fetch(`${origin}/`)).text(), "<h1>hello</h1>");
  const keyless = api(fetch, `${origin}/api/rivya`, null);
  const file = await (await keyless.upload(new File([png(4, 4, [1, 2, 3])], "a.png", { type: "image/png" }))).json();
  const task = await keyless.generate({ ...CAT, params: { referenceMediaItems: [{ url: file.url, kind: "image" }] } });
  assert.equal(task.status, "succeeded");
  assert.equal((await api(fetch, `${origin}/api/v1`, null).get("/credits")).status, 401);
});

test("a failing emulator leaves no server behind", async () => {
  let origin;
  const options = (at) => ((origin = at), createEmulator({ credits: -1 }));
  await assert.rejects(serveEmulator(options), TypeError);
  await assert.rejects(fetch(origin));
});

function run(...args) {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { out: "", err: "" };
  child.stdout.on("data", (data) => (output.out += data));
  child.stderr.on("data", (data) => (output.err += data));
  return { child, output, exit: once(child, "close").then(([code]) => ({ code, ...output })) };
}

test("the command serves, prints address and key, and stops when asked", async (t) => {
  const { child, output, exit } = run(
    "emulator",
    "--port",
    "0",
    "--credits",
    "7",
    "--queued-ms",
    "0",
    "--processing-ms",
    "0",
    "--fail",
  );
  t.after(() => child.kill());
  while (!output.out.includes("API key")) await once(child.stdout, "data");
  const base = /http:\/\/127\.0\.0\.1:\d+\/api\/v1/.exec(output.out)[0];
  assert.ok(output.out.includes(KEY));
  const { generate, get } = api(fetch, base);
  assert.equal((await generate(CAT)).status, "failed");
  assert.deepEqual(await (await get("/credits")).json(), { current_credits: 7 });
  child.kill("SIGTERM");
  assert.equal((await exit).code, 0);
});

test("the command tells a receiver of each task's end, and leaves no delivery behind when it is stopped", async (t) => {
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  const webhook = ["--webhook", receiver.url, "--webhook-secret", "in words"];
  const { child, output, exit } = run(
    "emulator",
    "--port",
    "0",
    "--queued-ms",
    "0",
    "--processing-ms",
    "100",
    ...webhook,
  );
  t.after(() => child.kill());
  while (!output.out.includes("API key")) await once(child.stdout, "data");
  const { create } = api(fetch, /http:\/\/127\.0\.0\.1:\d+\/api\/v1/.exec(output.out)[0]);
  const { id } = await (await create(CAT)).json();
  const { headers, body } = await receiver.next();
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  assert.equal(headers["webhook-signature"], `v1,${createHmac("sha256", "in words").update(content).digest("base64")}`);
  assert.equal(JSON.parse(body).data.id, id);
  await create(CAT);
  child.kill("SIGTERM");
  assert.equal((await exit).code, 0);
});

test("the command explains itself and what was wrong", async (t) => {
  const help = await run("emulator", "--help").exit;
  assert.equal(help.code, 0);
  assert.match(help.out, /--port <n>/);
  for (const args of [
    [],
    ["serve"],
    ["emulator", "--port", "x"],
    ["emulator", "--port", "70000"],
    ["emulator", "--nope"],
    ["emulator", "--webhook", "http://127.0.0.1:1"],
    ["emulator", "--webhook-secret", "tell-nobody"],
    ["emulator", "--port", "0", "--webhook", "https://shop.example", "--webhook-secret", "tell-nobody"],
  ]) {
    const { code, err } = await run(...args).exit;
    assert.equal(code, 2, args.join(" "));
    assert.match(err, /Usage:/);
    assert.doesNotMatch(err, /tell-nobody/);
  }
  const occupied = createServer().listen(0, "127.0.0.1");
  await once(occupied, "listening");
  t.after(() => occupied.close());
  const { port } = occupied.address();
  const { code, err } = await run("emulator", "--port", String(port)).exit;
  assert.equal(code, 1);
  assert.match(err, new RegExp(`Port ${port} is in use`));
});
