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
}

declare module "#edge-glue" {
  const init: Glue["init"];
  export default init;
  export const initSync: Glue["initSync"];
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
