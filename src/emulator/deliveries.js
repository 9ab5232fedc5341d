// The emulator's webhooks: posts what is due when it is due. What that is, to whom it goes and when it is made again,
// Rust says.

/**
 * @typedef {import("#emulator-glue").RawEmulator} RawEmulator
 * @typedef {import("#emulator-glue").Post} Post
 */

/** `setTimeout` takes a signed 32-bit number; a larger one fires at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;

export class Deliveries {
  /** @type {RawEmulator | undefined} */
  #raw;
  /** @type {number | undefined} */
  #dueMs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Set<AbortController>} */
  #underWay = new Set();

  /** @param {RawEmulator} raw */
  constructor(raw) {
    this.#raw = raw;
  }

  /** Sets the timer for the next delivery. Called after whatever may have changed which one that is. */
  plan() {
    const dueMs = this.#raw?.nextDeliveryMs();
    if (dueMs === this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    if (dueMs === undefined) return;
    this.#timer = setTimeout(() => this.#send(), Math.min(Math.max(dueMs - Date.now(), 0), MAX_TIMEOUT_MS));
  }

  /** No delivery is left behind: neither a timer nor a request. */
  end() {
    this.#raw = undefined;
    this.plan();
    for (const controller of this.#underWay) controller.abort();
  }

  #send() {
    this.#dueMs = undefined;
    const next = () => this.#raw?.takeDelivery();
    for (let post = next(); post !== undefined; post = next()) void this.#deliver(post);
    this.plan();
  }

  /** @param {Post} post */
  async #deliver(post) {
    const status = await this.#statusOf(post);
    this.#raw?.settleDelivery(post.id, status);
    this.plan();
  }

  /**
   * What a receiver answers, 0 where it does not. A redirect could lead off this machine: none is followed, as the API
   * follows none.
   *
   * @param {Post} post
   */
  async #statusOf({ url, headers, body, timeoutMs }) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), timeoutMs);
    this.#underWay.add(controller);
    try {
      /** @type {RequestInit & { __proto__: null }} */
      const init = {
        __proto__: null,
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: controller.signal,
      };
      const response = await fetch(url, init);
      response.body?.cancel().catch(() => {});
      return response.status;
    } catch {
      return 0;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
    }
  }
}
