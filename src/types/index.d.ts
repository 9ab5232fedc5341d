/**
 * `rivya-wasm`: generates images, and whatever else the models make, through Rivya Public API v1.
 *
 * Objects of the API keep its own spelling (`snake_case`, `referenceMediaItems`); everything of ours is camelCase.
 * Durations end in `Ms`, sizes in `Bytes`. "The API" marks what its documentation says; "our convention" what it leaves
 * open and this package decides.
 */

/**
 * Loads the WebAssembly module on first use, and connects a client. There is no separate init call; a load that failed
 * can be tried again.
 *
 * Rejects with a `TypeError` that names the option which is wrong, or with `browser_key`.
 */
export declare function createClient(options?: ClientOptions): Promise<Client>;

/** What `fetch` is, here and on every platform. */
export type FetchLike = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** All of them may be left out: in a page the client then talks to your proxy at `/api/rivya`. */
export interface ClientOptions {
  /**
   * What `/generations` and the other routes are appended to. Default: in a page, or a worker of one, without a key:
   * `/api/rivya`, where your proxy is (our convention); else `https://rivya.ai/api/v1`. A relative one outside a page
   * is a `TypeError`. `http:` with a key: only on loopback.
   */
  baseUrl?: string | URL;
  /**
   * Secret key (`rvya_sk_…`), for servers and edge functions. A browser refuses it with `browser_key`, unless
   * `dangerouslyAllowBrowser`.
   */
  apiKey?: string;
  /** Allows a key in a page. For tests with keys of no worth: whoever opens the page has the key. Default false. */
  dangerouslyAllowBrowser?: boolean;
  /**
   * Sent with every request below `baseUrl`, never to a result's own URL: a session header for your proxy, say.
   * `Idempotency-Key`, `X-Rivya-Client`, `Content-Type`, or (beside `apiKey`) `Authorization` here is a `TypeError`; a
   * value that holds `rvya_sk_` is treated as `apiKey` is.
   */
  headers?: Record<string, string>;
  /** As in `fetch`. Default: the platform's, `"same-origin"`. */
  credentials?: "omit" | "same-origin" | "include";
  /**
   * The fetch to call: a function, or an object with one (a service binding, an emulator), which is called as its
   * method. Default: the platform's.
   */
  fetch?: FetchLike | { fetch: FetchLike };
  /**
   * The fetch for results, which lie elsewhere than the API. Outside a page it is asked with `redirect: "manual"`, once
   * for each redirect, whose place is judged like the first one's. Default: the platform's.
   */
  downloadFetch?: FetchLike | { fetch: FetchLike };
  /**
   * Attempts after the first, for what is safe to repeat: reads, uploads, and submissions with their idempotency key.
   * They are made after a network failure, 408, 425, 429, and every 5xx but 501 and 505. Default 4.
   */
  maxRetries?: number;
  /** One attempt's limit in milliseconds, its body's reading included, uploads and downloads aside. Default 30,000. */
  timeoutMs?: number;
  /**
   * An upload or download that moves no byte for so long, in milliseconds, is given up and tried again. Default 60,000.
   * Where the bytes of an upload can't be seen going ({@link UploadOptions.onProgress}), it may take ten times that in
   * all.
   */
  stallMs?: number;
  /**
   * The longest result that is taken, in bytes; a longer one is `invalid_response`, and not retryable. Default
   * 1_073_741_824.
   */
  maxResultBytes?: number | undefined;
  /** Uploads in flight at once, over all calls of this client (on Workers: per call). Default 4. */
  maxConcurrentUploads?: number;
  /**
   * `"strict"`: requests for models of the built-in catalogue are checked in full before anything is sent. `"known"`: a
   * parameter or option that the catalogue doesn't list is sent all the same, with one warning on the console. `"off"`:
   * the server decides. Default `"strict"`.
   */
  validation?: "strict" | "known" | "off";
  /**
   * Where submissions are remembered until their results were delivered. Default: IndexedDB where there is one, else
   * the memory of this client. `null`: nowhere. A store that fails, or takes 2 s, is told once on the console, and the
   * call goes on without it.
   */
  store?: Store | null;
  /**
   * Whose work the store holds, where several people use one browser: an account's id. Kept as a fingerprint, which
   * hides it from nobody who can guess it.
   */
  account?: string;
  /**
   * The WebAssembly module, where the default one does not serve: a URL, its bytes, or a compiled module. The first
   * client decides for all.
   */
  wasm?: string | URL | BufferSource | WebAssembly.Module;
}

