/**
 * `rivya-wasm/edge`: a proxy that keeps the API's key on your side, as a fetch handler, and the verification of
 * webhooks. For Workers, Node, Deno and Bun.
 *
 * "The API" marks what its documentation says; "our convention" what it leaves open and this package decides.
 */
import type { FetchLike, Generation, ModelId } from "./index.js";
export { RivyaError } from "./index.js";

/**
 * A fetch handler that keeps the key on your side:
 * `export default createProxy((env) => ({ apiKey: env.RIVYA_API_KEY, … }))`. Options that are wrong are a `TypeError`
 * that names them, thrown here; a Worker with such options does not start. In a page or its service worker, where the
 * module takes its time, one that only the module can judge (a signing key too short, a base path or an origin in
 * another form, `http:` elsewhere than on loopback) is logged. So is any where `options` is a function, on each
 * request; those are answered with 500.
 *
 * A function is called once for each `env` object, and its answer is kept; make a `memoryBudget()` outside of it.
 */
export declare function createProxy<Env = unknown>(
  options: ProxyOptions | ((env: Env) => ProxyOptions),
): EdgeProxy<Env>;

/** What the proxy may do, and for whom. */
export interface ProxyOptions {
  /**
   * Secret key of the API (`rvya_sk_…`). It goes to `upstream` and nowhere else: where the API echoes it, or a signing
   * key, it is cut out of the answer, as it is out of every message and line of the log. Nothing else of an answer's
   * data is cut.
   */
  apiKey: string;
  /**
   * What binds ids to callers; at least 32 bytes. Several: the first signs, all are accepted. Keep it when the API key
   * is rotated.
   */
  signingKey: string | string[];
  /**
   * Who calls. Null refuses (401). The id must outlive a session (an account's id): what a caller may read hangs on it.
   * Required: there is no open default. It sees no body; 10 s at most. What it throws, or answers besides a caller, is
   * a 500 without detail.
   */
  authorize(request: Request): Caller | null | Promise<Caller | null>;
  /** Where the API is. Default `https://rivya.ai/api/v1`. `http:` only on loopback. */
  upstream?: string | URL;
  /** Below which path of yours the routes lie. Default `/api/rivya`. */
  basePath?: string;
  /** Models that may be asked for. Default: all. */
  models?: ModelId[];
  /** Other origins that may call. Default: none, same origin only. */
  allowedOrigins?: string[];
  /** Request headers of yours that cross-site pages may send. */
  allowedHeaders?: string[];
  /**
   * The longest upload, in bytes, its form included. Default 31,457,280 (30 MB as 2²⁰) and 65,536 for the form. One
   * that takes longer than 60 s and a second for each 16,000 bytes that it says, until its answer is there, is given up
   * with 504.
   */
  maxUploadBytes?: number;
  /**
   * Takes uploads that don't say their length. They are counted and cut off, slower, and may not stand still for 60 s.
   * Default false: 411.
   */
  allowChunkedUploads?: boolean;
  /**
   * Serves results at `GET /generations/{id}/results/{n}`, for pages that may not read them where they lie: pictures,
   * films and sounds from https at a name in public, or from the API's own origin. A result that is gone is a 404 with
   * `error.resource: "result"`, which a missing route has not. Default true.
   */
  results?: boolean;
  /** What one caller may use. Default: no limits but the API's own. */
  limits?: Limits;
  /**
   * The fetch to call upstream with: a function, or an object with one (a service binding, an emulator). Default: the
   * platform's.
   */
  fetch?: FetchLike | { fetch: FetchLike };
}

/** Limits for each caller. */
export interface Limits {
  /** Requests of any kind in any 60 s. Beyond it: 429 `rate_limited` with `Retry-After`. */
  requestsPerMinute?: number;
  /**
   * Credits in any 24 hours. A model's `base_credits` are held before the submission, and settled to what the API
   * reserved. Beyond it: 402 `insufficient_credits`. A model of which the catalogue knows no credits is refused. Where
   * a request costs more than the base (a metered model), as many as are under way at once may go beyond it: set
   * `concurrentGenerations`, too.
   */
  creditsPerDay?: number;
  /**
   * Generations under way. A place is given back by a refusal, by the poll that sees the end, or after 15 minutes.
   * Beyond it: 429 `too_many_at_once`, without `Retry-After`: it is not the API's pace, and nobody knows when a
   * generation ends. The client asks again under the same key. A repeat of what was sent before takes no place, and no
   * credits; of several at once, in whatever isolates, one is let through so, and the others need room of their own.
   * Where the API begins another task for a repeat, that is counted too; where it no longer fits, further repeats need
   * room like any other submission.
   */
  concurrentGenerations?: number;
  /** Where it is counted. */
  budget: Budget;
}

/** Who calls: the id of an account, not of a session. */
export type Caller =
  | string
  | {
      /** The same. */
      id: string;
      /** May read the account's balance. Default false: 403. */
      credits?: boolean;
    };

