import type { WebhookScheme } from "./edge.js";
import type { ClientOptions, CreateGeneration, FetchLike } from "./index.js";

/**
 * Rivya Public API v1 in this process: the same routes, checks, errors, credits and idempotency; results are painted
 * from the prompt and the references. Where the API's documentation is silent it follows conventions of its own
 * (success statuses 202 and 201, a file's keys beside `id`, `url` and `duration_token`, 402 for `insufficient_credits`,
 * `Retry-After`, pixel sizes): no client should rely on those.
 *
 * Loads the WebAssembly module on first use; a failed load can be tried again. Draws and starts nothing before the
 * first request.
 *
 * @param options Defaults make an account with 1000 credits whose tasks succeed after 5 seconds.
 * @throws TypeError that names the path of a wrong option.
 */
export declare function createEmulator(options?: EmulatorOptions): Promise<Emulator>;

/** What the emulated account and its API are like. An option that does not exist is a `TypeError`. */
export interface EmulatorOptions {
  /** Keys that are let in, all of one account. Default `["rvya_sk_emulator"]`. */
  apiKeys?: string[];
  /** Credits of the account at the start. Default 1000. */
  credits?: number;
  /** How long each task takes. Default `{ queuedMs: 1_000, processingMs: 4_000 }`. */
  pace?: {
    /** From submission to `processing`, in milliseconds. Default 1_000. */
    queuedMs?: number;
    /** From `processing` to the end, in milliseconds. Default 4_000. */
    processingMs?: number;
  };
  /**
   * How tasks end. Default `"succeeded"`. A function decides per request from its parsed body, at submission (not for a
   * repeat that is answered from memory); one that throws or answers anything else makes that submission a 500.
   */
  outcome?: "succeeded" | "failed" | ((request: CreateGeneration) => "succeeded" | "failed");
  /**
   * What a repeat with a known `Idempotency-Key` and the same bytes gets; the API's way is not documented. Default
   * `"replay"`.
   *
   * - `"replay"`: the first answer again.
   * - `"conflict"`: 409 `idempotency_conflict`, always.
   * - `"conflict_while_running"`: 409 until the first task has ended, then its first answer.
   * - `"ignored"`: a new task, charged again.
   *
   * Another body under a known key is 409 in all but `"ignored"`.
   */
  idempotency?: "replay" | "conflict" | "conflict_while_running" | "ignored";
  /**
   * Requests that each key may make in a window; more get 429 `rate_limited` with `Retry-After`. Default `null`: no
   * limit.
   */
  rateLimit?: {
    /** How many. */
    requests: number;
    /** In how many milliseconds, counted from the window's first request. */
    windowMs: number;
  } | null;
  /**
   * Whether pages of other origins may read answers and results: preflights are answered and CORS headers set. Default
   * true.
   */
  cors?: boolean;
  /**
   * What goes wrong on purpose. The n-th request to the API meets the same fate for the same seed. Default: nothing.
   */
  faults?: {
    /** Starts the sequence: a whole number. */
    seed: number;
    /** Share of the API's requests that are hit, 0 to 1. Uploads' and results' own URLs never are. */
    rate: number;
    /**
     * Kinds to draw from, equally likely.
     *
     * - `"drop_before"`, `"drop_after"`: the fetch rejects with a `TypeError`; before: nothing was done, after:
     *   everything was.
     * - `"status_429"` (with `Retry-After: 1`), `"status_500"`, `"status_503"`: nothing was done.
     * - `"slow"`: the answer comes 1 to 3 seconds late.
     * - `"truncate"`: a 2xx whose body breaks off. `"garbage"`: a 2xx whose body is no JSON.
     */
    kinds: (
      | "drop_before"
      | "drop_after"
      | "status_429"
      | "status_500"
      | "status_503"
      | "slow"
      | "truncate"
      | "garbage"
    )[];
  };
  /**
   * What result and file URLs begin with: an absolute http or https URL. Default `https://emulator.invalid`; a served
   * emulator uses its own origin. Where a client reaches it under another base URL than that of `options`, name that
   * one's origin here: clients take results from where the API is.
   */
  publicUrl?: string;
  /**
   * Receivers on this machine that are told of each task's end, succeeded or failed; each gets one POST. How the API
   * signs its deliveries is not documented: these are signed by Standard Webhooks, or by the scheme you give. One that
   * is not answered with a 2xx within 10 s is made again after 0.5, 2 and 8 s, under the same id, then given up; all of
   * that is our convention. Default: none.
   *
   * In a page, a receiver of another origin must allow the headers (CORS). In Node, the process lives until they are
   * made, or `free()` is called. On Workers a delivery ends with the request that caused it.
   */
  webhooks?: EmulatorWebhook | EmulatorWebhook[];
}

/** A receiver of webhooks. */
export interface EmulatorWebhook {
  /** Where it listens: an http or https URL on `127.0.0.1`, `[::1]` or `localhost`. Anything else is a `TypeError`. */
  url: string;
  /** What its deliveries are signed with: `whsec_` and Base64, or text. */
  secret: string;
  /** How they are signed. Default: Standard Webhooks. */
  scheme?: WebhookScheme;
}

/** An emulated API. It is a fetch: nothing listens, and requests go no further. */
export declare class Emulator {
  private constructor();
  /**
   * Answers requests, whatever their origin: the path decides. Bound: may be passed on by itself. Uploads and results
   * are read below `publicUrl` without a key. Rejects with the signal's reason when aborted, with a `TypeError` where a
   * fault drops the connection.
   */
  readonly fetch: FetchLike;
  /**
   * For `createClient(emulator.options)`: base URL, first key, both fetches, and leave to use the emulator's key in a
   * page.
   */
  readonly options: ClientOptions & Required<Pick<ClientOptions, "baseUrl" | "apiKey" | "fetch" | "downloadFetch">>;
  /** For tests, as of now. */
  ledger(): {
    /** What the account has left. */
    credits: number;
    /** Every task in order of submission, with what it costs as of now: 0 once it failed. */
    charges: {
      /** The task's id. */
      id: string;
      /** Key that it was sent with. */
      idempotencyKey: string | null;
      /** Credits taken. */
      credits: number;
    }[];
    /**
     * How often each route was called, those hit by a fault included: `"POST /api/v1/generations"`,
     * `"GET /api/v1/generations/{id}"`, `"GET /results/{id}/{n}"` …
     */
    requests: Record<string, number>;
  };
  /** Gives its memory back. Later calls fail; requests in flight are still answered; deliveries of webhooks end. */
  free(): void;
}
