// The proxy: one request from its admission to its answer. What is decided is decided by the rules.

import { crashError } from "../js/crash.js";
import { given } from "../js/data.js";
import { RivyaError, redact } from "../js/error.js";
import { NO_SECRETS } from "../js/secrets.js";
import { TOO_LARGE, textOf } from "./body.js";
import { Looks } from "./looks.js";
import { BudgetError, Meter } from "./meter.js";
import { json, media, preflight, refuse, withCors } from "./respond.js";
import {
  Rules,
  beginsNothing,
  errorFor,
  maxBytes,
  noSuchId,
  outgoingKey,
  resultUrl,
  submissionId,
  tooLarge,
} from "./rules.js";
import { settings as readSettings } from "./settings.js";
import { LIMIT_MS, TimeoutError, within, within10s } from "./time.js";
import { call, gone, invalid, result, unread, upload } from "./upstream.js";

const granted = Symbol();

const unknownCaller = { status: 401, code: "unauthorized", message: "The proxy doesn't know who calls." };
const noBalance = { status: 403, code: "api_scope_denied", message: "This caller may not read the account's balance." };
const noKey = {
  status: 400,
  code: "validation_failed",
  message: "A submission needs the header Idempotency-Key, 1 to 1,000 characters.",
};
const noBudget = {
  status: 503,
  code: "budget_unavailable",
  message: "The caller's budget can't be asked just now; nothing was sent.",
};
const broken = { status: 500, code: "internal_error", message: "The proxy failed." };
const crashed = { ...broken, message: "The proxy has crashed. Its process must be restarted." };
const MAX_KEY_CHARACTERS = 1_000;
const unreadable = { status: 400, code: "validation_failed", message: "The body can't be read to its end." };
const tooSlow = { status: 408, code: "request_timeout", message: "The body has not come to its end within 60 s." };
const MAX_CALLER_CHARACTERS = 1_000;

/** A proxy; made by `createProxy` alone. */
export class EdgeProxy {
  #load;
  #options;
  /** Settings and rules by `env`; those of fixed options under this very object. */
  #ready = new WeakMap();

  constructor(grant, load, options) {
    if (grant !== granted) throw new TypeError("Proxies are made by createProxy()");
    this.#load = load;
    this.#options = options;
    if (typeof options !== "function") this.#check(options);
    Object.defineProperty(this, "fetch", {
      __proto__: null,
      value: (request, env, ctx) => this.#fetch(request, env, ctx),
      enumerable: true,
    });
  }

  /**
   * Fixed options are judged whole where they are given: what doesn't fit is thrown, or logged where the module is not
   * ready at once.
   */
  #check(settings) {
    const use = unready(settings);
    this.#ready.set(this, use);
    const loading = this.#load();
    if (loading === undefined) complete(use);
    else loading.then(() => complete(use)).catch((error) => report(error, settings.secrets));
  }

  /** What the options come to, where that is known; else undefined. */
  #known(env) {
    const use = this.#ready.get(typeof this.#options === "function" ? env : this);
    return use?.rules === null ? undefined : use;
  }

  /** What the options come to: `{ settings, rules, looks }`. On Workers nothing here waits for another request. */
  async #use(env) {
    const isFunction = typeof this.#options === "function";
    const place = isFunction ? env : this;
    if (typeof place !== "object" || place === null)
      throw new TypeError("env must be given: the proxy's options are a function of it");
    let use = this.#ready.get(place);
    if (use === undefined) {
      use = unready(readSettings(this.#options(env)));
      // Before the module is loaded: a second request meanwhile must not ask for the options again.
      this.#ready.set(place, use);
    }
    await this.#load();
    return complete(use);
  }

  async #fetch(request, env, ctx) {
    let origin;
    let secrets;
    try {
      // A look may need no rule but what is remembered: no request is answered by halves.
      const crash = crashError(false);
      if (crash !== null) throw crash;
      const use = this.#known(env) ?? (await this.#use(env));
      secrets = use.settings.secrets;
      const admitted = admit(use, request);
      origin = admitted.origin;
      return withCors(await answer(use, request, admitted, ctx), origin);
    } catch (error) {
      if (BudgetError.is(error)) {
        report(error.cause, secrets);
        return withCors(refuse(noBudget), origin);
      }
      report(error, secrets);
      return withCors(refuse(crashError(false) === null ? broken : crashed), origin);
    }
  }

  async bindId(kind, id, caller, env) {
    check({ kind, id, caller });
    return (await this.#use(env)).rules.bind(kind, id, caller);
  }

  async openId(kind, boundId, caller, env) {
    check({ kind, boundId, caller });
    return (await this.#use(env)).rules.open(kind, boundId, caller) ?? null;
  }
}

const unready = (settings) => ({ settings, rules: null, looks: null });

/** With its rules, which need the module, and throw where the settings don't fit together. */
function complete(use) {
  if (use.rules === null) {
    use.rules = new Rules(use.settings);
    use.looks = new Looks(use.rules, (text) => use.settings.secrets.cutFrom(text));
  }
  return use;
}

function check({ kind, ...texts }) {
  if (kind !== "task" && kind !== "file") throw new TypeError('kind must be "task" or "file"');
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== "string" || text === "" || !isWellFormed(text))
      throw new TypeError(`${name} must be a string of Unicode that is not empty`);
  }
}

