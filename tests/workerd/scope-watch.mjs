/**
 * Imported before the package: remembers what is drawn or started while the worker's modules are evaluated, where a
 * worker may do neither.
 */
export const touched = [];

for (const [owner, name] of [
  [globalThis, "setTimeout"],
  [globalThis, "setInterval"],
  [globalThis, "fetch"],
  [crypto, "getRandomValues"],
  [crypto, "randomUUID"],
  [Math, "random"],
]) {
  const original = owner[name];
  owner[name] = function (...args) {
    touched.push(name);
    return original.apply(owner, args);
  };
}
