// An upload over XMLHttpRequest, for `fetch` tells nothing of the bytes that go.

/** UTF-8 has at most three bytes for each character that JavaScript counts, and no text of the API's is longer. */
const MAX_TEXT_BYTES = 24_000_000;

/**
 * @typedef {object} Init
 * @property {string} method
 * @property {Headers} headers
 * @property {FormData} body
 * @property {RequestCredentials} credentials
 * @property {AbortSignal} signal
 */
/** @typedef {() => Promise<string | undefined>} Text Undefined where it is too long. */

/**
 * Sends a form, and gives what reads like a Response. `onSent(loaded, total)` hears of the bytes that have gone, until
 * the signal is aborted.
 *
 * @param {string} url
 * @param {Init} init
 * @param {(loaded: number, total: number) => void} onSent
 * @returns {Promise<object>}
 */
export function sendOverXhr(url, { method, headers, body, credentials, signal }, onSent) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    signal.addEventListener("abort", () => xhr.abort());
    xhr.open(method, url);
    // Browsers keep a long one on disk; as text it would be in memory at once.
    xhr.responseType = "blob";
    xhr.withCredentials = credentials === "include";
    headers.forEach((value, name) => xhr.setRequestHeader(name, value));
    xhr.upload.onprogress = ({ loaded, total }) => signal.aborted || onSent(loaded, total);
    xhr.onerror = () => reject(new TypeError("the network failed"));
    const answer = (/** @type {Text} */ text) => {
      const head = new Headers();
      // Not by its name: of a header that a page may not see, browsers complain on the console.
      for (const [, name, value] of xhr.getAllResponseHeaders().matchAll(/^([^:\r\n]+): *([^\r\n]*)/gm))
        head.append(name, value);
      // It was followed already.
      const type = xhr.responseURL === url ? "basic" : "opaqueredirect";
      resolve({ __proto__: null, status: xhr.status, type, headers: head, text });
    };
    const tooLong = async () => undefined;
    xhr.onload = () => answer(async () => (xhr.response.size > MAX_TEXT_BYTES ? tooLong() : xhr.response.text()));
    // An answer without end is cut off as it comes. Firefox tells of no progress while the data come faster than it can
    // take them.
    xhr.onprogress = ({ loaded }) => {
      if (loaded <= MAX_TEXT_BYTES) return;
      answer(tooLong);
      xhr.abort();
    };
    xhr.send(body);
  });
}