/** A connected client; made by {@link createClient}. */
export declare class Client {
  private constructor();
  /**
   * The whole job: check, upload the references, submit once, wait. Resolves with the succeeded generation.
   *
   * Rejects with `validation_failed` before anything is sent or paid; with the generation's own code where it failed;
   * with `timeout` where it has not ended within `waitTimeoutMs` (it goes on: `generations.wait(error.generation.id)`);
   * with any other code of {@link ErrorCode}.
   */
  generate<M extends ModelId>(request: GenerateRequest<M>, options?: GenerateOptions): Promise<SucceededGeneration>;
  /**
   * Every problem that the built-in catalogue can see in a request; empty when there is none. Sends nothing, reads no
   * file.
   */
  validate<M extends ModelId>(request: GenerateRequest<M>): ValidationIssue[];
  /**
   * The results' bytes, in the order of `result.urls`, at most 100 of them. Never empty. Neither key nor `headers` go
   * to a result's own URL. Where a page may not read that, and no key is set, the results route of your proxy is asked;
   * a 404 of that route counts only where it says that it is about the result (`error.resource: "result"`), as this
   * package's proxy does.
   *
   * A result lies on https, or where the API itself does; where that is http on loopback, on http too. Outside a page
   * no address in numbers, no name of one's own network and no port of another protocol is asked, be it behind a
   * redirect. It is a picture, a film or a sound, by its first bytes: not empty, not cut short, and no text such as a
   * login page. An SVG image is one: show it in an `<img>`, where its scripts don't run.
   *
   * Rejects with `not_found` where a result is gone, `network_error` where it can't be read, `timeout` where it stalls;
   * with `invalid_response`, retryable, where what came is no result, and not retryable where a URL is not fetched
   * (then none is), or a result is longer than `maxResultBytes`.
   */
  download(generation: SucceededGeneration, options?: DownloadOptions): Promise<[Blob, ...Blob[]]>;
  /**
   * Submissions that are not delivered yet, this page's earlier visits included, oldest first: what was never answered,
   * what still runs, what has ended while nobody polled. Of this `baseUrl` and `account` alone.
   */
  pending(): Promise<PendingGeneration[]>;
  /**
   * Takes one up again, in this page or the next: sends it once more, under its own key and with its own bytes, where
   * no answer was ever seen; then waits for it. An id that the journal doesn't know is simply waited for.
   *
   * Rejects with `resume_expired` where no answer was seen within 24 hours of its start; with `not_found` where the
   * journal has no such key, or the API no such task; else as {@link Client.generate} does.
   */
  resume(
    which: PendingGeneration | { generationId: string } | { idempotencyKey: string },
    options?: WaitOptions,
  ): Promise<SucceededGeneration>;
  /** Takes it off the list. What runs, runs on, and may cost credits. */
  forget(which: PendingGeneration | { idempotencyKey: string }): Promise<void>;
  /** `POST /generations`, `GET /generations/{id}`. */
  readonly generations: Generations;
  /** `POST /files`, `GET /files/{id}`. */
  readonly files: Files;
  /** `GET /models`. */
  readonly models: Models;
  /** `GET /credits`. */
  readonly credits: Credits;
  /** Gives the client's memory back. Calls in flight go on to their end; later ones are a `TypeError`. */
  free(): void;
}

