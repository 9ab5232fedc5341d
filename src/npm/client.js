// The public shape around the module: promises that settle even when the module crashes, plain objects for `generations` and the like, an
// async iterator. No rule lives here.

import { Method, RawClient } from "#client-glue";
import { guard, guardSync } from "../js/calls.js";
import { RivyaError } from "../js/error.js";
import { read } from "../js/snapshot.js";

const granted = Symbol();

/** A connected client; made by `createClient` alone. */
class Client {
  #raw;

  constructor(grant, raw) {
    if (grant !== granted) throw new TypeError("Clients are made by createClient()");
    this.#raw = raw;
    const call = (method) => (argument, options) => this.#call(method, argument, options);
    const read = (method) => (options) => this.#call(method, undefined, options);
    const fixed = (value) => ({ value, enumerable: true });
    Object.defineProperties(this, {
      generations: fixed(
        Object.freeze({
          create: call(Method.Create),
          retrieve: call(Method.Retrieve),
          wait: call(Method.Wait),
          watch: (id, options) => watch(() => guardSync(() => this.#use().watch(id, options))),
        }),
      ),
      files: fixed(Object.freeze({ upload: call(Method.Upload), retrieve: call(Method.RetrieveFile) })),
      models: fixed(Object.freeze({ list: read(Method.ListModels) })),
      credits: fixed(Object.freeze({ retrieve: read(Method.RetrieveCredits) })),
    });
  }

  #use() {
    if (this.#raw === null) throw new TypeError("this client was freed");
    return this.#raw;
  }

  #call(method, argument, options) {
    return guard(() => this.#use().call(method, argument, options), method === Method.Generate || method === Method.Create);
  }

  generate(request, options) {
    return this.#call(Method.Generate, request, options);
  }

  validate(request) {
    return guardSync(() => this.#use().validate(request));
  }

  download(generation, options) {
    return this.#call(Method.Download, generation, options);
  }

  /** Gives the module's memory back. Calls in flight go on to their end. */
  free() {
    const raw = this.#raw;
    this.#raw = null;
    raw?.free();
  }
}

/** `for await` over the states of a generation; leaving the loop aborts the look under way. A loop that never begins costs nothing. */
function watch(begin) {
  const stop = new AbortController();
  const over = { done: true, value: undefined };
  let raw = null;
  let last = Promise.resolve();
  let ended = false;
  const end = () => {
    raw?.free();
    raw = null;
    ended = true;
    return over;
  };
  const step = async () => {
    if (ended) return over;
    try {
      raw ??= begin();
      const value = await guard(() => raw.next(stop.signal));
      return value === undefined ? end() : { done: false, value };
    } catch (error) {
      end();
      if (stop.signal.aborted) return over;
      throw error;
    }
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    // One after the other, as an async generator has it.
    next: () => (last = last.then(step, step)),
    async return(value) {
      stop.abort();
      await last.catch(() => {});
      return { ...end(), value };
    },
  };
}

/** `load(wasm)` makes the module ready, once; it is all that differs between platforms. */
export function defineClient(load) {
  async function createClient(options) {
    await load(options === undefined || options === null ? undefined : read(options, "wasm", "options.wasm"));
    return new Client(granted, guardSync(() => new RawClient(options)));
  }
  return { createClient, Client, RivyaError };
}
