// The public shape: promises that settle even when the module crashes, plain objects for `generations` and the like. No
// rule and no flow lives here.

import { Engine, Method } from "#client-glue";
import { call } from "../bindings/call.js";
import { watchStates } from "../bindings/watch.js";
import { CREATE, DOWNLOAD, GENERATE, INSPECT, READ, UPLOAD, WAIT } from "../js/call-options.js";
import { checked } from "../js/checked.js";
import { clientSettings } from "../js/client-options.js";
import { attempt, guard } from "../js/crash.js";
import { RivyaError } from "../js/error.js";
import { readGeneration } from "../js/generation.js";
import { read } from "../js/read.js";
import { readRequest, readRequestBody } from "../js/request.js";
import { blob } from "../js/validators.js";
import { idOf, keyOfWhich, sendableKey, whichOf } from "./ids.js";

/** @typedef {import("../js/checked.js").Schema} Schema */
/** @typedef {import("../js/secrets.js").Secrets} Secrets */
/** @typedef {import("../bindings/call.js").Begun} Begun */
/** @typedef {import("../bindings/call.js").Settle} Settle */

const granted = Symbol();
/** Of calls that take none. */
const NO_OPTIONS = Object.freeze({ __proto__: null });

/**
 * @template {Schema} S
 * @param {unknown} options
 * @param {S} schema
 */
const optionsOf = (options, schema) => checked(options, "options", schema);

/**
 * The options of a submission: a key of the caller's must be one that can be sent.
 *
 * @template {typeof CREATE | typeof GENERATE} S
 * @param {unknown} given
 * @param {S} schema
 */
function submissionOptionsOf(given, schema) {
  const options = optionsOf(given, schema);
  sendableKey(options.idempotencyKey, "options.idempotencyKey");
  return options;
}

/**
 * A group of calls as a property that stays what it is.
 *
 * @param {Record<string, (first: unknown, options?: unknown) => unknown>} calls
 * @returns {PropertyDescriptor}
 */
const fixed = (calls) => /** @type {object} */ ({ __proto__: null, value: Object.freeze(calls), enumerable: true });

/** A connected client; made by `createClient` alone. */
class Client {
  /** @type {Engine | null} */
  #engine;
  #secrets;

  /**
   * @param {symbol} grant
   * @param {Engine} engine
   * @param {Secrets} secrets
   */
  constructor(grant, engine, secrets) {
    if (grant !== granted) throw new TypeError("Clients are made by createClient()");
    this.#engine = engine;
    this.#secrets = secrets;
    Object.defineProperties(this, {
      generations: fixed({
        create: (body, given) => this.#create(body, given),
        retrieve: (id, given) => this.#callWithId(Method.Retrieve, id, given, READ),
        wait: (id, given) => this.#callWithId(Method.Wait, id, given, WAIT),
        watch: (id, given) => this.#watch(id, given),
      }),
      files: fixed({
        upload: (file, given) => this.#callWithFile(Method.Upload, file, given, UPLOAD),
        inspect: (file, given) => this.#callWithFile(Method.Inspect, file, given, INSPECT),
        retrieve: (id, given) => this.#callWithId(Method.RetrieveFile, id, given, READ),
      }),
      models: fixed({ list: (given) => this.#callWith(Method.Models, given) }),
      credits: fixed({ retrieve: (given) => this.#callWith(Method.Credits, given) }),
    });
  }

  #use() {
    if (this.#engine === null) throw new TypeError("this client was freed");
    return this.#engine;
  }

  /**
   * A call of this client: `begin(engine)` answers what `call` takes.
   *
   * @param {(engine: Engine) => Begun} begin
   */
  #call(begin) {
    return call(() => begin(this.#use()), { isSubmission: false, secrets: this.#secrets });
  }

  /**
   * The same of one that submits, or goes on with what was.
   *
   * @param {(engine: Engine) => Begun} begin
   */
  #submit(begin) {
    return call(() => begin(this.#use()), { isSubmission: true, secrets: this.#secrets });
  }

  /**
   * @param {Method} method
   * @param {unknown} given
   */
  #callWith(method, given) {
    return this.#call((engine) => {
      const options = optionsOf(given, READ);
      return [options.signal, (...settle) => engine.begin(method, undefined, options, ...settle)];
    });
  }

  /**
   * @param {Method} method
   * @param {unknown} givenId
   * @param {unknown} given
   * @param {typeof READ | typeof WAIT} schema
   */
  #callWithId(method, givenId, given, schema) {
    return this.#call((engine) => {
      const id = idOf(givenId);
      const options = optionsOf(given, schema);
      return [options.signal, (...settle) => engine.begin(method, id, options, ...settle)];
    });
  }

