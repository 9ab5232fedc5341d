// The results' bytes. They lie elsewhere than the API: the request carries no key and none of the caller's headers.

import { checkResultUrl, encodeId, headBytes, isRouteHeeded, judgeResult, resultFlaw, resultUrls } from "#client-glue";
import { checked } from "../js/arguments.js";
import { guard } from "../js/crash.js";
import { resultInitOf, within } from "../js/exchange.js";
import { isArray, locationBase } from "../js/platform.js";
import { receive } from "../js/receive.js";
import { tellDownload } from "../js/shapes.js";
import { read, readItem, snapshot } from "../js/snapshot.js";
import { sleep, Turnstile } from "../js/timer.js";

/** Results of one call that are received at once. */
const MAX_CONCURRENT = 4;
/** So many URLs are looked at; where there are more than the rule takes, it is all the same how many. */
const MAX_LISTED = 1_000;

/** Reads what `download` is given as a stranger's object, though it is most often the one that the server sent. */
export function readGeneration(generation) {
  const { id = "", result } = checked(generation, "generation", "id:s? result:o!");
  const path = "generation.result";
  // Nothing else of it is looked at: what the API adds may be large, or nest deep.
  const primary_url = read(result, "primary_url", `${path}.primary_url`);
  return { id, urls: resultUrls(snapshot({ urls: firstUrls(result, `${path}.urls`), primary_url }, path)) };
}

/** The list of URLs, no longer than the rule needs to refuse it. */
function firstUrls(result, path) {
  const urls = read(result, "urls", path);
  if (!isArray(urls)) return urls;
  const length = Math.min(read(urls, "length", path), MAX_LISTED);
  return Array.from({ length }, (_, index) => readItem(urls, index, `${path}[${index}]`));
}

/** `client.download`, its arguments read: the Blobs in the order of the URLs. The first failure aborts the others. */
export async function download(core, { id, urls }, { timeoutMs = Infinity, onProgress }, scope) {
  const { settings } = core;
  // All of them before the first is fetched.
  const places = urls.map((url, index) => placeOf(settings, url, index));
  const together = scope.child();
  const turns = new Turnstile(MAX_CONCURRENT);
  // Their sizes are unknown until the first answers.
  const parts = urls.map(() => ({ loaded: 0, total: NaN }));
  const how = {
    stallMs: settings.stallMs,
    maxBytes: settings.maxResultBytes,
    headBytes: guard(headBytes),
    flawOf: (received, head) => guard(() => resultFlaw(received, head)),
  };
  try {
    return await Promise.all(
      places.map((url, index) => {
        const onBytes = (loaded, total) => {
          parts[index] = { loaded, total };
          if (onProgress !== undefined) tellDownload(onProgress, parts);
        };
        const result = { url, index, route: routeOf(settings, id, index), how: { ...how, onBytes }, timeoutMs };
        return turns.during(together, () => one(settings, result, together));
      }),
    );
  } finally {
    together.end();
  }
}

/**
 * The URL of a result, or of where it redirects to, as it is fetched. Throws `invalid_response` where it is not.
 * `base`: the one that has redirected, after `redirects` of them; in a page a relative URL is the page's.
 */
function placeOf(settings, url, index, redirects = 0, base = locationBase()) {
  let place;
  try {
    const { href, protocol, host, username, password } = new URL(url, base);
    place = { href, protocol, host, hasCredentials: `${username}${password}` !== "" };
  } catch {
    // It is no URL: the rule says so.
  }
  guard(() => checkResultUrl(index, redirects, place, settings));
  return place.href;
}

/**
 * Where a page may not read a result where it lies, its proxy serves it. Whoever holds a key talks to the API, which
 * has no such route.
 */
function routeOf({ holdsKey, browser, href }, id, index) {
  const segment = holdsKey || !browser ? undefined : encodeId(id);
  return segment && `${href}/generations/${segment}/results/${index}`;
}

/**
 * Attempts until one result is there. Each asks where it lies, and where nothing came from there, the proxy's route.
 */
async function one(settings, result, scope) {
  const { route, timeoutMs } = result;
  for (let attempts = 1; ; attempts += 1) {
    let answer = await inTime(timeoutMs, scope, (inner) => whereItLies(settings, result, inner));
    if (answer.status === undefined && answer.refusal === undefined && route !== undefined) {
      const proxied = await inTime(timeoutMs, scope, (inner) =>
        receive(settings.fetch, route, resultInitOf(settings), { ...result.how, readsRefusal: true }, inner),
      );
      // A route that is missing answers, too: then the first failure counts, which may pass.
      if (guard(() => isRouteHeeded(proxied))) answer = proxied;
    }
    if (answer.refusal !== undefined) throw Object.assign(answer.refusal, { attempts });
    if (answer.blob !== undefined) return answer.blob;
    const call = { attempts, maxRetries: settings.maxRetries, dateMs: Date.now(), random: Math.random() };
    const { error, delayMs } = guard(() => judgeResult(call, answer));
    if (delayMs === undefined) throw Object.assign(error, { attempts });
    await sleep(delayMs, scope);
  }
}

/**
 * One attempt at a result's own URL: what `receive` answers, or `{ refusal }` where it redirects to a place that is not
 * fetched.
 */
async function whereItLies(settings, { url, index, how }, scope) {
  // A page is not told where its browser is redirected to; mixed content and CORS hold for each step.
  if (settings.browser) return receive(settings.downloadFetch, url, {}, how, scope);
  for (let redirects = 1; ; redirects += 1) {
    const answer = await receive(settings.downloadFetch, url, { redirect: "manual" }, how, scope);
    if (answer.location === undefined) return answer;
    try {
      url = placeOf(settings, answer.location, index, redirects, url);
    } catch (refusal) {
      return { refusal };
    }
  }
}

/** An attempt with an end, however many steps it takes. */
async function inTime(timeoutMs, scope, attempt) {
  const inner = scope.child();
  try {
    return await within(timeoutMs, scope, () => attempt(inner));
  } finally {
    inner.end();
  }
}
