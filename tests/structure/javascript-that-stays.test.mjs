/**
 * The client's flows are Rust. What is JavaScript beside them does one thing that Rust can't do, or that costs ten
 * times as much there; it is short, and neither waits nor repeats anything but where this list says so.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
// The newest TypeScript has no API of its parser.
import ts from "typescript-oldest";
import { root } from "../../build/versions.mjs";

const MAX_LINES = 120;
/** Rooms that have flows of their own in JavaScript, or loaders. */
const OTHER_ROOMS = ["edge", "emulator", "npm"];

/** File → what it may do of `KINDS`, and why it is JavaScript. */
const STAYS = {
  "bindings/call.js": {
    does: ["loop"],
    why: "Promises that Rust made would never settle after a trap, so a call's is made here; a signal ends each call that shares it.",
  },
  "bindings/notify.js": {
    does: [],
    why: "What a caller's callback throws has to surface on the platform as the caller's own exception.",
  },
  "bindings/pump.js": {
    does: ["timer"],
    why: "A trap while the executor is polled can be caught in JavaScript alone, and each poll is a microtask.",
  },
  "bindings/watch.js": {
    does: ["then"],
    why: "Rust can't make an async iterator, whose steps follow one after the other as an async generator's do.",
  },
  "js/base-url.js": {
    does: [],
    why: "The platform's own parser of URLs takes an option apart, a relative one against the page.",
  },
  "js/brands.js": {
    does: [],
    why: "What an object is, only the platform's own accessors tell without running a caller's code.",
  },
  "js/buffers.js": {
    does: [],
    why: "Bytes of any realm are copied by the platform before the caller can change them, without a way through Rust.",
  },
  "js/call-options.js": {
    does: [],
    why: "The schemas are tables of the validators, which are functions of JavaScript.",
  },
  "js/checked.js": {
    does: ["loop"],
    why: "A check of a caller's object, member by member, costs ten times as much in WebAssembly.",
  },
  "js/client-options.js": {
    does: [],
    why: "A caller's options are read once, with what the platform adds to them, before Rust sees them.",
  },
  "js/crash.js": {
    does: ["loop"],
    why: "After a trap the module can't be asked: who remembers it, and ends each call in flight, lies outside.",
  },
  "js/data-url.js": {
    does: [],
    why: "The bytes of a data: URL stay in JavaScript, where a Blob is made of them.",
  },
  "js/data.js": {
    does: ["loop"],
    why: "Which prototype has a member of a caller's object, each crossing into Rust would cost more than the question.",
  },
  "js/decisions.js": {
    does: [],
    why: "An object without a prototype is made in one call: set from Rust member by member it costs more than the rule.",
  },
  "js/empty-input.js": {
    does: [],
    why: "The name and the size of a caller's file are asked through the platform's own accessors.",
  },
  "js/environment.js": {
    does: [],
    why: "The globals of the platform are JavaScript's own, and are asked before the module is loaded.",
  },
  "js/error-texts.js": {
    does: [],
    why: "An error with its texts changed is a copy of a JavaScript class, or of a TypeError with its stack.",
  },
  "js/error.js": {
    does: ["loop"],
    why: "Rust can't make a class that extends Error; its fields are defined one by one, past any setter.",
  },
  "js/fetcher.js": {
    does: [],
    why: "A caller's fetch is called as a function or as a method, as it was given.",
  },
  "js/generation.js": {
    does: [],
    why: "What `download` is given is a caller's object, read once before Rust sees it.",
  },
  "js/headers.js": {
    does: [],
    why: "A caller's headers are read once, and the platform judges what a header may be.",
  },
  "js/optional.js": {
    does: [],
    why: "Validators are made of validators, which are functions of JavaScript.",
  },
  "js/read.js": {
    does: [],
    why: "What getters and proxies of a caller's object throw has to be caught where they are called.",
  },
  "js/reference.js": {
    does: [],
    why: "Whether a reference is a file, bytes, a URL or an item, the brands of JavaScript's objects tell.",
  },
  "js/references.js": {
    does: [],
    why: "A caller's list of references is read once before Rust sees it.",
  },
  "js/request.js": {
    does: [],
    why: "A caller's request is read once into plain data before Rust sees it.",
  },
  "js/secrets.js": {
    does: ["loop"],
    why: "Errors that JavaScript throws before and after a call have keys cut out of them, form by form.",
  },
  "js/signals.js": {
    does: [],
    why: "A caller's signal is asked through the platform's own accessors, for its properties may throw.",
  },
  "js/snapshot.js": {
    does: ["loop"],
    why: "A caller's object is copied into plain data with bounds, before it reaches the module's small stack and memory.",
  },
  "js/unknown-fields.js": {
    does: [],
    why: "The names that a caller's object has beyond a schema are read where its proxies can throw.",
  },
  "js/validators.js": {
    does: [],
    why: "Each value of a caller's is checked where it lies: in WebAssembly a check costs ten times as much.",
  },
  "js/warn.js": {
    does: [],
    why: "A warning goes to the console, once for each thing that it is about.",
  },
  "js/wrong.js": {
    does: [],
    why: "A message describes a caller's value without running any of the caller's code.",
  },
  "web/blob.js": {
    does: ["async", "await"],
    why: "A file is read through the platform's own accessors, and its bytes stay in JavaScript; `window.js` reads by it, too.",
  },
  "web/body.js": {
    does: ["async", "await", "then"],
    why: "A look-alike of an answer may do anything when it is asked for its body, and that is caught where it is asked.",
  },
  "web/counted.js": {
    does: ["async", "await", "loop"],
    why: "The counted stream is pulled by the platform: Rust's streams would be a library that costs more than this file.",
  },
  "web/encode.js": {
    does: ["async", "await"],
    why: "The platform draws and encodes on a canvas, and its exceptions mean that it can't.",
  },
  "web/fetch.js": {
    does: ["async", "await"],
    why: "Who waited in Rust may be gone when an answer comes late: only the promise is left to give that up.",
  },
  "web/indexed_db.js": {
    does: ["async", "await"],
    why: "IndexedDB answers in events, which become promises here: closures of Rust for each would outweigh the file.",
  },
  "web/js_store.js": {
    does: ["async", "await"],
    why: "A caller's method may throw, answer at once or answer a promise: `async` makes one promise of all three.",
  },
  "web/lock.js": {
    does: ["async", "await", "then"],
    why: "A Web Lock is held as long as the promise that its callback answers; web-sys has the API as unstable.",
  },
  "web/promise.js": {
    does: ["then"],
    why: "The ends of all promises are told to one function of Rust's: two for each promise cost a call 5 % of its time.",
  },
  "web/scan.js": {
    does: ["async", "await", "loop", "then"],
    why: "A search through the bytes of a file would copy each of them into the module first.",
  },
  "web/text.js": {
    does: ["async", "await", "loop"],
    why: "Each piece of a text that Rust reads would be copied into the module and back, where it is parsed as a whole.",
  },
  "web/turn.js": {
    does: ["timer"],
    why: "One turn of the event loop is asked of whatever the platform has for that without stretching it.",
  },
  "web/window.js": {
    does: ["async", "await", "loop", "then"],
    why: "A stream is read into memory that is handed over and comes back, and Chromium must not collect its reader.",
  },
  "web/xhr.js": {
    does: ["async", "loop"],
    why: "XMLHttpRequest answers in events, each a property that is a function: closures of Rust would outweigh them.",
  },
};

