// Each bundler as its users start it: the project's folder in, what it built out. None is told anything about the package.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild, version as esbuildVersion } from "esbuild";
import { VERSION as rollupVersion, rollup } from "rollup";
import { build as viteBuild, createServer, version as viteVersion } from "vite";
import webpack from "webpack";
import { page } from "./project.mjs";

const MODULE = '<script type="module" src="/main.js"></script>';
const SETTINGS = { configFile: false, logLevel: "silent" };

/** What a project of a page has beside its modules. */
export const indexHtml = page(MODULE);

/** By name: `{ version, build(project) }`, which answers the folder that a static host would serve. */
export const BUNDLERS = {
  vite: {
    version: viteVersion,
    slim: 'import wasm from "rivya-wasm/client.wasm?url";',
    async build(project) {
      await viteBuild({ ...SETTINGS, root: project });
      return join(project, "dist");
    },
  },
  webpack: {
    version: webpack.version,
    slim: 'const wasm = new URL("rivya-wasm/client.wasm", import.meta.url);',
    async build(project) {
      const path = join(project, "dist");
      const settings = { mode: "production", context: project, entry: "./main.js", output: { path, filename: "main.js", publicPath: "/" } };
      const stats = await new Promise((resolve, reject) => webpack(settings, (error, stats) => (error ? reject(error) : resolve(stats))));
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      // That a page carries a client at all is over webpack's own taste in sizes.
      const complaints = [...errors, ...warnings.filter(({ message }) => !/size limit|code splitting|performance/i.test(message))];
      if (complaints.length > 0) throw new Error(complaints.map(({ message }) => message).join("\n"));
      writeFileSync(join(path, "index.html"), indexHtml);
      return path;
    },
  },
  rollup: {
    version: rollupVersion,
    async build(project) {
      const onwarn = ({ message }) => {
        throw new Error(message);
      };
      const bundle = await rollup({ input: join(project, "main.js"), plugins: [nodeResolve({ browser: true })], onwarn });
      await bundle.write({ dir: join(project, "dist"), format: "es" });
      await bundle.close();
      writeFileSync(join(project, "dist/index.html"), indexHtml);
      return join(project, "dist");
    },
  },
  esbuild: {
    version: esbuildVersion,
    slim: 'import wasm from "rivya-wasm/client.wasm";',
    async build(project) {
      const { warnings } = await esbuild({
        absWorkingDir: project,
        entryPoints: ["main.js"],
        bundle: true,
        minify: true,
        format: "esm",
        outdir: "dist",
        publicPath: "/",
        loader: { ".wasm": "file" },
        logLevel: "silent",
      });
      if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
      writeFileSync(join(project, "dist/index.html"), indexHtml);
      return join(project, "dist");
    },
  },
};

/** Vite's server for developing. Answers `{ url, close }`. */
export async function startVite(project) {
  const server = await createServer({ ...SETTINGS, root: project, server: { host: "127.0.0.1", port: 0 } });
  await server.listen();
  return { url: server.resolvedUrls.local[0], close: () => server.close() };
}
