import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { type Parts, registerCommands } from "../src/commands";
import { Command } from "../src/lsp";
import { registered } from "./vscode-stub";

interface Setting {
  scope?: string;
  markdownDescription?: string;
  default?: unknown;
}

interface Contributed {
  command: string;
  title: string;
  category?: string;
  icon?: string;
  enablement?: string;
}

const read = (path: string): string => readFileSync(path, "utf8");
const manifest = JSON.parse(read("package.json"));
const nls: Record<string, string> = JSON.parse(read("package.nls.json"));
const contributed: Contributed[] = manifest.contributes.commands;
const settings: Record<string, Setting> = Object.assign(
  {},
  ...manifest.contributes.configuration.map(({ properties }: { properties: object }) => properties),
);

test("every contributed command is registered, and nothing else", () => {
  registerCommands({} as Parts);
  assert.deepEqual([...registered].sort(), contributed.map(({ command }) => command).sort());
});

test("no palette command has the id of a server command: the language client registers those", () => {
  const server = new Set<string>(Object.values(Command));
  assert.deepEqual(contributed.filter(({ command }) => server.has(command)), []);
});

test("every command has category, icon and enablement", () => {
  for (const { command, category, icon, enablement } of contributed) {
    assert.ok(category && icon && enablement, command);
  }
});

test("what runs something on a host needs a trusted workspace", () => {
  const harmless = ["ctys.restartServer", "ctys.showOutput"];
  for (const { command, enablement } of contributed.filter(({ command }) => !harmless.includes(command))) {
    assert.match(enablement ?? "", /isWorkspaceTrusted/, command);
  }
});

test("menus and keys name contributed commands", () => {
  const ids = new Set(contributed.map(({ command }) => command));
  const menus = Object.values(manifest.contributes.menus as Record<string, { command: string }[]>).flat();
  for (const { command } of [...menus, ...manifest.contributes.keybindings]) {
    assert.ok(ids.has(command), command);
  }
});

test("every text of the manifest is in package.nls.json, and none is left over", () => {
  const used = [...read("package.json").matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(nls).sort());
});

test("settings have a scope, a description and a default", () => {
  for (const [name, setting] of Object.entries(settings)) {
    assert.ok(setting.scope && setting.markdownDescription && "default" in setting, name);
  }
});

test("the settings are those of docs/protocol.md, with the defaults given there", () => {
  const page = read("../../docs/protocol.md").split("## Initialization options and settings")[1] ?? "";
  const documented = [...page.matchAll(/`([a-z][A-Za-z]*(?:\.[a-zA-Z]+)?)`(?: \((\d+|false)\))?/g)].filter(
    ([, name]) => name !== undefined && !["initializationOptions", "ctys", "prompt", "auto", "xl", "xm"].includes(name),
  );
  const own = Object.keys(settings).filter((name) => !["ctys.server.command", "ctys.trace.server"].includes(name));
  assert.deepEqual([...new Set(documented.map(([, name]) => `ctys.${name}`))].sort(), own.sort());
  for (const [, name, value] of documented.filter(([, , value]) => value !== undefined)) {
    assert.equal(String(settings[`ctys.${name}`]?.default), value, name);
  }
});

test("what names a program or opens hosts is restricted in an untrusted workspace", () => {
  const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.equal(supported, "limited");
  assert.equal(settings["ctys.server.command"]?.scope, "machine");
  for (const name of restrictedConfigurations) {
    assert.ok(name in settings, name);
  }
  for (const name of ["ctys.server.command", "ctys.ssh.configFile", "ctys.readOnly", "ctys.protectedHosts"]) {
    assert.ok(restrictedConfigurations.includes(name), name);
  }
});

test("the extension starts only for its own files, commands and panel", () => {
  const events: string[] = manifest.activationEvents;
  assert.deepEqual(events.filter((event) => event === "*" || event === "onStartupFinished"), []);
});

test("the oldest supported editor is the one whose types were compiled against", () => {
  assert.equal(manifest.engines.vscode, `^${manifest.devDependencies["@types/vscode"]}`);
});

test("every file that the manifest names is there", () => {
  const { languages, grammars, walkthroughs } = manifest.contributes;
  const files = [
    manifest.icon,
    ...languages.map(({ configuration }: { configuration?: string }) => configuration),
    ...grammars.map(({ path }: { path: string }) => path),
    ...walkthroughs.flatMap(({ steps }: { steps: { media: { markdown: string } }[] }) => steps.map(({ media }) => media.markdown)),
  ].filter(Boolean);
  for (const file of files) {
    assert.ok(existsSync(file), file);
  }
});

test("the package holds what runs and nothing else", () => {
  const listed = execFileSync(process.execPath, ["node_modules/@vscode/vsce/vsce", "ls", "--no-dependencies"], { encoding: "utf8" });
  const allowed = /^(package(\.nls)?\.json|README\.md|LICENSE|dist\/(extension|panel|screen)\.js|language-configuration\.\w+\.json|syntaxes\/\w+\.tmLanguage\.json|media\/[\w-]+\.(png|svg|css)|walkthrough\/\w+\.md)$/;
  const files = listed.trim().split("\n");
  assert.deepEqual(files.filter((file) => !allowed.test(file)), []);
  assert.ok(files.includes("package.json") && files.includes("syntaxes/xenconf.tmLanguage.json"));
});

test("the lock file names no registry", () => {
  assert.doesNotMatch(read("package-lock.json"), /"resolved"/);
});
