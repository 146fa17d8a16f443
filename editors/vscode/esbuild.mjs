// Bundles the extension and the scripts of its panels into dist/; with --tests the unit tests into out/test/.
import { readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const node = { bundle: true, platform: "node", target: "node20", logLevel: "warning" };

if (process.argv.includes("--tests")) {
  rmSync("out/test", { recursive: true, force: true });
  const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...node,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "out/test",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    sourcemap: "inline",
    alias: { vscode: "./test/vscode-stub.ts" },
    // Modules of the old kind, bundled into a new one, still ask for "require".
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
} else {
  rmSync("dist", { recursive: true, force: true });
  await build({
    ...node,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    format: "cjs",
    external: ["vscode"],
    minify: true,
  });
  await build({
    entryPoints: ["src/panel/main.ts"],
    outfile: "dist/panel.js",
    bundle: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    minify: true,
    logLevel: "warning",
  });
  await build({
    entryPoints: ["src/screen/main.ts"],
    outfile: "dist/screen.js",
    bundle: true,
    // noVNC waits for what the browser can do while it is loaded, which only modules may.
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    banner: { js: "/*! with noVNC (MPL-2.0), https://github.com/novnc/noVNC */" },
    logLevel: "warning",
  });
}
