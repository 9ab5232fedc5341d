// The declarations against the TypeScript compiler: what a user writes compiles, on every platform, and what is wrong
// does not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { fencesOf, guides, samplesOf } from "../support/readme.mjs";
import { REFUSED } from "./refused.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Inside the package: there its own name leads to `dist/`, as an installed one would. */
const FOLDER = join(ROOT, "target/types");
const NEWEST = "typescript";
/** The oldest version that resolves the package as bundlers do. */
const OLDEST = "typescript-oldest";
const OPTIONS = { strict: true, noEmit: true, skipLibCheck: false, target: "es2022" };
const PLATFORMS = {
  page: { lib: ["es2022", "dom"], types: [], module: "esnext", moduleResolution: "bundler" },
  node: { lib: ["es2022", "dom"], types: [], module: "nodenext" },
  worker: { lib: ["es2022"], types: ["@cloudflare/workers-types"], module: "esnext", moduleResolution: "bundler" },
};
/** Platforms of samples, in whose projects the whole surface need not be compiled again. */
const OF_SAMPLES = {
  ...PLATFORMS,
  react: { ...PLATFORMS.page, jsx: "react-jsx" },
  test: PLATFORMS.node,
};
/** What else the samples of a platform need to be compiled. */
const BESIDE = {
  node: () => ({ "node.d.ts": NODE }),
  test: () => ({ "node.d.ts": NODE }),
  worker: () => ({ "budget.d.ts": BUDGET }),
  react: () =>
    Object.fromEntries(
      ["use-generation.ts", "studio.tsx"].map((name) => [
        name,
        readFileSync(join(ROOT, "examples/react", name), "utf8"),
      ]),
    ),
};

/** What the samples use of Node's own declarations, which are a package of their own. */
const NODE = `declare module "node:fs/promises" {
  export function mkdir(path: string, options: { recursive: boolean }): Promise<string | undefined>;
  export function readdir(path: string): Promise<string[]>;
  export function readFile(path: string, encoding: "utf8"): Promise<string>;
  export function rename(from: string, to: string): Promise<void>;
  export function rm(path: string, options: { force: boolean }): Promise<void>;
  export function writeFile(path: string, text: string): Promise<void>;
}
declare module "node:path" {
  export function join(...paths: string[]): string;
}
declare module "node:test" {
  export function test(name: string, run: () => Promise<void>): Promise<void>;
}
declare module "node:assert/strict" {
  const assert: {
    equal(actual: unknown, expected: unknown): void;
    deepEqual(actual: unknown, expected: unknown): void;
    rejects(promise: Promise<unknown>, expected: object | ((error: unknown) => boolean)): Promise<void>;
  };
  export default assert;
}
declare const process: { env: Record<string, string | undefined> };
declare const Buffer: { from(text: string, encoding?: "hex"): { toString(encoding?: "hex"): string } };
`;

/** What the reader of a sample brings. */
const BROUGHT = {
  "your-login.d.ts": "export declare function userOf(request: Request): Promise<{ id: string } | null>;",
};
/**
 * Blocks that nothing compiles here. Those in Rust are the crate's own doctests; what these leave out is a piece of an
 * example.
 */
const NO_CODE = ["text", "sh", "ini", "toml", "rust", "rust,no_run", "rust,ignore"];

/** What `examples/worker/budget.js` exports. */
const BUDGET = `import { DurableObject } from "cloudflare:workers";
import type { Budget } from "rivya-wasm/edge";
export declare class RivyaBudget extends DurableObject {}
export declare function durableBudget(namespace: DurableObjectNamespace<RivyaBudget>): Budget;
`;

/** Compiles a project of `files`, by name; answers what the compiler says, a line each. */
function compile(project, platform, files, compiler = NEWEST) {
  const folder = join(FOLDER, project);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const compilerOptions = { ...OPTIONS, ...OF_SAMPLES[platform] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "node_modules", compiler, "bin/tsc"), "--project", folder, "--pretty", "false"],
    { cwd: folder, encoding: "utf8" },
  );
  assert.equal(stderr, "");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("types", () => {
  before(() => rmSync(FOLDER, { recursive: true, force: true }));

  for (const compiler of [NEWEST, OLDEST]) {
    for (const platform of Object.keys(PLATFORMS)) {
      test(`the_whole_surface_compiles_on_the_platform_${platform}_with_${compiler}`, () => {
        const usage = readFileSync(new URL("./usage.ts", import.meta.url), "utf8");
        assert.deepEqual(compile(`usage-${compiler}-${platform}`, platform, { "usage.ts": usage }, compiler), []);
      });
    }
  }

  const samples = samplesOf("README.md");
  for (const file of ["README.md", ...guides()]) {
    const prefix = file === "README.md" ? "readme" : `guide-${basename(file, ".md")}`;
    for (const { name, language, platform, code } of samplesOf(file)) {
      test(`the_sample_${name}_of_${file}_compiles`, () => {
        const files = { ...BROUGHT, ...BESIDE[platform]?.(), [`sample.${language}`]: code };
        assert.deepEqual(compile(`${prefix}-${name}`, platform, files), []);
      });
    }
    test(`every_code_block_of_${file}_is_compiled_by_a_test_or_is_no_code`, () => {
      const unmarked = fencesOf(file).filter(
        ({ language, words }) => !NO_CODE.includes(language) && words.length === 0,
      );
      assert.deepEqual(
        unmarked.map(({ code }) => code),
        [],
      );
    });
  }
  test("the_readme_has_samples_for_a_page_a_worker_and_node", () => {
    assert.deepEqual([...new Set(samples.map(({ platform }) => platform))].sort(), ["node", "page", "worker"]);
  });

  // Of the oldest compiler the words are others: that it refuses is enough.
  for (const compiler of [NEWEST, OLDEST]) {
    test(`what_is_wrong_does_not_compile_with_${compiler}`, () => {
      const wrap = (code) => `import { Client, RivyaError, createClient } from "rivya-wasm";
import { Emulator, createEmulator } from "rivya-wasm/emulator";
import { createProxy, verifyWebhook } from "rivya-wasm/edge";
export async function wrong(client: Client, emulator: Emulator): Promise<void> {
  void [Client, RivyaError, createClient, createEmulator, createProxy, verifyWebhook, emulator];
  void (${code});
}
`;
      const fileOf = (index) => `wrong-${index}.ts`;
      const right = `client.generate({ model: "nano-banana-2", params: { aspect_ratio: "16:9" } })`;
      const files = Object.fromEntries(REFUSED.map(([, code], index) => [fileOf(index), wrap(code)]));
      const said = compile(`refused-${compiler}`, "page", { ...files, "right.ts": wrap(right) }, compiler);
      assert.equal(blockOf(said, "right.ts"), "");
      for (const [index, [name, code, expected]] of REFUSED.entries()) {
        const own = blockOf(said, fileOf(index));
        assert.notEqual(own, "", `${name} compiles: ${code}`);
        if (compiler === NEWEST) assert.match(own, expected, name);
      }
    });
  }
});

/** All that the compiler says of a file: a line that names it, and the indented ones below. */
function blockOf(lines, file) {
  let inside = false;
  return lines
    .filter((line) => {
      if (!line.startsWith(" ")) inside = line.startsWith(`${file}(`);
      return inside;
    })
    .join("\n");
}
