// VS Code with the packaged extension on a folder, ready to type: in the desktop's VS Code where there is one, else in
// a browser. Ends with the window, or with Ctrl-C; the profile it used is gone then.
import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { packExtension, startWorkbench } from "./workbench.mjs";

const [folder] = process.argv.slice(2);
const root = mkdtempSync(join(tmpdir(), "ctys-try-vscode-"));
// The editor asks a login shell for its PATH, which may know nothing of this one: the server is named by its place.
const settings = { "ctys.server.command": [onPath("ctys-ls") ?? "ctys-ls"], "ctys.hosts": ["lab00", "lab01"], "workbench.startupEditor": "none", "security.workspace.trust.enabled": false };

// From the first moment on, and for every further Ctrl-C: what was started is always ended.
const asked = new Promise((resolve) => ["SIGINT", "SIGTERM", "SIGHUP"].forEach((signal) => process.on(signal, resolve)));

function onPath(program) {
  const executable = (path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return process.env.PATH.split(delimiter).map((part) => join(part, program)).find(executable);
}

function inWindow(code, vsix) {
  mkdirSync(join(root, "data/User"), { recursive: true });
  writeFileSync(join(root, "data/User/settings.json"), JSON.stringify(settings));
  const profile = ["--user-data-dir", join(root, "data"), "--extensions-dir", join(root, "extensions")];
  execFileSync(code, [...profile, "--install-extension", vsix], { stdio: "inherit" });
  const environment = { ...process.env, DONT_PROMPT_WSL_INSTALL: "1" };
  return spawnSync(code, [...profile, "--wait", "--new-window", folder], { stdio: "inherit", env: environment }).status ?? 1;
}

async function inBrowser(vsix) {
  const port = Number(process.env.CTYS_PORT ?? 0);
  const { CTYS_SSH_CONFIG = "" } = process.env;
  const workbench = await startWorkbench({ vsix, settings, environment: { CTYS_SSH_CONFIG }, port, everyday: true });
  console.log(`VS Code with simulated hosts is ready; open it in a browser on this machine:

    ${workbench.url}/?folder=${encodeURI(folder)}

Begin with F1 and “ctys: Show Sessions”, or open walk.ctys. Ctrl-C here ends it.`);
  await asked;
  await workbench.stop();
  return 0;
}

try {
  console.log("Packing the extension …");
  const vsix = packExtension(root);
  const code = onPath("code");
  process.exitCode = code === undefined ? await inBrowser(vsix) : inWindow(code, vsix);
} finally {
  rmSync(root, { recursive: true, force: true });
}
