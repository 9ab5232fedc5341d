/** Deliveries as a sender makes them: signed with the platform's own HMAC, not with the package's. */
import { createHmac } from "node:crypto";

export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const URL_OF_RECEIVER = "https://shop.example/hooks/rivya";

export const GENERATION = {
  id: "task_1",
  status: "succeeded",
  model: "nano-banana-2",
  result: { primary_url: "https://media.example/1.png", urls: ["https://media.example/1.png"] },
  error: null,
};
export const EVENT = {
  id: "evt_1",
  type: "generation.succeeded",
  api_version: "2026-05-11",
  created_at: "2026-05-11T00:00:00.000Z",
  data: GENERATION,
};

export const STANDARD = {
  idHeader: "webhook-id",
  timestampHeader: "webhook-timestamp",
  signatureHeader: "webhook-signature",
  signedContent: "id.timestamp.body",
  encoding: "base64",
  signaturePrefix: "v1,",
};

const keyOf = (secret) => (secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : secret);

/** The signature of parts under one secret. */
export function sign(secret, parts, encoding = "base64") {
  return createHmac("sha256", keyOf(secret)).update(parts.join(".")).digest(encoding);
}

export const nowS = () => Math.floor(Date.now() / 1_000);

/** `{ body, headers }` of a genuine delivery. */
export function deliver({
  body = JSON.stringify(EVENT),
  id = "msg_1",
  timestamp = String(nowS()),
  secret = SECRET,
  scheme = STANDARD,
} = {}) {
  const parts = scheme.signedContent.split(".").map((part) => ({ id, timestamp, body })[part]);
  const signature = scheme.signaturePrefix + sign(secret, parts, scheme.encoding);
  const headers = { "content-type": "application/json", [scheme.signatureHeader]: signature };
  if (parts.length > 1) headers[scheme.timestampHeader] = timestamp;
  if (parts.length > 2) headers[scheme.idHeader] = id;
  return { body, headers };
}

/** The same as a request that arrives. */
export const requestOf = ({ body, headers }) => new Request(URL_OF_RECEIVER, { method: "POST", body, headers });
