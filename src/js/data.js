// Plain objects, as Rust reads and makes them. It imports this file by itself.

/** Undefined where there is no such member, or no object. */
export const member = (object, key) => object?.[key];

export const setMember = (object, key, value) => {
  object[key] = value;
};
