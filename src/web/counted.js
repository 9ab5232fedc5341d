// An upload in Node, Deno and Bun, whose body is a stream that is counted. A browser must not be asked for that:
// Firefox uploads the text "[object ReadableStream]" and calls it a success.

const PIECE_BYTES = 131_072;

/** @typedef {{ body: FormData, headers: Headers, signal: AbortSignal }} Init A form's request. */

/**
 * Sends a form. `onSent(loaded)` hears of the bytes that have gone, until the signal is aborted.
 *
 * @param {string} url
 * @param {Init} init
 * @param {(loaded: number) => void} onSent
 */
export async function sendCounted(url, { body: form, headers: given, signal, ...init }, onSent) {
  // It has a type and a body, for it is made of a form.
  const whole = /** @type {Response & { body: ReadableStream<Uint8Array> }} */ (new Response(form));
  // Its own: where the form is sent once more, it has another boundary.
  const headers = new Headers(given);
  // Before its body is touched: Bun forgets it then.
  headers.set("Content-Type", String(whole.headers.get("Content-Type")));
  const reader = whole.body.getReader();
  /** @type {Uint8Array} */
  let piece = new Uint8Array();
  let loaded = 0;
  /** @type {(controller: ReadableStreamDefaultController) => Promise<void>} */
  const pull = async (controller) => {
    // Node and Deno bring a whole file at once: it is handed on as the connection asks for more.
    while (piece.length === 0) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      piece = value;
    }
    controller.enqueue(piece.subarray(0, PIECE_BYTES));
    loaded += Math.min(piece.length, PIECE_BYTES);
    piece = piece.subarray(PIECE_BYTES);
    if (!signal.aborted) onSent(loaded);
  };
  const body = new ReadableStream(
    /** @type {UnderlyingDefaultSource} */ ({ __proto__: null, pull, cancel: (reason) => reader.cancel(reason) }),
    /** @type {QueuingStrategy} */ ({ __proto__: null, highWaterMark: 0 }),
  );
  return fetch(url, /** @type {RequestInit} */ ({ __proto__: null, ...init, headers, signal, body, duplex: "half" }));
}
