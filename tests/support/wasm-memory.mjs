/**
 * Remembers the memory of every WebAssembly instance made from now on: call it before the package is imported. In Node
 * and in pages. Answers a function that tells the bytes of all of them together, and throws where none was seen (a
 * measurement of nothing proves nothing).
 */
export function watchWasmMemory() {
  const memories = new Set();
  const see = (instance) => {
    for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) memories.add(value);
    return instance;
  };
  const { Instance, instantiate, instantiateStreaming } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, { construct: (target, args) => see(Reflect.construct(target, args)) });
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate.apply(WebAssembly, args);
    see(made.instance ?? made);
    return made;
  };
  if (instantiateStreaming) {
    WebAssembly.instantiateStreaming = async (...args) => {
      const made = await instantiateStreaming.apply(WebAssembly, args);
      see(made.instance);
      return made;
    };
  }
  return () => {
    if (memories.size === 0)
      throw new Error("no WebAssembly instance was seen: was the package imported before the watch began?");
    return [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  };
}