/** Single steps of {@link Client.generate}. */
export interface Generations {
  /** Submits once, repeated only with the same key and bytes. Resolves with the API's answer, most often `queued`. */
  create<M extends ModelId>(body: CreateGeneration<M>, options?: CreateOptions): Promise<Generation>;
  /** One poll. `not_found` where the id is unknown or another account's. */
  retrieve(id: string, options?: RequestOptions): Promise<Generation>;
  /**
   * Polls until the generation ends. Waits for one id share their polls (not on Workers, where calls must not wait for
   * each other).
   */
  wait(id: string, options?: WaitOptions): Promise<SucceededGeneration>;
  /**
   * Each new state that a poll sees, the terminal one last; a failed one is yielded, not thrown. Leaving the loop stops
   * the looking. While nobody asks for the next state the polls go on, up to a minute beyond `waitTimeoutMs`.
   */
  watch(id: string, options?: WaitOptions): AsyncIterable<Generation>;
}
/** Reference files. */
export interface Files {
  /**
   * Uploads a file, without its metadata unless `keepMetadata`. The same Blob with the same options is sent once within
   * an hour (our convention; a client remembers 1,000 files), unless its upload carries a `duration_token`.
   *
   * Rejects with `validation_failed` where its first bytes say that the model does not take it, where no image data is
   * in it, or where it is so damaged that nobody can tell what to cut out: Chromium and Firefox don't agree on what
   * belongs to the picture. With `file_unreadable` where it can't be read.
   */
  upload(file: Blob, options?: UploadOptions): Promise<UploadedFile>;
  /**
   * What `upload` would make of a file: what it is, what would be cut out, whether it would be taken. Sends nothing.
   */
  inspect(file: Blob, options?: InspectOptions): Promise<FileReport>;
  /** What the API says of an uploaded file. */
  retrieve(id: string, options?: RequestOptions): Promise<UploadedFile>;
}
/** The live list of models, newer than the built-in catalogue. */
export interface Models {
  /** All of them, those that can't be called yet included. Needs no key. */
  list(options?: RequestOptions): Promise<{ object: "list"; data: Model[] }>;
}
/** The account's wallet. */
export interface Credits {
  /** The balance. */
  retrieve(options?: RequestOptions): Promise<{ current_credits: number }>;
}

/** Options of a single request. */
export interface RequestOptions {
  /** Aborts the call at any moment; it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** One attempt's limit in milliseconds. Default: the client's. */
  timeoutMs?: number;
}
/** Options of a submission. */
export interface CreateOptions extends RequestOptions {
  /**
   * Printable ASCII, at most 128 characters (our convention: the API names no limit). Default: a fresh one, kept over
   * all attempts. One that the journal holds for the same request takes that one up, as `resume` does; for another
   * request it is `idempotency_conflict`, and nothing is sent.
   */
  idempotencyKey?: string;
}
/** Options of a wait. */
export interface WaitOptions {
  /** Ends the waiting at any moment, not the generation: the API has no cancel call. */
  signal?: AbortSignal;
  /**
   * How long this call waits, in milliseconds: `generate` from its submission on, the others from their own call on. It
   * bounds everything: a submission and its repeats, the lock of another page that is at the same entry, a pause that
   * the server asks for. A submission and one poll are begun in any case, and given 2,000 ms (our convention). Default
   * 900,000.
   */
  waitTimeoutMs?: number;
  /** Told of each step. What it throws is reported as uncaught; the call goes on. */
  onProgress?(progress: Progress): void;
}
/** Options of {@link Client.generate}. */
export interface GenerateOptions extends WaitOptions {
  /** Printable ASCII, at most 128 characters (our convention). Default: a fresh one, kept over all attempts. */
  idempotencyKey?: string;
  /** Overrides the client's. */
  validation?: ClientOptions["validation"];
}
/** How a file is looked at. */
export interface InspectOptions {
  /** Aborts the call at any moment; it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Default: what the file's first bytes say. */
  kind?: MediaKind;
  /** Checks the file against this model's upload policy, here and on the server. */
  model?: ModelId;
  /**
   * Keep camera, location and other metadata of a JPEG, PNG or WebP in the file. Default false: they are cut out, the
   * pixels untouched; orientation, colour profile and animation stay. Of a damaged picture goes what browsers skip of
   * it, too. Other formats are sent as they are: what a film or a GIF says of its maker is not cut out.
   */
  keepMetadata?: boolean;
  /**
   * `"limit"`: an image over the model's size is encoded anew by the platform until it fits, quality before resolution:
   * as JPEG where it was one, else as WebP where the platform writes that; upright, in sRGB, without any metadata, of
   * an animation the first picture. Where the platform fails to encode it, JPEG is tried, then fewer pixels. Where all
   * of that fails, or there is no canvas (Workers, Node), it is `validation_failed`. A megabyte counts as 1,000,000
   * bytes here, so that it fits by either reading. Default `"off"`.
   */
  fit?: "off" | "limit";
}
/** What {@link Files.inspect} found. */
export interface FileReport {
  /** What it would travel as; null where its first bytes don't say and no `kind` was given. */
  kind: MediaKind | null;
  /** By its first bytes, whatever it is called; null where they are of no known type. */
  mimeType: string | null;
  /** Of the file as it is. */
  bytes: number;
  /** Of what would be sent; null where it would be encoded anew. */
  sentBytes: number | null;
  /**
   * In pixels, as stored, whichever way it is turned; of an MP4 as it is shown, of several pictures the largest. Null
   * where its first bytes don't tell (a film or TIFF whose index stands at its end) and where it has none (SVG, sound).
   */
  width: number | null;
  /** In pixels, as stored; null where {@link width} is. */
  height: number | null;
  /** What would be cut out: `["Exif (with GPS)", "XMP"]`. */
  removed: string[];
  /** Whether it would be encoded anew, because it is too large and `fit` is `"limit"`. */
  shrinks: boolean;
  /** Why it would not be taken; empty where it would. */
  issues: ValidationIssue[];
}
/** Options of an upload. */
export interface UploadOptions extends InspectOptions {
  /** One attempt's limit in milliseconds, all of it. Default: none but the client's `stallMs`. */
  timeoutMs?: number;
  /** The file's name in the form. Default: a File's own. */
  name?: string;
  /** A trace id of yours; the API takes at most 128 characters. */
  client_request_id?: string;
  /**
   * Told how many bytes have gone, of those that are sent, at most 20 times a second; that it begins (0) and that all
   * is there are told in any case. Bytes are seen in pages without a key (XMLHttpRequest) and in Node, Deno and Bun (a
   * counted stream), both without a `fetch` option; elsewhere only begin and end are. An attempt that is repeated is
   * counted anew. What it throws is reported as uncaught; the upload goes on.
   */
  onProgress?(progress: { loadedBytes: number; totalBytes: number }): void;
}
/** Options of {@link Client.download}. */
export interface DownloadOptions extends RequestOptions {
  /** Told of each piece that arrives; over all results together. `totalBytes` is null where a host doesn't say. */
  onProgress?(progress: { loadedBytes: number; totalBytes: number | null }): void;
}

