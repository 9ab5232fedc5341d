// The public shape of the edge: `load()` makes the module ready, at once or in a promise; it is all that differs
// between platforms.

import { EdgeProxy, proxyOver } from "../edge/proxy.js";
import { memoryBudget } from "../edge/budget.js";
import { verifyOver } from "../edge/webhook.js";
import { RivyaError } from "../js/error.js";

/** @param {() => void | Promise<void>} load */
export const defineEdge = (load) => ({
  createProxy: proxyOver(load),
  verifyWebhook: verifyOver(load),
  EdgeProxy,
  memoryBudget,
  RivyaError,
});
