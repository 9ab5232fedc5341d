/**
 * Keeps a list of the requests that a page makes by the platform's fetch and by XMLHttpRequest. Begin it before the
 * code under test is imported. `all()` are `{ kind, url }`, in their order; `underWay()` those of which neither all was
 * received, nor the rest was given up.
 */
export function watchRequests() {
  const requests = [];
  const ended = new WeakSet();

  const { getReader, cancel } = ReadableStream.prototype;
  ReadableStream.prototype.getReader = function (...args) {
    const reader = getReader.apply(this, args);
    const { read, cancel } = reader;
    reader.read = async (...given) => {
      const piece = await read.apply(reader, given);
      if (piece.done) ended.add(this);
      return piece;
    };
    reader.cancel = (...given) => (ended.add(this), cancel.apply(reader, given));
    return reader;
  };
  ReadableStream.prototype.cancel = function (...args) {
    ended.add(this);
    return cancel.apply(this, args);
  };

  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    let hasEnded = () => false;
    const isOver = () => init?.signal?.aborted === true || hasEnded();
    requests.push({ kind: "fetch", url: String(input?.url ?? input), isOver });
    try {
      const response = await fetch(input, init);
      hasEnded = () => response.body === null || ended.has(response.body);
      return response;
    } catch (error) {
      hasEnded = () => true;
      throw error;
    }
  };

  const { open, send } = XMLHttpRequest.prototype;
  const urls = new WeakMap();
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    urls.set(this, String(url));
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...args) {
    const isOver = () => this.readyState === XMLHttpRequest.DONE || this.readyState === XMLHttpRequest.UNSENT;
    requests.push({ kind: "xhr", url: urls.get(this), isOver });
    return send.apply(this, args);
  };

  return { all: () => requests, underWay: () => requests.filter(({ isOver }) => !isOver()) };
}
