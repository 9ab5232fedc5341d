// A caller's request, read once into plain data; what it may be, Rust says.

import { checked } from "./checked.js";
import { optional } from "./optional.js";
import { references } from "./references.js";
import { snapshot } from "./snapshot.js";
import { unknownFields } from "./unknown-fields.js";
import { boolean, list, object, oneOf, text } from "./validators.js";

const BODY = {
  model: text,
  prompt: optional(text),
  params: optional(object),
  client_request_id: optional(text),
};
const REQUEST = {
  ...BODY,
  references: optional(list),
  keepMetadata: optional(boolean),
  fit: optional(oneOf("off", "limit")),
};

/**
 * What `generate` and `validate` are given.
 *
 * @param {unknown} request
 */
export function readRequest(request) {
  const { unknown, fields } = readFields(request, REQUEST);
  return { __proto__: null, ...fields, unknown, references: references(fields.references) };
}

/**
 * What `generations.create` is given: the body of `POST /generations` itself, which has its references in `params`.
 *
 * @param {unknown} body
 */
export function readRequestBody(body) {
  const { unknown, fields } = readFields(body, BODY);
  return { __proto__: null, ...fields, unknown, references: [] };
}

/**
 * The fields that `schema` names, `params` as plain data, and the names of those that no request has.
 *
 * @template {typeof BODY} S
 * @param {unknown} request
 * @param {S} schema
 */
function readFields(request, schema) {
  if (typeof request !== "object" || request === null)
    throw new TypeError("request must be an object: { model, prompt, … }");
  const unknown = unknownFields(request, Object.keys(schema), "request");
  const fields = checked(request, "request", schema);
  return { unknown, fields: { ...fields, params: fields.params && snapshot(fields.params, "params") } };
}
