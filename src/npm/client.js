// The public shape: promises that settle even when the module crashes, plain objects for `generations` and the like. No
// rule lives here.

import { encodeId, isValidKey } from "#client-glue";
import { Core } from "../client/core.js";
import { download, readGeneration } from "../client/download.js";
import { generate, resume, waitFor } from "../client/generate.js";
import { readRequest } from "../client/request.js";
import { send } from "../client/send.js";
import { createGeneration, keyFor } from "../client/submit.js";
import { inspectFile, uploadFile } from "../client/upload.js";
import { watchStates } from "../client/watch.js";
import { checked, file, text } from "../js/arguments.js";
import { run } from "../js/calls.js";
import { guard } from "../js/crash.js";
import { RivyaError } from "../js/error.js";
import { generationBody } from "../js/shapes.js";
import { read } from "../js/snapshot.js";

const granted = Symbol();

/** The options of each call, as `arguments.js` reads them. */
const READ = "signal:a timeoutMs:n";
const CREATE = `${READ} idempotencyKey:i`;
const INSPECT = "signal:a model:s kind:image|video|audio keepMetadata:b fit:off|limit";
const UPLOAD = `${INSPECT} timeoutMs:n client_request_id:s name:s onProgress:f`;
const DOWNLOAD = `${READ} onProgress:f`;
const WAIT = "signal:a waitTimeoutMs:n=900000 onProgress:f";
const WHICH = "idempotencyKey:i generationId:s?";
const GENERATE = `${WAIT} idempotencyKey:i validation:strict|known|off`;

const optionsOf = (options, schema) => checked(options, "options", schema);

/** An id as a segment of a path. */
function segment(id) {
  const encoded = encodeId(text(id, "id"));
  if (encoded === undefined)
    throw new TypeError('id must be an id of the API: a string that is not empty, "." or ".."');
  return encoded;
}

/** A connected client; made by `createClient` alone. */
class Client {
  #core;
  #secrets;

  constructor(grant, core) {
    if (grant !== granted) throw new TypeError("Clients are made by createClient()");
    this.#core = core;
    this.#secrets = core.settings.secrets;
    const fixed = (value) => ({ __proto__: null, value, enumerable: true });
    Object.defineProperties(this, {
      generations: fixed(
        Object.freeze({
          create: (body, options) => this.#run((core) => create(core, body, options), true),
          retrieve: (id, options) => this.#read(() => `/generations/${segment(id)}`, "generation", options),
          wait: (id, options) => this.#run((core) => wait(core, id, options)),
          watch: (id, options) => watchStates(() => ({ core: this.#use(), ...waited(id, options) }), this.#secrets),
        }),
      ),
      files: fixed(
        Object.freeze({
          upload: (given, options) => this.#run((core) => withFile(core, uploadFile, given, options, UPLOAD)),
          inspect: (given, options) => this.#run((core) => withFile(core, inspectFile, given, options, INSPECT)),
          retrieve: (id, options) => this.#read(() => `/files/${segment(id)}`, "file", options),
        }),
      ),
      models: fixed(Object.freeze({ list: (options) => this.#read(() => "/models", "models", options) })),
      credits: fixed(Object.freeze({ retrieve: (options) => this.#read(() => "/credits", "credits", options) })),
    });
  }

  #use() {
    if (this.#core === null) throw new TypeError("this client was freed");
    return this.#core;
  }

  /** A call of this client: `begin(core)` answers what `run` takes. */
  #run(begin, isSubmission) {
    let core = null;
    const holding = () => {
      core = this.#use();
      core.hold();
      return begin(core);
    };
    return run(holding, isSubmission, this.#secrets).finally(() => core?.release());
  }

  /** A GET whose answer is handed on as it came. */
  #read(pathOf, expected, given) {
    return this.#run((core) => {
      const path = pathOf();
      const { signal, timeoutMs } = optionsOf(given, READ);
      return [signal, (scope) => send(core, { path, expected, timeoutMs }, scope)];
    });
  }

  generate(request, given) {
    return this.#run((core) => {
      const options = optionsOf(given, GENERATE);
      const key = keyFor(options);
      const found = readRequest(request, true);
      return [options.signal, (scope) => generate(core, found, options, key, scope)];
    }, true);
  }

  validate(request) {
    const secrets = this.#secrets;
    const issues = secrets.during(() => guard(() => this.#use().rules.validate(readRequest(request, true))));
    return issues.map((issue) => ({ ...issue, message: secrets.cutFrom(issue.message) }));
  }

  download(generation, given) {
    return this.#run((core) => {
      const options = optionsOf(given, DOWNLOAD);
      const found = readGeneration(generation);
      return [options.signal, (scope) => download(core, found, options, scope)];
    });
  }

  pending() {
    return this.#run((core) => [undefined, () => core.journal.pending()]);
  }

  resume(which, given) {
    return this.#run((core) => {
      const found = whichOf(which, WHICH);
      const options = optionsOf(given, WAIT);
      return [options.signal, (scope) => resume(core, found, options, scope)];
    }, true);
  }

  forget(which) {
    return this.#run((core) => {
      const { idempotencyKey: key } = whichOf(which, "idempotencyKey:i!");
      return [undefined, () => core.journal.forget({ key })];
    });
  }

  /** Gives the module's memory back, when the last call in flight has ended. */
  free() {
    this.#core?.release();
    this.#core = null;
  }
}

function create(core, body, given) {
  const { signal, timeoutMs, ...options } = optionsOf(given, CREATE);
  const key = keyFor(options);
  const request = readRequest(body, false);
  const json = generationBody(request, core.rules.check(request, undefined).params, []);
  return [signal, (scope) => createGeneration(core, request, json, key, timeoutMs, scope)];
}

function withFile(core, work, given, givenOptions, schema) {
  const handle = file(given, "file");
  const options = optionsOf(givenOptions, schema);
  return [options.signal, (scope) => work(core, handle, options, scope)];
}

function wait(core, givenId, given) {
  const { id, options } = waited(givenId, given);
  return [options.signal, (scope) => waitFor(core, id, options, scope)];
}

/** Which work is meant: an entry of `pending`, a key, or the id of a generation. */
function whichOf(given, schema) {
  const which = checked(given, "which", schema);
  if (which.idempotencyKey === undefined && which.generationId === undefined)
    throw new TypeError("which must have an idempotencyKey or a generationId");
  if (which.idempotencyKey === undefined) segment(which.generationId);
  else if (!isValidKey(which.idempotencyKey))
    throw new TypeError("which.idempotencyKey must be 1 to 128 characters of printable ASCII");
  return which;
}

function waited(id, options) {
  segment(id);
  return { id, options: optionsOf(options, WAIT) };
}

/** `load(wasm)` makes the module ready, once; it is all that differs between platforms. */
export function defineClient(load) {
  async function createClient(options) {
    await load(options === undefined || options === null ? undefined : read(options, "wasm", "options.wasm"));
    return new Client(
      granted,
      guard(() => new Core(options)),
    );
  }
  return { createClient, Client, RivyaError };
}
