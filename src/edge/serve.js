// One request that was admitted, answered by its route.

import { callerOf } from "./caller.js";
import { Meter } from "./meter.js";
import { afterwards } from "./report.js";
import { json, media, preflight, refuse } from "./respond.js";
import { errorFor, noSuchId, resultUrl } from "./rules.js";
import { outliving, refuseBody, submit } from "./submit.js";
import { within10s } from "./time.js";
import { call, gone, invalid, result, unread, upload } from "./upstream.js";

/** @typedef {import("#edge-glue").Kind} Kind */
/** @typedef {import("./upstream.js").Answered} Answered */
/** @typedef {import("./settings.js").Settings} Settings */

const unknownCaller = { status: 401, code: "unauthorized", message: "The proxy doesn't know who calls." };
const noBalance = { status: 403, code: "api_scope_denied", message: "This caller may not read the account's balance." };

/**
 * The API's id that an answer was asked for, and the caller's for it.
 *
 * @typedef {{ id?: string, segment?: string }} Asked
 */

/**
 * Answers what was admitted.
 *
 * @param {import("./proxy.js").Use} use
 * @param {Request} request
 * @param {import("./polls.js").Admitted} admitted
 * @param {unknown} ctx
 * @returns {Promise<Response>}
 */
export async function serve(use, request, admitted, ctx) {
  const { settings, rules, polls } = use;
  const { refusal, route, segment, index } = admitted;
  if (refusal !== undefined) return refuse(refusal);
  if (route === "preflight") return preflight(settings.allowedHeaders);
  const caller = callerOf(await within10s("authorize", () => settings.authorize(shown(request))));
  if (caller === null) return refuse(unknownCaller);
  const meter = new Meter(settings, caller.id);
  const limited = await meter.request();
  if (limited !== null) return refuse(limited);

  /** @type {(text: string) => string} */
  const cut = (text) => settings.secrets.cutFrom(text);
  /** @type {(kind: Kind) => (text: string) => ReturnType<typeof rules.bindAnswer>} */
  const as = (kind) => (text) => rules.bindAnswer(cut(text), kind, caller.id);
  /** @type {(path: string) => Promise<Answered>} */
  const get = (path) => call(settings, path);
  /** @type {(answered: Answered) => Response} */
  const plain = (answered) => bound(answered, cut, (text) => ({ text: cut(text) }))[0];

  switch (route) {
    case "models":
      return plain(await get("/models"));
    case "credits":
      return caller.credits ? plain(await get("/credits")) : refuse(noBalance);
    case "submit":
      return outliving(
        ctx,
        submit(use, meter, caller.id, request, (answered) => bound(answered, cut, as("task"))),
      );
    case "upload": {
      const refusal = refuseBody(rules, request, true);
      return refusal === undefined ? bound(await upload(settings, request), cut, as("file"))[0] : refuse(refusal);
    }
    case "file": {
      const id = segment === undefined ? undefined : rules.open("file", segment, caller.id);
      if (id === undefined) return refuse(noSuchId());
      return bound(await get(`/files/${encodeURIComponent(id)}`), cut, as("file"), { id, segment })[0];
    }
    case "poll":
    case "result": {
      const id = polls.open(admitted, caller.id);
      if (id === undefined) return refuse(noSuchId());
      const found = await get(`/generations/${encodeURIComponent(id)}`);
      if (route === "result" && found.response !== undefined && found.response.status < 300)
        return resultOf(settings, found.text, index);
      /** @param {string} text */
      const bind = (text) => polls.bind(admitted, caller.id, id, text);
      const [response, generation] = bound(found, cut, bind, { id, segment });
      // An id that is missing is for the budget to refuse, and for the log to tell.
      if (generation?.hasEnded)
        await afterwards(() => meter.ended(/** @type {string} */ (generation.id)), settings.secrets);
      return response;
    }
    default:
      throw new Error(`no such route: ${route}`);
  }
}

/**
 * The request that `authorize` is shown: without its body.
 *
 * @param {Request} request
 */
function shown(request) {
  const { url, method, headers, body } = request;
  if (body === null) return request;
  return new Request(url, /** @type {RequestInit} */ ({ __proto__: null, method, headers }));
}

/**
 * The API's answer, bound for its caller by `bind`: the response, and what it says. `cut` takes keys out of a text.
 *
 * @template {{ text: string }} B
 * @param {Answered} answered
 * @param {(text: string) => string} cut
 * @param {(text: string) => B | undefined} bind
 * @param {Asked} [asked]
 * @returns {[Response, B | null]}
 */
function bound({ refusal, response, text }, cut, bind, asked) {
  if (refusal !== undefined) return [refuse(refusal), null];
  if (response.status >= 300) return [failed(response, cut(text), cut, asked), null];
  const answer = bind(text);
  return answer === undefined ? [refuse(invalid), null] : [json(answer.text, response), answer];
}

/**
 * An error of the API, without ids that only the API knows. It is written anew: what was escaped in it is no longer, so
 * keys are `cut` once more.
 *
 * @param {Response} response
 * @param {string} text
 * @param {(text: string) => string} cut
 * @param {Asked} [asked]
 */
function failed(response, text, cut, { id, segment } = {}) {
  const told = errorFor(text, id, segment);
  return told === undefined ? refuse(unread(response)) : json(cut(told), response);
}

/**
 * Result `index` of a generation, as the API's answer has it.
 *
 * @param {Settings} settings
 * @param {string} text
 * @param {number} index
 */
async function resultOf(settings, text, index) {
  const url = resultUrl(text, index);
  if (url === undefined) return refuse(gone);
  const { refusal, response } = await result(settings, url);
  return refusal === undefined ? media(response) : refuse(refusal);
}
