// The emulator's JavaScript face. It knows no platform: each entry file brings its own way to load the module.
import { RawEmulator } from "#emulator-glue";
import { Deliveries } from "../emulator/deliveries.js";

const made = Symbol("made by createEmulator");

/**
 * @param {() => Promise<void>} load Makes `RawEmulator` usable; may be called again, also after it failed.
 */
export function defineEmulator(load) {
  async function createEmulator(options) {
    await load();
    return new Emulator(made, new RawEmulator(options));
  }
  return { createEmulator, Emulator };
}

/**
 * The form that a request is made of, as it was given: WebKit can't read one with files back out of a `Request`. With a `Content-Type` of the caller's
 * own it has to be read as a server would, who knows nothing but the boundary that stands there.
 */
const formOf = (init) => (init?.body instanceof FormData && !new Headers(init.headers).has("content-type") ? init.body : undefined);

export class Emulator {
  #raw;
  #deliveries;

  constructor(token, raw) {
    if (token !== made) throw new TypeError("Emulator: use createEmulator()");
    this.#raw = raw;
    this.#deliveries = new Deliveries(raw);
    const { publicUrl, apiKey } = raw;
    this.fetch = async (input, init) => {
      if (this.#raw === null) throw new Error("the emulator was freed");
      try {
        return await this.#raw.handle(new Request(input, init), formOf(init));
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