/** What waits, schedules or repeats, by the kind of syntax. */
const KINDS = {
  async: (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false,
  await: (node) => ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined),
  then: (node) => ts.isCallExpression(node) && /^(then|catch|finally)$/.test(memberOf(node) ?? ""),
  timer: (node) => ts.isCallExpression(node) && /^(set(Timeout|Interval|Immediate)|queueMicrotask)$/.test(nameOf(node)),
  loop: (node) => ts.isIterationStatement(node, false) || (ts.isCallExpression(node) && memberOf(node) === "forEach"),
};

const memberOf = ({ expression }) => (ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined);
const nameOf = (node) => memberOf(node) ?? (ts.isIdentifier(node.expression) ? node.expression.text : "");

/** What a file does of `KINDS`. */
function doneIn(text, name) {
  const done = new Set();
  const visit = (node) => {
    for (const [kind, isOne] of Object.entries(KINDS)) if (isOne(node)) done.add(kind);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS));
  return [...done].sort();
}

const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".js") && !OTHER_ROOMS.includes(file.split("/")[0]))
  .sort();

describe("JavaScript beside the client", () => {
  test("is_what_the_list_names_and_nothing_else", () => {
    assert.deepEqual(files, Object.keys(STAYS).sort());
  });

  for (const file of files) {
    test(`${file}_is_short_and_waits_for_nothing_that_the_list_does_not_name`, () => {
      const text = readFileSync(join(root, "src", file), "utf8");
      assert.ok(text.trimEnd().split("\n").length <= MAX_LINES, "it is longer than one idea");
      const { does, why } = STAYS[file] ?? assert.fail("it is not on the list");
      assert.deepEqual(doneIn(text, file), [...does].sort());
      assert.match(why, /^[A-Z].+\.$/, "the list doesn't say why it is JavaScript");
    });
  }

  test("is_found_out_whichever_way_it_waits", () => {
    for (const [text, kinds] of [
      ["const f = async () => 1", ["async"]],
      ["for await (const x of y) z", ["await", "loop"]],
      ["p.then(x)", ["then"]],
      ["globalThis.setTimeout(f)", ["timer"]],
      ["while (a) b()", ["loop"]],
      ["const a = [1].map((x) => x)", []],
    ])
      assert.deepEqual(doneIn(text, "sample.js"), kinds, text);
  });
});
