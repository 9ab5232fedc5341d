// The emulator's JavaScript face. It knows no platform: each entry file brings its own way to load the module.
import { RawEmulator } from "#emulator-glue";
import { given } from "../js/data.js";
import { Deliveries } from "../emulator/deliveries.js";

/**
 * @typedef {import("rivya-wasm/emulator").EmulatorOptions} EmulatorOptions
 */

const made = Symbol("made by createEmulator");

/**
 * Whoever waits for an answer of the module.
 *
 * @type {Set<(reason: Error) => void>}
 */
const waiting = new Set();

/**
 * A module that crashes in a task of its own tells nobody who waits for it: the platform reports an error, and the
 * answer never comes. (WebKitGTK 2.50.6 makes wrong code of the JPEG encoder now and then, while it optimises a module
 * that runs: in 3 of 100 pages.) So they hear of it as of a lost connection.
 *
 * @param {ErrorEvent} event
 */
function tellCrash({ error }) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  for (const reject of waiting) reject(new TypeError(`the emulator crashed: ${error.message}`, { cause: error }));
}

/**
 * What `answer` becomes, unless the module crashes meanwhile. Where there are no such events (Node), a crash ends the
 * process, which can't be overlooked.
 *
 * @template T
 * @param {Promise<T>} answer
 */
async function unlessItCrashes(answer) {
  /** @type {(reason: Error) => void} */
  let fail = () => {};
  /** @type {Promise<never>} */
  const crash = new Promise((_, reject) => (fail = reject));
  if (waiting.size === 0) given(globalThis, "addEventListener")?.call(globalThis, "error", tellCrash);
  waiting.add(fail);
  try {
    return await Promise.race([answer, crash]);
  } finally {
    waiting.delete(fail);
    if (waiting.size === 0) given(globalThis, "removeEventListener")?.call(globalThis, "error", tellCrash);
  }
}

/**
 * @param {() => Promise<void>} load Makes `RawEmulator` usable; may be called again, also after it failed.
 */
export function defineEmulator(load) {
  async function createEmulator(/** @type {EmulatorOptions | undefined} */ options) {
    await load();
    return new Emulator(made, new RawEmulator(options));
  }
  return { createEmulator, Emulator };
}

/**
 * The form that a request is made of, as it was given: WebKit can't read one with files back out of a `Request`. With a
 * `Content-Type` of the caller's own it has to be read as a server would, who knows nothing but the boundary that
 * stands there.
 *
 * @param {RequestInit | undefined} init
 */
function formOf(init) {
  const [body, headers] = ["body", "headers"].map((name) => given(init ?? {}, name));
  return body instanceof FormData && !new Headers(headers).has("content-type") ? body : undefined;
}

export class Emulator {
  fetch;
  options;
  /** @type {RawEmulator | null} */
  #raw;
  #deliveries;

  /**
   * @param {symbol} token
   * @param {RawEmulator} raw
   */
  constructor(token, raw) {
    if (token !== made) throw new TypeError("Emulator: use createEmulator()");
    this.#raw = raw;
    this.#deliveries = new Deliveries(raw);
    const { publicUrl, apiKey } = raw;
    /** @type {import("rivya-wasm").FetchLike} */
    this.fetch = async (input, init) => {
      if (this.#raw === null) throw new Error("the emulator was freed");
      try {
        return await unlessItCrashes(this.#raw.handle(new Request(input, init), formOf(init)));
      } finally {
        this.#deliveries.plan();
      }
    };
    this.options = {
      baseUrl: `${publicUrl}/api/v1`,
      apiKey,
      fetch: this.fetch,
      downloadFetch: this.fetch,
      dangerouslyAllowBrowser: true,
    };
  }

  ledger() {
    if (this.#raw === null) throw new Error("the emulator was freed");
    return this.#raw.ledger();
  }

  free() {
    this.#deliveries.end();
    this.#raw?.free();
    this.#raw = null;
  }
}
