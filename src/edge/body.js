// Bodies, read or passed on, never longer than allowed.

/** Thrown where a body is longer than it may be. */
export const TOO_LARGE = Symbol("too large");

/** A body as text, at most `maxBytes`; the rest is not even received. */
export async function textOf({ body }, maxBytes) {
  if (body === null || body === undefined) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = maxBytes;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    left -= value.byteLength;
    if (left < 0) {
      reader.cancel().catch(() => {});
      throw TOO_LARGE;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** A body that ends with `TOO_LARGE` behind `maxBytes`; `onTooLarge` is told. */
export function counted(body, maxBytes, onTooLarge) {
  let left = maxBytes;
  return body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        left -= chunk.byteLength;
        if (left >= 0) return controller.enqueue(chunk);
        onTooLarge();
        controller.error(TOO_LARGE);
      },
    }),
  );
}

/** A body that nobody reads is given up: it would hold its connection. */
export const giveUp = ({ body }) => void body?.cancel().catch(() => {});
