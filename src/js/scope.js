// What a call has under way, and what ends it: timers, requests and places in a queue are taken back when its scope
// ends, however that came.

/** Thrown where a scope has ended; never seen by a caller, whose promise was settled before. */
export const ENDED = Symbol("ended");

export class Scope {
  #ends = new Set();
  #notes = [];
  #over = false;

  /** Throws where the scope has ended. */
  check() {
    if (this.#over) throw ENDED;
  }

  /** Calls `end` when the scope ends; answers the function that takes this back. */
  add(end) {
    this.check();
    this.#ends.add(end);
    return () => void this.#ends.delete(end);
  }

  /** A scope that ends with this one, or before it. */
  child() {
    const child = new Scope();
    const release = this.add(() => child.end());
    child.add(release);
    return child;
  }

  /** Keeps `note` until the call's outcome was handed to its caller; it is dropped where the call ends otherwise. */
  afterwards(note) {
    this.check();
    this.#notes.push(note);
  }

  /** What `afterwards` was given, once; nothing where the scope has ended. */
  notes() {
    return this.#over ? [] : this.#notes.splice(0);
  }

  /** Answers the notes that nobody took. */
  end() {
    const notes = this.notes();
    this.#over = true;
    for (const end of this.#ends) end();
    this.#ends.clear();
    return notes;
  }
}
