// The public surface as a program on any platform would write it. Only compiled, never run.
import { Client, RivyaError, createClient } from "rivya-wasm";
import type {
  ApiErrorCode,
  ClientErrorCode,
  ClientOptions,
  CreateGeneration,
  ErrorCode,
  FetchLike,
  Generation,
  GenerateRequest,
  MediaKind,
  Model,
  ModelId,
  ModelParams,
  ParamsOf,
  PendingGeneration,
  Progress,
  Reference,
  ReferenceMediaItem,
  Store,
  SucceededGeneration,
  UploadedFile,
  ValidationIssue,
} from "rivya-wasm";
import { createEmulator } from "rivya-wasm/emulator";
import type { Emulator, EmulatorOptions } from "rivya-wasm/emulator";
import { createClient as createSlimClient } from "rivya-wasm/slim";

const binding = { fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init) };
const texts = new Map<string, string>();
const store: Store = {
  get: async (key) => texts.get(key) ?? null,
  set: async (key, value) => texts.set(key, value),
  delete: async (key) => texts.delete(key),
  keys: async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)),
};
const options: ClientOptions = {
  account: "ada",
  apiKey: "rvya_sk_…",
  baseUrl: new URL("https://rivya.ai/api/v1"),
  credentials: "omit",
  dangerouslyAllowBrowser: false,
  downloadFetch: (input, init) => fetch(input, init),
  fetch: binding,
  headers: { "X-Session": "1" },
  maxConcurrentUploads: 2,
  maxResultBytes: 50_000_000,
  maxRetries: 0,
  stallMs: 1_000,
  store,
  timeoutMs: 1_000,
  validation: "known",
};

export async function everyCall(file: File, signal: AbortSignal): Promise<void> {
  const inPage: Client = await createClient();
  const client: Client = await createClient(options);
  await createSlimClient({ wasm: new URL("https://example.com/client.wasm") });
  await createSlimClient({ wasm: new Uint8Array(8) });

  const bytes: Reference[] = [new Uint8Array(8), new ArrayBuffer(8), new DataView(new ArrayBuffer(8))];
  const references: Reference[] = [
    file,
    ...bytes,
    new Blob(["…"]),
    "data:image/png;base64,",
    "https://example.com/a.png",
    new URL("https://example.com/b.png"),
  ];
  const request: GenerateRequest<"nano-banana-2"> = {
    model: "nano-banana-2",
    prompt: "A kite",
    params: { aspect_ratio: "16:9", google_search: true, resolution: "2K" },
    references,
    client_request_id: "trace-1",
  };
  const issues: ValidationIssue[] = client.validate(request);
  const paths: string[] = issues
    .filter(({ severity }) => severity === "error")
    .map(({ path, message }) => `${path}: ${message}`);
  const generation: SucceededGeneration = await client.generate(request, {
    idempotencyKey: "order-1",
    onProgress: (progress) => paths.push(describe(progress)),
    signal,
    validation: "off",
    waitTimeoutMs: 60_000,
  });
  const first: string = generation.result.primary_url;
  const pictures: [Blob, ...Blob[]] = await client.download(generation, {
    onProgress: ({ loadedBytes, totalBytes }) => loadedBytes / (totalBytes ?? 1),
    signal,
  });

  const uploaded: UploadedFile = await client.files.upload(file, {
    kind: "image",
    model: "nano-banana-2",
    name: "a.png",
    client_request_id: "trace-2",
  });
  const again: UploadedFile = await client.files.retrieve(uploaded.id ?? "");
  const item: ReferenceMediaItem = {
    url: again.url,
    kind: "video",
    durationSeconds: 2,
    durationToken: again.duration_token,
  };
  const body: CreateGeneration = {
    model: "a-model-of-tomorrow",
    prompt: "A kite",
    params: { anything: [1, { goes: true }], referenceMediaItems: [item] },
  };
  const created: Generation = await client.generations.create(body, { timeoutMs: 5_000 });
  for await (const state of client.generations.watch(created.id, { signal })) {
    if (state.status === "failed") throw new Error(state.error?.message);
  }
  const ended: SucceededGeneration = await client.generations.wait(created.id);
  const polled: Generation = await client.generations.retrieve(ended.id);
  const { current_credits: credits } = await client.credits.retrieve({ signal });
  const models: Model[] = (await client.models.list()).data;
  const futureField: unknown = models[0].a_field_of_tomorrow;
  const left: PendingGeneration[] = await client.pending();
  for (const { idempotencyKey, generationId, active, state, startedAt, safeUntil, model, prompt } of left) {
    if (active || Date.parse(safeUntil) < Date.now()) continue;
    const which = generationId === null ? { idempotencyKey } : { generationId };
    paths.push(model, prompt ?? "", startedAt, (await client.resume(which, { signal, waitTimeoutMs: 1_000 })).id);
    if (state === "lost") await client.forget({ idempotencyKey });
  }
  if (left.length > 0) await client.resume(left[0]).finally(() => client.forget(left[0]));
  await createClient({ store: null });
  console.log(inPage instanceof Client, first, pictures, polled.final_credits - credits, futureField);
  client.free();
}

export function describe(progress: Progress): string {
  switch (progress.phase) {
    case "uploading":
      return `${progress.file + 1}/${progress.files}: ${progress.loadedBytes} of ${progress.totalBytes}`;
    case "submitting":
      return progress.phase;
    case "offline":
      return `${progress.phase} for ${progress.sinceMs} ms`;
    default:
      return `${progress.generation.status} for ${progress.elapsedMs} of ${progress.expectedMs ?? "?"} ms`;
  }
}

export function explain(error: unknown): string {
  if (!(error instanceof RivyaError)) throw error;
  const code: ErrorCode = error.code;
  const ours: ClientErrorCode = "resume_expired";
  const theirs: ApiErrorCode = "insufficient_credits";
  if (code === ours || code === theirs) return error.message;
  const wait: number = error.retryable ? (error.retryAfterMs ?? 0) : NaN;
  const facts = [
    error.status,
    error.requestId,
    error.attempts,
    error.mayHaveBeenCharged,
    error.idempotencyKey,
    error.generation?.id,
    wait,
  ];
  return [...error.issues.map((issue) => issue.message), ...facts].join();
}

export const modelIds: ModelId[] = ["nano-banana-2", "a-model-of-tomorrow"] satisfies string[];
export const known: keyof ModelParams = "nano-banana-2";
export const dialogue: ParamsOf<"elevenlabs-dialogue-v3"> = { dialogue: [{ voice: "Adam", text: "Good morning." }] };
export const kind: MediaKind = "audio";
export const plainFetch: FetchLike = (input, init) => fetch(input, init);

export async function withEmulator(): Promise<void> {
  const settings: EmulatorOptions = {
    apiKeys: ["rvya_sk_test"],
    cors: false,
    credits: 10,
    faults: { seed: 1, rate: 0.5, kinds: ["drop_after", "status_429"] },
    idempotency: "conflict",
    outcome: ({ prompt }) => (prompt === "fail" ? "failed" : "succeeded"),
    pace: { queuedMs: 0 },
    publicUrl: "https://example.com",
    rateLimit: { requests: 5, windowMs: 1_000 },
    webhooks: [{ url: "http://127.0.0.1:3000/hook", secret: "whsec_AAEC" }],
  };
  const emulator: Emulator = await createEmulator(settings);
  const client = await createClient({ ...emulator.options, maxRetries: 1 });
  const { charges, requests } = emulator.ledger();
  console.log(client, charges[0]?.idempotencyKey, requests["POST /api/v1/generations"]);
  emulator.free();
}