/** A proxy; made by {@link createProxy}. */
export declare class EdgeProxy<Env = unknown> {
  private constructor();
  /**
   * The handler. Bound: may be passed on by itself. Never rejects; a bug in this package that crashes its module is
   * logged as `module_crashed`, and every request answered with 500 from then on. On Workers hand it `ctx` too, where
   * you call it: a submission whose caller hangs up is then counted to its end.
   */
  readonly fetch: (request: Request, env?: Env, ctx?: unknown) => Promise<Response>;
  /**
   * The id that a caller sees for one of the API's. For webhooks, which carry the API's own. `env` is required where
   * the options are a function.
   */
  bindId(kind: "task" | "file", id: string, caller: string, env?: Env): Promise<string>;
  /** The API's id for one that a caller sees; null where it is not this caller's. */
  openId(kind: "task" | "file", boundId: string, caller: string, env?: Env): Promise<string | null>;
}

/**
 * Atomic counters: {@link memoryBudget} for one process, a Durable Object (`examples/worker`) for many isolates. Over
 * KV it can only be approximate. Some keys are a caller's (`requests:`, `credits:`, `places:`), some one submission's
 * (`sent:`, `turns:`): of these there are as many as submissions in a day, with a few ids each. Where it throws, or
 * takes 10 s, the request gets 503, and nothing was sent.
 */
export interface Budget {
  /**
   * Counts `amount` under `id` for `windowMs`, if what is counted under `key` then stays within `limit`; else answers
   * when to ask again. An `id` already counted is answered ok and counts nothing.
   */
  take(query: {
    key: string;
    id: string;
    amount: number;
    limit: number;
    windowMs: number;
  }): Promise<{ ok: boolean; retryAfterMs: number | null }>;
  /** Sets what `id` took to `amount`; 0 gives it back and forgets the id. An unknown id is left alone. */
  settle(query: { key: string; id: string; amount: number }): Promise<void>;
}

/** Counters of one process: gone when it ends, and not shared with other isolates of a Worker. */
export declare function memoryBudget(): Budget;

/**
 * Checks a delivery over its raw body, and gives its event. Rejects with `webhook_signature` (a {@link RivyaError})
 * where it is not genuine, too old or too new, longer than 1,048,576 bytes, or was delivered before; with
 * `invalid_response` where it is genuine, but no event; with `network_error` where its body breaks off. What is no
 * delivery or no option is a `TypeError` that names it.
 *
 * A request's body is read here, once, whatever `Content-Type` it has: nothing else may have read or parsed it before.
 *
 * The API signs its deliveries (`whsec_…`), but its header and algorithm are not known to us: the default scheme is
 * that of Standard Webhooks, an assumption of ours. Compare it with a real delivery before you rely on it.
 */
export declare function verifyWebhook(
  delivery: Request | { body: string | Uint8Array; headers: Headers | Record<string, string | string[] | undefined> },
  options: WebhookOptions,
): Promise<WebhookEvent>;

/** How a delivery is checked. */
export interface WebhookOptions {
  /**
   * The endpoint's secret; several while it is rotated. `whsec_` before Base64 (Standard Webhooks) is the key's bytes;
   * anything else is taken as text, `whsec_` before what is no Base64 included. A key of fewer than 16 bytes is refused
   * (ours).
   */
  secret: string | string[];
  /** Default: Standard Webhooks (our assumption). */
  scheme?: WebhookScheme;
  /** How old or how new a delivery may be, in milliseconds. Default 300,000. */
  toleranceMs?: number;
  /**
   * Remembers an id for `ttlMs` (twice the tolerance); false where it was remembered already: the delivery is then
   * refused as a replay. Called for genuine events alone, with the delivery's id where that is signed, else with the
   * event's. What it throws, `verifyWebhook` throws: answer 500, and the sender repeats. Forget the id where your own
   * work on the event fails afterwards: the repeat has the same one.
   */
  claim?(id: string, ttlMs: number): boolean | Promise<boolean>;
}

/** Where the parts of a signature stand, and over what it was made. HMAC-SHA-256. */
export interface WebhookScheme {
  /** Header of the delivery's id. Read only where the id is signed; else it may be empty. */
  idHeader: string;
  /** Header of the time, in whole seconds since 1970. Read only where the time is signed; else it may be empty. */
  timestampHeader: string;
  /**
   * Header of the signatures, separated by blanks, or by commas where the prefix holds none. One that fits is enough.
   */
  signatureHeader: string;
  /**
   * What is signed; parts are joined by dots. With `"body"` alone no delivery grows old: only `claim` tells that it
   * came before.
   */
  signedContent: "id.timestamp.body" | "timestamp.body" | "body";
  /** How signatures are written: Base64 with its padding, or hex of either case. */
  encoding: "base64" | "hex";
  /** What stands before each of them, without blanks: `v1,`, `sha256=`; others are passed over. May be empty. */
  signaturePrefix: string;
}

/** A genuine delivery. */
export interface WebhookEvent {
  /** The API's id of the event (`evt_…`). */
  id: string;
  /** What happened. */
  type: "generation.succeeded" | "generation.failed" | (string & {});
  /** When, as the API writes it. */
  created_at: string;
  /**
   * The generation, with the API's own id: see {@link EdgeProxy.bindId}. The key it sits under is not documented: it is
   * the first of `data`, `data.object`, `generation` and `object` that has an `id` and a `status` (our convention);
   * null where none has.
   */
  generation: Generation | null;
  /** The whole event as it came. */
  raw: unknown;
}
