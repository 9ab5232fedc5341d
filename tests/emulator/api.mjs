// Requests as a careful hand would write them, without the client under test.
import { deflateSync } from "node:zlib";

export const KEY = "rvya_sk_emulator";
export const INSTANT = { queuedMs: 0, processingMs: 0 };

/** A way to ask one API: `base` ends in /api/v1. */
export function api(fetch, base, key = KEY) {
  const ask = (method, path, { headers, ...init } = {}) =>
    fetch(`${base}${path}`, {
      method,
      headers: { ...(key && { Authorization: `Bearer ${key}` }), ...headers },
      ...init,
    });
  const get = (path, init) => ask("GET", path, init);
  const create = (body, idempotencyKey, init = {}) =>
    ask("POST", "/generations", {
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
      headers: {
        "Content-Type": "application/json",
        ...(idempotencyKey && { "Idempotency-Key": idempotencyKey }),
        ...init.headers,
      },
    });
  const upload = (file, fields = { kind: "image" }, init) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    if (file) form.set("file", file);
    return ask("POST", "/files", { body: form, ...init });
  };
  /** Creates a task and polls once; with INSTANT pace it has ended. */
  const generate = async (body) => {
    const created = await create(body);
    const task = await created.json();
    if (!created.ok) throw new Error(`${created.status} ${JSON.stringify(task)}`);
    return (await get(`/generations/${task.id}`)).json();
  };
  return { ask, get, create, upload, generate };
}

export async function refusal(response) {
  const body = await response.json();
  return {
    status: response.status,
    code: body.error.code,
    message: body.error.message,
    requestId: body.error.requestId,
  };
}

/** A one-coloured PNG, with bytes after its end that make it as large as wanted. */
export function png(width, height, [r, g, b], sizeBytes = 0) {
  const chunk = (type, data) => {
    const bytes = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(bytes.length + 8);
    out.writeUInt32BE(data.length, 0);
    bytes.copy(out, 4);
    out.writeUInt32BE(crc32(bytes), bytes.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.concat(Array(width).fill(Buffer.from([r, g, b])))]);
  const whole = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(Array(height).fill(row)))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  return Buffer.concat([whole, Buffer.alloc(Math.max(0, sizeBytes - whole.length), 7)]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Format and pixel size of a picture, read from its bytes. */
export function pictureSize(bytes) {
  const view = Buffer.from(bytes);
  if (view.readUInt32BE(0) === 0x89504e47)
    return { format: "png", width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
  if (view.readUInt16BE(0) !== 0xffd8) throw new Error("neither PNG nor JPEG");
  for (let at = 2; at < view.length; at += 2 + view.readUInt16BE(at + 2)) {
    if (view[at + 1] === 0xc0)
      return { format: "jpeg", width: view.readUInt16BE(at + 7), height: view.readUInt16BE(at + 5) };
  }
  throw new Error("a JPEG without a frame header");
}