/** Half of a pair of surrogates would reach the rules as U+FFFD: two such callers would be one. */
const isWellFormed = (text) => !/\p{Surrogate}/u.test(text);

/** For whoever runs the proxy; a caller learns nothing of it. */
function report(error, secrets = NO_SECRETS) {
  let message = "unknown";
  try {
    // Of an error of ours, its code says more than its name.
    message = error instanceof RivyaError ? `${error.code}: ${error.stack}` : String(error?.stack ?? error);
  } catch {
    // It is nothing that has words.
  }
  console.error(`rivya-wasm proxy: ${redact(secrets.cutFrom(message))}`);
}

/** In workerd each header read costs as much as a rule: what the rules ask of one method alone is read for it alone. */
function admit({ rules, looks }, { url, method, headers }) {
  const header = (name) => headers.get(name) ?? undefined;
  const origin = header("origin");
  const fetchSite = header("sec-fetch-site");
  if (method === "GET") return looks.admit(url, origin, fetchSite);
  const asksMethod = method === "OPTIONS" ? header("access-control-request-method") : undefined;
  return rules.admit(
    url,
    method,
    origin,
    fetchSite,
    asksMethod,
    method === "POST" && Boolean(header("x-rivya-client")),
  );
}

async function answer(use, request, admitted, ctx) {
  const { settings, rules, looks } = use;
  const { refusal, route, segment, index } = admitted;
  if (refusal !== undefined) return refuse(refusal);
  if (route === "preflight") return preflight(settings.allowedHeaders);
  // It is shown the request without its body.
  const { body, headers } = request;
  const shown =
    body === null ? request : new Request(request.url, { __proto__: null, method: request.method, headers });
  const caller = callerOf(await within10s("authorize", () => settings.authorize(shown)));
  if (caller === null) return refuse(unknownCaller);
  const meter = new Meter(settings, caller.id);
  const limited = await meter.request();
  if (limited !== null) return refuse(limited);

  const cut = (text) => settings.secrets.cutFrom(text);
  /**
   * The API's answer, bound for its caller by `bind`: `[response, what it says]`. `asked`: the API's id that it was
   * asked for, and the caller's for it.
   */
  const bound = ({ refusal, response, text }, bind, asked) => {
    if (refusal !== undefined) return [refuse(refusal), null];
    if (response.status >= 300) return [failed(response, cut(text), asked, cut), null];
    const answer = bind(text);
    return answer === undefined ? [refuse(invalid), null] : [json(answer.text, response), answer];
  };
  const as = (kind) => (text) => rules.bindAnswer(cut(text), kind, caller.id);
  const get = (path) => call(settings, path);
  const plain = (answered) => bound(answered, (text) => ({ text: cut(text) }))[0];

  switch (route) {
    case "models":
      return plain(await get("/models"));
    case "credits":
      return caller.credits ? plain(await get("/credits")) : refuse(noBalance);
    case "submit":
      return outliving(
        ctx,
        submit(use, meter, caller.id, request, (answered) => bound(answered, as("task"))),
      );
    case "upload": {
      const refusal = refuseBody(rules, request, true);
      return refusal === undefined ? bound(await upload(settings, request), as("file"))[0] : refuse(refusal);
    }
    case "file": {
      const id = segment === undefined ? undefined : rules.open("file", segment, caller.id);
      if (id === undefined) return refuse(noSuchId());
      return bound(await get(`/files/${encodeURIComponent(id)}`), as("file"), { id, segment })[0];
    }
    case "look":
    case "result": {
      const id = looks.open(admitted, caller.id);
      if (id === undefined) return refuse(noSuchId());
      const found = await get(`/generations/${encodeURIComponent(id)}`);
      if (route === "result" && found.response?.status < 300) return resultOf(settings, found.text, index);
      const [response, generation] = bound(found, (text) => looks.bind(admitted, caller.id, id, text), { id, segment });
      if (generation?.hasEnded) await afterwards(() => meter.ended(generation.id), settings.secrets);
      return response;
    }
    default:
      throw new Error(`no such route: ${route}`);
  }
}

