// What the build puts in place of these names: the glue of each module, as far as this folder takes it, and the module
// itself. `*-wasm` is base64 of gzip; a `.wasm` file is imported on Workers alone.

declare const PACKAGE_VERSION: string;

interface Glue {
  init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  initSync(options: { module: WebAssembly.Module }): unknown;
}

declare module "#client-glue" {
  const init: Glue["init"];
  export default init;
  export const initSync: Glue["initSync"];
  /** An id as a segment of a path; undefined where it can't be one. */
  export function encodeId(id: string): string | undefined;
  /** Whether a caller's idempotency key can be sent. */
  export function isValidKey(key: string): boolean;
  /** Drops a call that nobody waits for any more. */
  export function cancelCall(number: number): void;

  /** The methods of a client that are calls. */
  export enum Method {
    Generate,
    Create,
    Retrieve,
    Wait,
    Resume,
    Pending,
    Forget,
    Download,
    Upload,
    Inspect,
    RetrieveFile,
    Models,
    Credits,
  }

  type Settle = (value?: unknown) => void;

  /** The client; `begin` answers the number by which the call is cancelled. */
  export class Engine {
    constructor(settings: object);
    validate(request: object): import("rivya-wasm").ValidationIssue[];
    watch(id: string, options: object): Watching;
    /** `argument` is what the method takes before its options. */
    begin(method: Method, argument: unknown, options: object, resolve: Settle, reject: Settle): number;
    free(): void;
  }

  /** A generation that is watched. */
  export class Watching {
    private constructor();
    readonly isOver: boolean;
    next(resolve: Settle, reject: Settle): number;
    free(): void;
  }
}

declare module "#edge-glue" {
  const init: Glue["init"];
  export default init;
  export const initSync: Glue["initSync"];

  /** An answer of the proxy's own, as the rules give it; `allow` is the header of a 405. */
  export interface RuledRefusal {
    status: number;
    code: string;
    message: string;
    allow?: string;
  }

  /** What a request wants; `route` is undefined beside a refusal. */
  export interface Admission {
    origin?: string;
    refusal?: RuledRefusal;
    route?: string;
    segment?: string;
    index: number;
  }

  /** An answer of the API with the caller's id in it; `id` is the API's own. */
  export interface BoundAnswer {
    text: string;
    id?: string;
    hasEnded: boolean;
    reservedCredits?: number;
  }

  export type Kind = "task" | "file";
  export type Submission = { refusal: RuledRefusal } | { refusal?: undefined; body: string; baseCredits?: number };

  /** A question to the budget. */
  export interface Settle {
    key: string;
    id: string;
    amount: number;
  }
  export interface Take extends Settle {
    limit: number;
    windowMs: number;
  }

  /** What comes next in an attempt to submit: a question to the budget, or what the attempt comes to. */
  export interface Step {
    take?: Take;
    settle?: Settle;
    role?: string;
    refusal?: RuledRefusal;
  }

  /** The rules of one proxy. */
  export class EdgeRules {
    constructor(settings: object);
    admit(
      url: string,
      method: string,
      origin: string | undefined,
      fetchSite: string | undefined,
      asksMethod: string | undefined,
      hasClientHeader: boolean,
    ): Admission;
    refuseBody(
      isUpload: boolean,
      contentType: string | undefined,
      contentLength: string | undefined,
    ): RuledRefusal | undefined;
    readSubmission(text: string): Submission;
    open(kind: Kind, boundId: string, caller: string): string | undefined;
    bind(kind: Kind, id: string, caller: string): string;
    bindAnswer(text: string, kind: Kind, caller: string): BoundAnswer | undefined;
  }

  export function beginsNothing(status: number, isJson: boolean): boolean;
  export function countedUnder(name: "requests" | "places", caller: string): { key: string; windowMs: number };
  export function errorFor(text: string, id: string | undefined, bound: string | undefined): string | undefined;
  export function isMedia(contentType: string): boolean;
  export function isPlainLength(text: string): boolean;
  export function maxBytes(isSubmission: boolean): number;
  export function nextStep(attempt: object, event: object, answers: Uint8Array): Step;
  export function noSuchId(): RuledRefusal;
  /** What a delivery of a webhook tells, and under which id it is claimed. */
  export function openDelivery(
    delivery: object,
    secrets: string[],
    body: Uint8Array,
  ): { claimId: string; event: import("rivya-wasm/edge").WebhookEvent };
  export function outgoingKey(caller: string, key: string): string;
  export function resultUrl(text: string, index: number): string | undefined;
  export function submissionId(outgoingKey: string, body: string): string;
  export function takesResultUrl(
    href: string,
    protocol: string,
    host: string,
    hasCredentials: boolean,
    settings: object,
  ): boolean;
  export function tooLarge(maxBytes: number): RuledRefusal;
}

declare module "#emulator-glue" {
  const init: Glue["init"];
  export default init;
  export const initSync: Glue["initSync"];

  /** A delivery of a webhook that is due. */
  export interface Post {
    id: string;
    url: string;
    headers: Record<string, string>;
    body: string;
    timeoutMs: number;
  }

  export class RawEmulator {
    constructor(options?: import("rivya-wasm/emulator").EmulatorOptions);
    readonly publicUrl: string;
    readonly apiKey: string;
    handle(request: Request, form?: FormData): Promise<Response>;
    ledger(): ReturnType<import("rivya-wasm/emulator").Emulator["ledger"]>;
    nextDeliveryMs(): number | undefined;
    takeDelivery(): Post | undefined;
    settleDelivery(id: string, status: number): void;
    free(): void;
  }
}

declare module "#client-wasm" {
  const embedded: string;
  export default embedded;
}

declare module "#edge-wasm" {
  const embedded: string;
  export default embedded;
}

declare module "#emulator-wasm" {
  const embedded: string;
  export default embedded;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
