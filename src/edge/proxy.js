// The proxy: its options, and one request from its admission to its answer. What is decided is decided by the rules.

import { crashError } from "../js/crash.js";
import { define } from "../js/data.js";
import { isWellFormed } from "./caller.js";
import { Polls } from "./polls.js";
import { BudgetError } from "./meter.js";
import { report } from "./report.js";
import { refuse, withCors } from "./respond.js";
import { Rules } from "./rules.js";
import { serve } from "./serve.js";
import { settings as readSettings } from "./settings.js";

/** @typedef {import("#edge-glue").Kind} Kind */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {() => void | Promise<void>} Load Makes the module ready, once; a promise where that takes time. */
/** @typedef {{ settings: Settings, rules: null, polls: null }} Unready What options come to before that. */
/** @typedef {{ settings: Settings, rules: Rules, polls: Polls }} Use */

const granted = Symbol();

const noBudget = {
  status: 503,
  code: "budget_unavailable",
  message: "The caller's budget can't be asked just now; nothing was sent.",
};
const broken = { status: 500, code: "internal_error", message: "The proxy failed." };
const crashed = { ...broken, message: "The proxy has crashed. Its process must be restarted." };

/** A proxy; made by `createProxy` alone. */
export class EdgeProxy {
  #load;
  #options;
  /**
   * Settings and rules by `env`; those of fixed options under this very object.
   *
   * @type {WeakMap<object, Use | Unready>}
   */
  #ready = new WeakMap();

  /**
   * @param {symbol} grant
   * @param {Load} load
   * @param {Settings | ((env: unknown) => unknown)} options
   */
  constructor(grant, load, options) {
    if (grant !== granted) throw new TypeError("Proxies are made by createProxy()");
    this.#load = load;
    this.#options = options;
    if (typeof options !== "function") this.#check(options);
    /** @type {(request: Request, env: unknown, ctx: unknown) => Promise<Response>} */
    const fetch = (request, env, ctx) => this.#fetch(request, env, ctx);
    define(this, "fetch", { __proto__: null, value: fetch, enumerable: true });
  }

  /**
   * Fixed options are judged whole where they are given: what doesn't fit is thrown, or logged where the module is not
   * ready at once.
   *
   * @param {Settings} settings
   */
  #check(settings) {
    const use = unready(settings);
    this.#ready.set(this, use);
    const loading = this.#load();
    if (loading === undefined) complete(use);
    else loading.then(() => complete(use)).catch((error) => report(error, settings.secrets));
  }

  /**
   * What the options come to, where that is known; else undefined.
   *
   * @param {any} env
   */
  #known(env) {
    const use = this.#ready.get(typeof this.#options === "function" ? env : this);
    return use === undefined || use.rules === null ? undefined : use;
  }

  /**
   * What the options come to. On Workers nothing here waits for another request.
   *
   * @param {unknown} env
   */
  async #use(env) {
    const place = typeof this.#options === "function" ? env : this;
    if (typeof place !== "object" || place === null)
      throw new TypeError("env must be given: the proxy's options are a function of it");
    let use = this.#ready.get(place);
    if (use === undefined) {
      use = unready(typeof this.#options === "function" ? readSettings(this.#options(env)) : this.#options);
      // Before the module is loaded: a second request meanwhile must not ask for the options again.
      this.#ready.set(place, use);
    }
    await this.#load();
    return complete(use);
  }

  /**
   * @param {Request} request
   * @param {unknown} env
   * @param {unknown} ctx
   */
  async #fetch(request, env, ctx) {
    let origin;
    let secrets;
    try {
      // A poll may need no rule but what is remembered: no request is answered by halves.
      const crash = crashError(false);
      if (crash !== null) throw crash;
      const use = this.#known(env) ?? (await this.#use(env));
      secrets = use.settings.secrets;
      const admitted = admit(use, request);
      origin = admitted.origin;
      return withCors(await serve(use, request, admitted, ctx), origin);
    } catch (error) {
      if (BudgetError.is(error)) {
        report(error.cause, secrets);
        return withCors(refuse(noBudget), origin);
      }
      report(error, secrets);
      return withCors(refuse(crashError(false) === null ? broken : crashed), origin);
    }
  }

  /**
   * @param {Kind} kind
   * @param {string} id
   * @param {string} caller
   * @param {unknown} env
   */
  async bindId(kind, id, caller, env) {
    check({ kind, id, caller });
    return (await this.#use(env)).rules.bind(kind, id, caller);
  }

  /**
   * @param {Kind} kind
   * @param {string} boundId
   * @param {string} caller
   * @param {unknown} env
   */
  async openId(kind, boundId, caller, env) {
    check({ kind, boundId, caller });
    return (await this.#use(env)).rules.open(kind, boundId, caller) ?? null;
  }
}

/**
 * @param {Settings} settings
 * @returns {Unready}
 */
const unready = (settings) => ({ settings, rules: null, polls: null });

/**
 * With its rules, which need the module, and throw where the settings don't fit together.
 *
 * @param {Use | Unready} use
 * @returns {Use}
 */
function complete(use) {
  if (use.rules !== null) return use;
  const rules = new Rules(use.settings);
  const polls = new Polls(rules, (text) => use.settings.secrets.cutFrom(text));
  return Object.assign(use, { rules, polls });
}

/** @param {{ kind: unknown, [text: string]: unknown }} given */
function check({ kind, ...texts }) {
  if (kind !== "task" && kind !== "file") throw new TypeError('kind must be "task" or "file"');
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== "string" || text === "" || !isWellFormed(text))
      throw new TypeError(`${name} must be a string of Unicode that is not empty`);
  }
}

/**
 * In workerd each header read costs as much as a rule: what the rules ask of one method alone is read for it alone.
 *
 * @param {Use} use
 * @param {Request} request
 * @returns {import("./polls.js").Admitted}
 */
function admit({ rules, polls }, { url, method, headers }) {
  /** @param {string} name */
  const header = (name) => headers.get(name) ?? undefined;
  const origin = header("origin");
  const fetchSite = header("sec-fetch-site");
  if (method === "GET") return polls.admit(url, origin, fetchSite);
  const asksMethod = method === "OPTIONS" ? header("access-control-request-method") : undefined;
  const hasClientHeader = method === "POST" && Boolean(header("x-rivya-client"));
  return rules.admit(url, method, origin, fetchSite, asksMethod, hasClientHeader);
}

/**
 * `createProxy`. How the module is made ready is all that differs between platforms.
 *
 * @param {Load} load
 */
export const proxyOver =
  (load) =>
  /** @param {unknown} options */
  (options) =>
    new EdgeProxy(granted, load, isFunction(options) ? options : readSettings(options));

/**
 * @param {unknown} options
 * @returns {options is (env: unknown) => unknown}
 */
const isFunction = (options) => typeof options === "function";
