// What all calls of one client share.

import { Rules, isLoopback } from "#client-glue";
import { settings as read } from "../js/arguments.js";
import { crashError } from "../js/crash.js";
import { storeOf } from "../js/store.js";
import { Turnstile } from "../js/timer.js";
import { Durations } from "./durations.js";
import { Journal } from "./journal.js";
import { Reuse } from "./reuse.js";
import { uploadQueues } from "./upload.js";

export class Core {
  // Declared, not only assigned: so they are own members, whatever setters a prototype has.
  settings;
  rules;
  journal;
  durations;
  uploads;
  encoding = new Turnstile(1);
  reuse;
  /**
   * After a 429 calls go one by one. An upload takes its time: uploads wait for each other, and nobody's poll for them.
   */
  oneByOne = new Turnstile(1);
  uploadsOneByOne = new Turnstile(1);
  /** Who is next to look. */
  lookTurns = new Turnstile(1);
  /** Running loops by the id that they look at. */
  loops = new Map();
  #users = 1;

  /** Reads `ClientOptions`. Draws nothing, starts nothing: Workers allow neither at module level. */
  constructor(options) {
    const settings = read(options);
    this.rules = new Rules(settings);
    this.settings = Object.assign(settings, { isLoopback: isLoopback(settings.hostname) });
    const store = storeOf(settings.store);
    this.journal = new Journal(store, settings);
    this.durations = new Durations(store, settings);
    this.uploads = uploadQueues(settings);
    this.reuse = new Reuse(settings);
  }

  /** Keeps the rules' memory until `release`. */
  hold() {
    this.#users += 1;
  }

  /** For the client itself, and for each `hold`. */
  release() {
    this.#users -= 1;
    // What trapped holds its memory still, and would not let go.
    if (this.#users === 0 && crashError(false) === null) this.rules.free();
  }
}
