// From the crate to a small .wasm file and its glue: cargo, wasm-bindgen, wasm-opt.

import zopfli from "@gfx/zopfli";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { run, step } from "./run.mjs";
import { wasmBindgen } from "./setup.mjs";
import { root } from "./versions.mjs";

/**
 * Named one by one: with `--all-features` the tool writes `stringref`, which no runtime takes, and with none it refuses
 * its input.
 */
const OPT_FLAGS = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-nontrapping-float-to-int",
  "--enable-sign-ext",
  "--enable-mutable-globals",
  "--enable-reference-types",
  "--enable-multivalue",
  "--enable-extended-const",
  "--strip-debug",
  "--strip-producers",
  // Rust begins memory with its stack, so nothing lies in the first kilobyte; and it begins as zeros.
  "--low-memory-unused",
  "--zero-filled-memory",
  "--strip-target-features",
  // Inlining all that has one caller makes the code shorter, and its compressed form 2 % longer.
  "--one-caller-inline-max-function-size=20",
];

/** A module starts with two pages of memory. The tests' own modules have more: see `.cargo/config.toml`. */
const SMALL_STACK_BYTES = 65_536;
/** What decodes a JPEG in the emulator needs more: below the stack there is nothing, and the module would end there. */
const LARGE_STACK_BYTES = 1_048_576;

/** Panic messages name files: not where they lie on the machine that built them. */
const rustFlags = (/** @type {number} */ stackBytes) =>
  [
    `-Clink-arg=-zstack-size=${stackBytes}`,
    `--remap-path-prefix=${join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src")}=`,
    `--remap-path-prefix=${root}=`,
  ].join("\x1f");

/**
 * @typedef {"client" | "edge" | "emulator"} Feature
 *
 * @typedef {object} Recipe
 * @property {string} profile
 * @property {number} stackBytes
 * @property {string[]} passes
 * @property {(wasm: Uint8Array) => Uint8Array | Promise<Uint8Array>} pack
 *
 * @typedef {{ glue: string, wasm: string, packed: string }} Built Where the files of a module lie.
 */

/**
 * feature → cargo profile and passes of wasm-opt: every visitor pays for the client's size, a Worker's start for the
 * edge's, nobody for the emulator's.
 *
 * @type {Record<Feature, Recipe>}
 */
const MODULES = {
  // Control flow made anew, and optimised twice: 2 % of the compressed module. Zeros stay in the data: left out, they
  // cost a header in each gap, and 1 % of the compressed module.
  client: {
    profile: "release",
    stackBytes: SMALL_STACK_BYTES,
    passes: ["--flatten", "--rereloop", "-Oz", "-Oz", "--skip-pass=memory-packing"],
    pack: smallest,
  },
  edge: {
    profile: "release",
    stackBytes: SMALL_STACK_BYTES,
    passes: ["-Oz"],
    pack: gzipSync,
  },
  emulator: {
    profile: "release-emulator",
    stackBytes: LARGE_STACK_BYTES,
    passes: ["-O2"],
    pack: gzipSync,
  },
};

/**
 * Five hundredths smaller than `gzip -9`, for seconds of the build; a browser unpacks it as any gzip.
 *
 * @param {Uint8Array} wasm
 */
function smallest(wasm) {
  return zopfli.gzipAsync(wasm, { numiterations: 15 });
}

/**
 * Builds a module; answers where its glue and its optimised file lie.
 *
 * @param {Feature} feature
 * @returns {Promise<Built>}
 */