/** What {@link Client.generate} shall make. */
export interface GenerateRequest<M extends ModelId = ModelId> {
  /** Model id. */
  model: M;
  /** What to make. Its limit is the model's, in Unicode code points. */
  prompt?: string;
  /** The model's own parameters. */
  params?: ParamsOf<M>;
  /**
   * Files to upload first (bytes, `data:` and `blob:` URLs count as files), files uploaded before, ready items, or
   * public URLs, in order. Not together with `params.referenceMediaItems`.
   */
  references?: Reference[];
  /** Keep the metadata of the files among the references: {@link InspectOptions.keepMetadata}. Default false. */
  keepMetadata?: boolean;
  /** `"limit"`: make images that are too large smaller: {@link InspectOptions.fit}. Default `"off"`. */
  fit?: "off" | "limit";
  /** A trace id of yours, at most 128 characters. */
  client_request_id?: string;
}
/**
 * Something that the model shall look at. Bytes (an `ArrayBuffer`, a typed array, Node's `Buffer`, a `DataView`) are
 * taken as a file without a name: they are copied when the call begins, and uploaded with each call. What a form holds
 * of a file input in which none was chosen (a `File` without name and bytes) is left out, with one warning on the
 * console.
 */
export type Reference = Blob | ArrayBuffer | ArrayBufferView | UploadedFile | ReferenceMediaItem | string | URL;

/* ModelParams: generated from the catalogue */

/** A model of the catalogue, or any newer one. */
export type ModelId = keyof ModelParams | (string & {});
/** `params` of a model: checked by the compiler for those of the catalogue, any object for others. */
export type ParamsOf<M> = (M extends keyof ModelParams ? ModelParams[M] : Record<string, any>) & {
  /** Reference media, ready (the API). {@link GenerateRequest.references} makes these for you. */
  referenceMediaItems?: ReferenceMediaItem[];
};

