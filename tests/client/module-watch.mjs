/**
 * What a test can see of the WebAssembly module, and do to it. Each is called before the package is imported, which may
 * keep what it finds.
 */
const { instantiate } = WebAssembly;

/**
 * Answers a function that tells how often a client was freed since it was last asked; it throws where no module was
 * seen.
 */
export function watchFrees() {
  let count = null;
  WebAssembly.instantiate = async (module, imports) => {
    const made = await instantiate.call(WebAssembly, module, imports);
    const free = made.exports?.__wbg_engine_free;
    // Node makes modules of its own.
    if (free === undefined) return made;
    count ??= 0;
    const counting = (...args) => {
      count += 1;
      return free(...args);
    };
    return Object.create(WebAssembly.Instance.prototype, {
      exports: { value: { ...made.exports, __wbg_engine_free: counting } },
    });
  };
  return () => {
    if (count === null)
      throw new Error("no module with a client was seen: was the package imported before the watch began?");
    const since = count;
    count = 0;
    return since;
  };
}

/** Makes the module trap where the memory of a client, or of a watch, is given back, as long as `isFatal()`. */
export function trapInFrees(isFatal) {
  WebAssembly.instantiate = async (module, imports) => {
    const made = await instantiate.call(WebAssembly, module, imports);
    if (made.exports?.__wbg_engine_free === undefined) return made;
    const exports = { ...made.exports };
    for (const name of ["__wbg_engine_free", "__wbg_watching_free"])
      exports[name] = (...args) => {
        if (isFatal()) throw new WebAssembly.RuntimeError("unreachable");
        return made.exports[name](...args);
      };
    return Object.create(WebAssembly.Instance.prototype, { exports: { value: exports } });
  };
}

/**
 * Makes the module trap while it judges an answer, as long as `isFatal()`: it asks for a random number then, for the
 * delay of a repeat, and that throws what a trap throws, so that the frames of the module end where they stand, holding
 * what they hold. `isFatal()` may also answer `"stack"`: then the stack is exhausted there.
 */
export function trapInVerdicts(isFatal) {
  const { random } = Math;
  const exhaust = () => exhaust() + 1;
  Math.random = () => {
    if (isFatal() === "stack") return exhaust();
    if (isFatal()) throw new WebAssembly.RuntimeError("unreachable");
    return random();
  };
}

/**
 * Makes the module panic while it looks at a file, as long as `isFatal()`: the first bytes are one more with each time
 * that their number is asked for, and a copy of them does not fit its place.
 */
export function panicInFiles(isFatal) {
  const { instantiate: before } = WebAssembly;
  WebAssembly.instantiate = async (module, imports) => {
    let extra = 0;
    for (const functions of Object.values(imports)) {
      for (const [name, imported] of Object.entries(functions)) {
        if (typeof imported !== "function") continue;
        functions[name] = (...args) => {
          const result = imported(...args);
          const isLength = args.length === 1 && args[0] instanceof Uint8Array && result === args[0].length;
          return isLength && isFatal() ? result + (extra += 1) : result;
        };
      }
    }
    return before.call(WebAssembly, module, imports);
  };
}