/**
 * An error of the API, without ids that only the API knows. It is written anew: what was escaped in it is no longer, so
 * keys are `cut` once more.
 */
function failed(response, text, { id, segment } = {}, cut = (told) => told) {
  const told = errorFor(text, id, segment);
  return told === undefined ? refuse(unread(response)) : json(cut(told), response);
}

/** Who calls, by what `authorize` gave: `{ id, credits }`, or null. */
function callerOf(told) {
  if (told === null) return null;
  const isId = typeof told === "string";
  const id = isId ? told : given(told ?? {}, "id");
  if (typeof id !== "string" || id === "" || id.length > MAX_CALLER_CHARACTERS || !isWellFormed(id)) {
    throw new TypeError(
      "authorize must answer null, or the id of the caller: a string of 1 to 1,000 characters of Unicode",
    );
  }
  return { id, credits: !isId && given(told, "credits") === true };
}

const refuseBody = (rules, { headers }, isUpload) =>
  rules.refuseBody(isUpload, headers.get("content-type") ?? undefined, headers.get("content-length") ?? undefined);

async function submit({ settings, rules }, meter, caller, request, bound) {
  const callersKey = request.headers.get("idempotency-key");
  if (!callersKey || callersKey.length > MAX_KEY_CHARACTERS) return refuse(noKey);
  const unread = refuseBody(rules, request, false);
  if (unread !== undefined) return refuse(unread);
  let text;
  try {
    text = await within(LIMIT_MS, "the body", ({ signal }) => textOf(request, maxBytes(true), signal));
  } catch (cause) {
    if (cause instanceof TimeoutError) return refuse(tooSlow);
    return refuse(cause === TOO_LARGE ? tooLarge(maxBytes(true)) : unreadable);
  }
  const { refusal, body, baseCredits } = rules.readSubmission(text);
  if (refusal !== undefined) return refuse(refusal);
  const key = outgoingKey(caller, callersKey);
  const id = submissionId(key, body);
  const limited = await meter.submission(id, baseCredits);
  if (limited !== null) return refuse(limited);

  let outcome = { __proto__: null, what: "doubtful" };
  try {
    const answered = await call(settings, "/generations", body, key);
    const [response, generation] = bound(answered);
    outcome = outcomeOf(answered, generation);
    return response;
  } finally {
    await afterwards(() => meter.concluded(outcome), settings.secrets);
  }
}

/** What an answer says of a submission. */
function outcomeOf({ status, response }, generation) {
  if (generation === null) {
    const isRefused = beginsNothing(status ?? 0, response !== undefined);
    return { __proto__: null, what: isRefused ? "refused" : "doubtful" };
  }
  const { id: task, reservedCredits, hasEnded } = generation;
  return { __proto__: null, what: "accepted", task, reservedCredits, hasEnded };
}

/**
 * On Workers a caller who hangs up ends all that is under way for him: what a submission came to would never be
 * counted.
 */
function outliving(ctx, submitting) {
  ctx?.waitUntil?.(submitting.catch(() => {}));
  return submitting;
}

/** The API has answered: whatever the budget does now, the caller gets the answer. */
async function afterwards(settle, secrets) {
  try {
    await settle();
  } catch (error) {
    report(error, secrets);
  }
}

async function resultOf(settings, text, index) {
  const url = resultUrl(text, index);
  if (url === undefined) return refuse(gone);
  const { refusal, response } = await result(settings, url);
  return refusal === undefined ? media(response) : refuse(refusal);
}

/**
 * `load()` makes the module ready, once, and answers a promise where that takes time; it is all that differs between
 * platforms.
 */
export const proxyOver = (load) => (options) =>
  new EdgeProxy(granted, load, typeof options === "function" ? options : readSettings(options));
