// The TypeScript of `params`, one member per model that `/generations` takes, from the data file that the crate packs.

/**
 * An entry of `src/contract/models.json`, as far as it is read here.
 *
 * @typedef {object} Model
 * @property {string} id
 * @property {string} display_name
 * @property {"image" | "video" | "audio" | "chat"} capability
 * @property {number | null} base_credits
 * @property {boolean} complete
 * @property {object | null} upload_policy
 * @property {Param[]} params
 * @property {ExtraField[]} extra_request_fields
 *
 * @typedef {object} Param
 * @property {string} key
 * @property {string} type
 * @property {boolean} required
 * @property {string | number | boolean | null} default
 * @property {Range | null} range
 * @property {string[]} options
 * @property {string | null} description
 *
 * @typedef {{ min?: number, max?: number, step?: number }} Range
 *
 * @typedef {object} ExtraField
 * @property {string} key
 * @property {string} type
 * @property {boolean} required
 * @property {Record<string, string>} item
 * @property {string | null} description
 */

/**
 * The source of `export interface ModelParams`, for `index.d.ts`. `catalogue` is the parsed `src/contract/models.json`.
 *
 * @param {{ models: Model[] }} catalogue
 */
export function modelParams(catalogue) {
  const models = catalogue.models.filter((model) => model.capability !== "chat");
  const members = models.map(
    (model) => `  /** ${comment(modelNote(model))} */\n  ${JSON.stringify(model.id)}: ${params(model)}`,
  );
  return [
    `/** \`params\` of the ${models.length} models that generations take. \`params.referenceMediaItems\` is in \`ParamsOf\`. */`,
    "export interface ModelParams {",
    members.join("\n"),
    "}",
    "",
  ].join("\n");
}

/**
 * Whether the parameter table was read to its end. On the pages it stands before the upload policy.
 *
 * @param {Model} model
 */
function hasWholeTable(model) {
  return model.complete || model.upload_policy !== null;
}

/** @param {Model} model */
function modelNote(model) {
  const made = { image: "Images", video: "Videos", audio: "Audio", chat: "Text" }[model.capability];
  const price =
    model.base_credits === null
      ? ""
      : `, from ${model.base_credits} ${model.base_credits === 1 ? "credit" : "credits"}`;
  return `${model.display_name}. ${made}${price}.`;
}

/** @param {Model} model */
function params(model) {
  const lines = model.params.map((param) => member(param.key, param.required, paramNote(param), paramType(param)));
  for (const extra of model.extra_request_fields) lines.push(extraMember(extra));
  if (!hasWholeTable(model)) {
    lines.push("    /** Its page was not readable to the end: there may be more. */\n    [key: string]: unknown;");
  }
  return `{\n${lines.join("\n")}\n  };`;
}

/** @param {ExtraField} field */
function extraMember({ key, type, required, item, description }) {
  const name = key.replace(/^params\./, "");
  if (name === key || type !== "array") throw new Error(`a field that has no place in ModelParams: ${key}`);
  const fields = Object.entries(item).map(([field, fieldType]) => `${identifier(field)}: ${fieldType}`);
  return member(name, required, sentence(description), `{ ${fields.join("; ")} }[]`);
}

/** @type {(key: string, required: boolean, note: string, type: string) => string} */
function member(key, required, note, type) {
  return `    /** ${comment(note)} */\n    ${identifier(key)}${required ? "" : "?"}: ${type};`;
}

/** @param {Param} param */
function paramType({ key, type, options }) {
  if (type === "number") return "number";
  if (type === "text") return "string";
  if (type !== "select") throw new Error(`a parameter of type ${type}: ${key}`);
  const types = options.map((option) => JSON.stringify(option));
  // The client sends both as their strings.
  types.push(
    ...options
      .filter((option) => /^\d+(\.\d+)?$/.test(option))
      .map(Number)
      .map(String),
  );
  if (options.includes("true") && options.includes("false")) types.push("boolean");
  return types.join(" | ");
}

/** @param {Param} param */
function paramNote({ type, default: preset, range, options, description }) {
  const notes = [sentence(description)];
  if (range) notes.push(rangeNote(range));
  if (preset !== null) notes.push(`Default \`${JSON.stringify(preset)}\`.`);
  if (type === "select" && options.includes("true")) notes.push("A boolean is sent as its string.");
  return notes.filter(Boolean).join(" ") || "Free text.";
}

/** @param {Range} range */
function rangeNote({ min, max, step }) {
  const from = min === undefined ? "" : `from ${min}`;
  const to = max === undefined ? "" : `to ${max}`;
  const steps = step === undefined ? "" : `in steps of ${step}`;
  const words = [from, to, steps].filter(Boolean).join(" ");
  return words && `${words[0].toUpperCase()}${words.slice(1)}${max === undefined ? " on" : ""}.`;
}

/** @param {string | null} text */
function sentence(text) {
  const trimmed = (text ?? "").trim();
  return trimmed === "" || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** @param {string} key */
function identifier(key) {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

/**
 * Text that can't end the comment it stands in.
 *
 * @param {string} text
 */
function comment(text) {
  return text.replaceAll("*/", "* /").replace(/\s+/g, " ");
}