  /**
   * @param {Method} method
   * @param {unknown} givenFile
   * @param {unknown} given
   * @param {typeof UPLOAD | typeof INSPECT} schema
   */
  #callWithFile(method, givenFile, given, schema) {
    return this.#call((engine) => {
      const file = blob(givenFile, "file");
      const options = optionsOf(given, schema);
      return [options.signal, (...settle) => engine.begin(method, file, options, ...settle)];
    });
  }

  /**
   * @param {unknown} body
   * @param {unknown} given
   */
  #create(body, given) {
    return this.#submit((engine) => {
      const options = submissionOptionsOf(given, CREATE);
      const request = readRequestBody(body);
      return [options.signal, (...settle) => engine.begin(Method.Create, request, options, ...settle)];
    });
  }

  /**
   * @param {unknown} givenId
   * @param {unknown} given
   */
  #watch(givenId, given) {
    /** @type {import("../bindings/watch.js").Begin} */
    const begin = () => {
      const engine = this.#use();
      const id = idOf(givenId);
      const options = optionsOf(given, WAIT);
      return [options.signal, () => engine.watch(id, options)];
    };
    return watchStates(begin, this.#secrets);
  }

  /**
   * @param {unknown} given
   * @param {unknown} [givenOptions]
   */
  generate(given, givenOptions) {
    return this.#submit((engine) => {
      const options = submissionOptionsOf(givenOptions, GENERATE);
      const request = readRequest(given);
      return [options.signal, (...settle) => engine.begin(Method.Generate, request, options, ...settle)];
    });
  }

  /** @param {unknown} given */
  validate(given) {
    const secrets = this.#secrets;
    const issues = secrets.during(() => {
      const engine = this.#use();
      const request = readRequest(given);
      return guard(() => engine.validate(request));
    });
    return issues.map((issue) => ({ ...issue, message: secrets.cutFrom(issue.message) }));
  }

  /**
   * @param {unknown} given
   * @param {unknown} [givenOptions]
   */
  download(given, givenOptions) {
    return this.#call((engine) => {
      const options = optionsOf(givenOptions, DOWNLOAD);
      const generation = readGeneration(given);
      return [options.signal, (...settle) => engine.begin(Method.Download, generation, options, ...settle)];
    });
  }

  pending() {
    return this.#call((engine) => [
      undefined,
      (...settle) => engine.begin(Method.Pending, undefined, NO_OPTIONS, ...settle),
    ]);
  }

  /**
   * @param {unknown} given
   * @param {unknown} [givenOptions]
   */
  resume(given, givenOptions) {
    return this.#submit((engine) => {
      const which = whichOf(given);
      const options = optionsOf(givenOptions, WAIT);
      return [options.signal, (...settle) => engine.begin(Method.Resume, which, options, ...settle)];
    });
  }

  /** @param {unknown} given */
  forget(given) {
    return this.#call((engine) => {
      const key = keyOfWhich(given);
      return [undefined, (...settle) => engine.begin(Method.Forget, key, NO_OPTIONS, ...settle)];
    });
  }

  /** Gives the client's memory back; calls in flight keep what they need. */
  free() {
    const engine = this.#engine;
    this.#engine = null;
    // What trapped holds its memory still, and would not let go.
    attempt(() => engine?.free());
  }
}

/**
 * `load(wasm)` makes the module ready, once; it is all that differs between platforms.
 *
 * @param {(wasm?: any) => Promise<void>} load
 */
export function defineClient(load) {
  /** @param {unknown} [options] */
  async function createClient(options) {
    await load(options === undefined || options === null ? undefined : read(options, "wasm", "options.wasm"));
    const settings = clientSettings(options);
    const engine = settings.secrets.during(() => guard(() => new Engine(settings)));
    return new Client(granted, engine, settings.secrets);
  }
  return { createClient, Client, RivyaError };
}
