// Who visits: the id of an account, in a signed cookie.
//
// Here a first visit makes an anonymous account. Anybody can make as many of those as they like, so limits for each
// account hold nobody back who means harm: before pictures cost you money, put your login here, and let `accountOf`
// answer the id of the account that has logged in.

/**
 * `__Host-`: a browser takes no such cookie from a subdomain or over http. The id, when the session ends in seconds
 * since 1970, the signature.
 */
const SESSION = /^__Host-session=([\w-]+)\.(\d{1,12})\.([\w-]{43})$/;
const MAX_AGE_S = 365 * 24 * 60 * 60;
const MIN_KEY_CHARACTERS = 32;
const HMAC = { name: "HMAC", hash: "SHA-256" };

/**
 * The id of the account that sent this request; null without a session, with one that has ended, or with one that was
 * not signed here.
 */
export async function accountOf(request, secret) {
  const key = await signingKey(secret);
  for (const cookie of (request.headers.get("Cookie") ?? "").split(";")) {
    const [, id, ends, signature] = SESSION.exec(cookie.trim()) ?? [];
    if (id === undefined || Number(ends) * 1_000 <= Date.now()) continue;
    // `verify` takes as long for a signature that is nearly right as for any other.
    if (await crypto.subtle.verify(HMAC, key, bytesOf(signature), payload(id, ends))) return id;
  }
  return null;
}

/**
 * The `Set-Cookie` of a new account's session. Scripts can't read it, and a POST from another site doesn't carry it.
 */
export async function newSession(secret) {
  const id = crypto.randomUUID();
  const ends = String(Math.floor(Date.now() / 1_000) + MAX_AGE_S);
  const signature = new Uint8Array(await crypto.subtle.sign(HMAC, await signingKey(secret), payload(id, ends)));
  return `__Host-session=${id}.${ends}.${base64url(signature)}; Path=/; Max-Age=${MAX_AGE_S}; HttpOnly; Secure; SameSite=Lax`;
}

/** The proxy signs with the same secret: what is signed here says what it is for. */
const payload = (id, ends) => new TextEncoder().encode(`session:${id}:${ends}`);

function signingKey(secret) {
  // A secret that was never set would sign, too, and anybody could sign with it.
  if (typeof secret !== "string" || secret.length < MIN_KEY_CHARACTERS) {
    throw new TypeError(
      `SIGNING_KEY must have at least ${MIN_KEY_CHARACTERS} characters: npx wrangler secret put SIGNING_KEY`,
    );
  }
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HMAC, false, ["sign", "verify"]);
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const bytesOf = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
