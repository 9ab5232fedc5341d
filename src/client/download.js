// The results' bytes. They lie elsewhere than the API: the request carries no key and none of the caller's headers, and follows redirects.

import { encodeId, judgeResult, resultUrls } from "#client-glue";
import { checked } from "../js/arguments.js";
import { resultInitOf, transfer } from "../js/exchange.js";
import { tellDownload } from "../js/shapes.js";
import { snapshot } from "../js/snapshot.js";
import { sleep } from "../js/timer.js";

/** Reads what `download` is given as a stranger's object, though it is most often the one that the server sent. */
export function readGeneration(generation) {
  const { id = "", result } = checked(generation, "generation", "id:s? result:o!");
  return { id, urls: resultUrls(snapshot(result, "generation.result")) };
}

/** `client.download`, its arguments read: the Blobs in the order of the URLs. The first failure aborts the others. */
export async function download(core, { id, urls }, { timeoutMs, onProgress }, scope) {
  const together = scope.child();
  // Their sizes are unknown until the first answers.
  const parts = urls.map(() => ({ loaded: 0, total: NaN }));
  try {
    return await Promise.all(
      urls.map((url, index) => {
        const onBytes = (loaded, total) => {
          parts[index] = { loaded, total };
          if (onProgress !== undefined) tellDownload(onProgress, parts);
        };
        const read = (fetcher, address, init) => transfer(fetcher, address, init, { stallMs: core.settings.stallMs, timeoutMs }, together, onBytes);
        return one(core.settings, url, routeOf(core.settings, id, index), read, together);
      }),
    );
  } finally {
    together.end();
  }
}

/** Where a page may not read a result where it lies, its proxy serves it. Whoever holds a key talks to the API, which has no such route. */
function routeOf({ holdsKey, browser, href }, id, index) {
  const segment = holdsKey || !browser ? undefined : encodeId(id);
  return segment && `${href}/generations/${segment}/results/${index}`;
}

async function one(settings, url, route, read, scope) {
  for (let attempts = 1; ; attempts += 1) {
    let answer = await read(settings.downloadFetch, url, {});
    if (answer.status === undefined && route !== undefined) {
      const proxied = await read(settings.fetch, route, resultInitOf(settings));
      // What the proxy says counts; where it says nothing, the first failure does.
      if (proxied.status !== undefined) answer = proxied;
    }
    if (answer.blob !== undefined) return answer.blob;
    const call = { attempts, maxRetries: settings.maxRetries, dateMs: Date.now(), random: Math.random() };
    const { error, delayMs } = judgeResult(call, answer);
    if (delayMs === undefined) throw Object.assign(error, { attempts });
    await sleep(delayMs, scope);
  }
}
