// The rules of the edge's module, as the JavaScript of this folder asks for them. Each question is guarded: a module
// that has crashed is asked nothing more, for its memory may be inconsistent, and what it says of callers and their ids
// can't be relied on.

import * as glue from "#edge-glue";
import { guard } from "../js/crash.js";

/** @typedef {import("#edge-glue").Kind} Kind */

/**
 * @template {unknown[]} Given
 * @template Answer
 * @param {(...given: Given) => Answer} rule
 * @returns {(...given: Given) => Answer}
 */
const guarded =
  (rule) =>
  (...given) =>
    guard(() => rule(...given));

export const beginsNothing = guarded(glue.beginsNothing);
export const countedUnder = guarded(glue.countedUnder);
export const errorFor = guarded(glue.errorFor);
export const isMedia = guarded(glue.isMedia);
export const isPlainLength = guarded(glue.isPlainLength);
export const maxBytes = guarded(glue.maxBytes);
export const nextStep = guarded(glue.nextStep);
export const noSuchId = guarded(glue.noSuchId);
export const openDelivery = guarded(glue.openDelivery);
export const outgoingKey = guarded(glue.outgoingKey);
export const resultUrl = guarded(glue.resultUrl);
export const submissionId = guarded(glue.submissionId);
export const takesResultUrl = guarded(glue.takesResultUrl);
export const tooLarge = guarded(glue.tooLarge);

/** `EdgeRules` of the module, which documents them. */
export class Rules {
  #rules;

  /** @param {import("./settings.js").Settings} settings */
  constructor(settings) {
    this.#rules = guard(() => new glue.EdgeRules(settings));
  }

  /**
   * @param {string} url
   * @param {string} method
   * @param {string | undefined} origin
   * @param {string | undefined} fetchSite
   * @param {string | undefined} asksMethod
   * @param {boolean} hasClientHeader
   */
  admit(url, method, origin, fetchSite, asksMethod, hasClientHeader) {
    return guard(() => this.#rules.admit(url, method, origin, fetchSite, asksMethod, hasClientHeader));
  }

  /**
   * @param {boolean} isUpload
   * @param {string | undefined} contentType
   * @param {string | undefined} contentLength
   */
  refuseBody(isUpload, contentType, contentLength) {
    return guard(() => this.#rules.refuseBody(isUpload, contentType, contentLength));
  }

  /** @param {string} text */
  readSubmission(text) {
    return guard(() => this.#rules.readSubmission(text));
  }

  /**
   * @param {Kind} kind
   * @param {string} boundId
   * @param {string} caller
   */
  open(kind, boundId, caller) {
    return guard(() => this.#rules.open(kind, boundId, caller));
  }

  /**
   * @param {Kind} kind
   * @param {string} id
   * @param {string} caller
   */
  bind(kind, id, caller) {
    return guard(() => this.#rules.bind(kind, id, caller));
  }

  /**
   * @param {string} text
   * @param {Kind} kind
   * @param {string} caller
   */
  bindAnswer(text, kind, caller) {
    return guard(() => this.#rules.bindAnswer(text, kind, caller));
  }
}