/** A submission that is not delivered yet; what {@link Client.resume} and {@link Client.forget} take. */
export interface PendingGeneration {
  /** Under which it was sent. */
  idempotencyKey: string;
  /** Null where no answer to its submission was seen. */
  generationId: string | null;
  /** Model id. */
  model: string;
  /** What it shall make. */
  prompt?: string;
  /** When it was first sent. ISO 8601, UTC. */
  startedAt: string;
  /**
   * `unsubmitted`: no answer was seen; it may exist all the same. `running`: it was accepted, and nobody has seen its
   * end. `succeeded`: it has ended, and was not handed over. `lost`: the API knows it no more.
   */
  state: "unsubmitted" | "running" | "succeeded" | "lost";
  /** Somebody is at it now: a call of this client, or (where there are Web Locks) another tab. */
  active: boolean;
  /**
   * Until when a repeat of its submission is taken to be free: 24 hours from its start (our convention). ISO 8601, UTC.
   */
  safeUntil: string;
}
/**
 * Keeps texts by key: a thin layer over a KV namespace, a Durable Object, a file. Its functions are called as methods.
 * A call that takes over 2 s has failed. Keys are printable ASCII of at most 200 characters; values hold prompts and
 * parameters, never the API key.
 */
export interface Store {
  /** The text under `key`, as it was last set; null where there is none. */
  get(key: string): Promise<string | null>;
  /** Resolves when the text will be found again, by whoever asks. */
  set(key: string, value: string): Promise<unknown>;
  /** Not an error where there is none. */
  delete(key: string): Promise<unknown>;
  /** All keys that begin with `prefix`. */
  keys(prefix: string): Promise<string[]>;
}

/** How far {@link Client.generate} is. */
export type Progress =
  | {
      phase: "uploading";
      /** Which of the files, from 0. */
      file: number;
      /** How many are uploaded in all. */
      files: number;
      /**
       * Of this file: 0 when it begins, all of it when it is there. In between as {@link UploadOptions.onProgress}
       * says.
       */
      loadedBytes: number;
      /** Of this file, as it is sent. */
      totalBytes: number;
      /** What was cut out of it: `["Exif (with GPS)", "XMP"]`. */
      removed: string[];
    }
  | { phase: "submitting" }
  | {
      phase: "queued" | "processing";
      /** As the last poll saw it. */
      generation: Generation;
      /** Since the submission, in whichever visit; since the wait began where only an id is known. */
      elapsedMs: number;
      /** How long this model's earlier runs took; null where none were seen. */
      expectedMs: number | null;
    }
  | {
      /**
       * The machine has no network, and the call waits for it: told when that is noticed, and then every second. What
       * goes on afterwards is told again: the file that is uploaded, `submitting`, the next poll. Only without a
       * `fetch` option.
       */
      phase: "offline";
      /** Milliseconds since the network was lost. */
      sinceMs: number;
    };

/** Kinds of media that the API takes. */
export type MediaKind = "image" | "video" | "audio";
/** An item of `params.referenceMediaItems` (the API). */
export interface ReferenceMediaItem {
  /** Where it lies: a URL that the files route returned; whether others are taken depends on the model. */
  url: string;
  /** What it is. */
  kind: MediaKind;
  /** File name. */
  name?: string;
  /** MIME type. */
  mimeType?: string;
  /** Length of audio or video in seconds. */
  durationSeconds?: number;
  /** The `duration_token` of the upload, where the model verifies durations. */
  durationToken?: string;
}
/** The body of `POST /generations` (the API). */
export interface CreateGeneration<M extends ModelId = ModelId> {
  /** Model id. */
  model: M;
  /** What to make. */
  prompt?: string;
  /** The model's own parameters. */
  params?: ParamsOf<M>;
  /** A trace id of yours. */
  client_request_id?: string;
}
/**
 * A generation as the server sent it: fields that this version does not know are still there. Only `id` and `status`
 * are relied on.
 */