export async function buildModule(feature) {
  const { profile, stackBytes, passes, pack } = MODULES[feature];
  const out = join(root, "target/pkg", feature);
  mkdirSync(out, { recursive: true });
  const args = [
    "build",
    "--lib",
    "--profile",
    profile,
    "--target",
    "wasm32-unknown-unknown",
    "--no-default-features",
    "--features",
    `${feature},npm`,
  ];
  await step(`cargo build ${feature}`, () =>
    run("cargo", [...args, "--target-dir", join(root, "target", `modules-${feature}`)], {
      env: { CARGO_ENCODED_RUSTFLAGS: rustFlags(stackBytes) },
    }),
  );
  const built = join(root, "target", `modules-${feature}`, "wasm32-unknown-unknown", profile, "rivya_wasm.wasm");
  const bindings = join(out, "rivya_wasm.js");
  const glue = join(out, "glue.js");
  const wasm = join(out, "optimised.wasm");
  const packed = join(out, "module.gz");
  const stamp = join(out, "stamp");
  const state = createHash("sha256")
    .update(readFileSync(built))
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .update(snippets())
    .digest("hex");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== state || !existsSync(wasm)) {
    await step(`wasm-bindgen ${feature}`, () =>
      // Without a default path: bundlers would look for the file that `new URL(…, import.meta.url)` names, and Workers
      // die of it.
      run(wasmBindgen, ["--target", "web", "--no-typescript", "--omit-default-module-path", "--out-dir", out, built]),
    );
    const bound = join(out, "rivya_wasm_bg.wasm");
    const named = withNamedImports(withUniqueKeys(readFileSync(bindings, "utf8")), readFileSync(bound));
    writeFileSync(glue, withOwnMembers(named));
    await step(`wasm-opt ${feature}`, () =>
      run(process.execPath, [
        join(root, "node_modules/binaryen/bin/wasm-opt"),
        ...passes,
        ...OPT_FLAGS,
        bound,
        "-o",
        wasm,
      ]),
    );
    await step(`pack ${feature}`, async () => writeFileSync(packed, await pack(readFileSync(wasm))));
    writeFileSync(stamp, state);
  }
  return { glue, wasm, packed };
}

/**
 * wasm-bindgen names a snippet once for each block that imports it, always as the same module; every bundler of a
 * user's would warn of that.
 *
 * @param {string} glue
 */
function withUniqueKeys(glue) {
  const seen = new Set();
  return glue.replace(/^ *("\.\/snippets\/[^"]+"): import\d+,\n/gm, (line, key) => {
    if (seen.has(key)) return "";
    seen.add(key);
    return line;
  });
}

/**
 * What the glue asks of objects that may not have it themselves: where a script had put that on `Object.prototype`, it
 * would be taken from there.
 */
const INHERITED = [
  // Platforms before 2024 have no such member of buffers. Memory that has grown has another buffer, on every platform.
  {
    from: /(cachedDataViewMemory0)\.buffer\.detached === true \|\| \(\1\.buffer\.detached === undefined && (\1\.buffer !== wasm\.memory\.buffer)\)/,
    to: "$2",
  },
  { from: /\{ ignoreBOM: true \}/g, to: "{ ignoreBOM: true, fatal: false }" },
];

const withOwnMembers = (/** @type {string} */ glue) =>
  INHERITED.reduce((text, { from, to }) => {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`wasm-bindgen's glue is not what it was: ${from} is not found in it`);
    return changed;
  }, glue);

/**
 * Snippets whose functions the module imports itself are named one by one, not as a namespace: of one, esbuild makes an
 * object by descriptors that have a prototype, and the package could not be imported in a page where a script had put a
 * `get` on `Object.prototype`.
 *
 * @param {string} glue
 * @param {BufferSource} wasm
 */
function withNamedImports(glue, wasm) {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(wasm));
  return glue.replace(
    /^import \* as (import\d+) from ("(\.\/snippets\/[^"]+)");?\n/gm,
    (_, namespace, quoted, path) => {
      const names = new Set(imported.filter(({ module }) => module === path).map(({ name }) => name));
      const aliases = [...names].map((name) => `${name} as ${namespace}_${name}`);
      const members = [...names].map((name) => `${name}: ${namespace}_${name}`);
      const imports = `import { ${aliases.join(", ")} } from ${quoted};\n`;
      return `${imports}const ${namespace} = { __proto__: null, ${members.join(", ")} };\n`;
    },
  );
}

/** wasm-bindgen copies these beside the glue; a change in one of them does not change the .wasm file. */
function snippets() {
  return ["js", "web", "bindings"]
    .flatMap((room) => readdirSync(join(root, "src", room)).map((name) => join(root, "src", room, name)))
    .filter((file) => file.endsWith(".js"))
    .sort()
    .map((file) => readFileSync(file, "utf8"))
    .join("\0");
}