export interface Generation {
  /** Task id. */
  id: string;
  /** `succeeded` and `failed` are the ends. A word that the API may add counts as not ended. */
  status: "queued" | "processing" | "succeeded" | "failed";
  /** Model id. */
  model: string;
  /** Credits set aside at the start. */
  reserved_credits: number;
  /** Credits charged in the end; 0 until then. */
  final_credits: number;
  /** ISO 8601, UTC. */
  created_at: string;
  /** ISO 8601, UTC. */
  updated_at: string;
  /** Null until it succeeded. */
  result: GenerationResult | null;
  /** Null unless it failed, and even then perhaps. */
  error: { code: string; message: string } | null;
}
/** Where the results lie. For how long is not documented: download them soon. */
export interface GenerationResult {
  /** The first of `urls`. */
  primary_url: string;
  /** All of them. */
  urls: string[];
}
/** A generation that succeeded. */
export interface SucceededGeneration extends Generation {
  status: "succeeded";
  result: GenerationResult;
}
/** An uploaded file as the server sent it. Only `url` is relied on: no page documents the rest. */
export interface UploadedFile {
  /** What goes into a reference item. */
  url: string;
  /** For `files.retrieve`. */
  id?: string;
  /** What it is. */
  kind?: MediaKind;
  /** File name. */
  name?: string;
  /** For models that verify durations; `references` carries it on. */
  duration_token?: string;
  /**
   * What was cut out before it was sent (ours): `["Exif (with GPS)", "XMP"]`, with GPS where the file said where it was
   * taken. Not there where nothing is cut out of its type, or `keepMetadata` was set.
   */
  removed?: string[];
}
/** A model of the live list (the API). */
export interface Model {
  /** What `model` takes. */
  id: string;
  /** For people. */
  display_name: string;
  /** `"image"`, `"video"`, `"audio"`, `"chat"`. */
  category: string;
  /** Base price; parameters may change what is reserved. */
  base_credits: number;
  /** `"available"`, `"coming_soon"`, `"studio_only"`. */
  api_status: string;
  /** Every other field of the API. */
  [field: string]: unknown;
}

/**
 * The one error class. An aborted call rejects with `signal.reason`, as `fetch` does; a wrong argument with a
 * `TypeError` that names its path.
 */
export declare class RivyaError extends Error {
  private constructor();
  readonly name: "RivyaError";
  /** What happened, stable. */
  readonly code: ErrorCode;
  /** HTTP status, or null where none was received. */
  readonly status: number | null;
  /** The API's id of the request, for its support. */
  readonly requestId: string | null;
  /** Whether the same call may be made again unchanged, without paying twice. */
  readonly retryable: boolean;
  /** Milliseconds to stand still, where the server named a time. */
  readonly retryAfterMs: number | null;
  /** How often it was sent; 0 where nothing was. */
  readonly attempts: number;
  /**
   * A submission whose answer never arrived, or whose key is in use (409: perhaps by itself, repeated by the browser):
   * the task may exist and cost credits. `resume` finds out, with the same key. False where no attempt was handed to
   * `fetch`, or where each failed with a refused connection or an unknown host, which a browser does not tell.
   */
  readonly mayHaveBeenCharged: boolean;
  /** The key of the submission that this is about. */
  readonly idempotencyKey: string | null;
  /** `validation_failed` found on this side: every problem at once. */
  readonly issues: readonly ValidationIssue[];
  /** The generation that failed, or that is still running where a wait ended early. */
  readonly generation: Generation | null;
}
/** A problem of a request. */
export interface ValidationIssue {
  /** Where: `prompt`, `params.aspect_ratio`, `references[2]`. */
  path: string;
  /** What is wrong, and what would be right. */
  message: string;
  /** A warning stops nothing. */
  severity: "error" | "warning";
}
/** The API's codes, open to new ones, and ours. */
export type ErrorCode = ApiErrorCode | ClientErrorCode | (string & {});
/** Codes of the API. */
export type ApiErrorCode =
  | "validation_failed"
  | "insufficient_credits"
  | "idempotency_conflict"
  | "rate_limited"
  | "not_found"
  | "generation_failed"
  | "api_key_missing"
  | "api_key_invalid"
  | "api_key_revoked"
  | "api_key_expired"
  | "api_scope_denied"
  | "public_api_disabled"
  | "webhook_url_rejected";
/** Codes of this package. An error status without the API's envelope is `http_<status>`. */
export type ClientErrorCode =
  | "network_error"
  | "timeout"
  | "invalid_response"
  | "browser_key"
  | "file_unreadable"
  | "resume_expired"
  | "module_crashed"
  | "webhook_signature"
  /**
   * Your proxy's 429: as many generations of this caller are under way as it allows. `generate` waits for a place, the
   * other calls reject with it.
   */
  | "too_many_at_once";
