// The packaged extension in the real workbench, with the real server and simulated hosts: the main job from the first
// squiggle to the console and back. The steps follow each other in one window, as a user's day does.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openWorkbench } from "./driver.mjs";
import { conf } from "./fixture.mjs";
import { stepsIn } from "./steps.mjs";
import { sharedWindow } from "./window.mjs";
import { startWorkbench } from "./workbench.mjs";

const PICTURES = process.env.CTYS_PICTURES;
const line = "ctys -t xen -a create=l:tst100,CONSOLE:EMACSM lab00";
let work;
let workbench;
let browser;
let vs;
let vsix;

sharedWindow(
  {
    "xen/tst100/tst100.conf": conf("tst100", ["memroy = 512", "vcpus = 1"]),
    "xen/tst101/tst101.conf": conf("tst101", ["memory = 512", "vcpu = 2", 'on_crash = "destory"']),
    "lab.ctys": `# The guests of the morning\n${line}\n`,
  },
  (opened) => {
    ({ work, workbench, browser, vs, vsix } = opened);
  },
);

const step = stepsIn(() => vs);

step("a misspelt key of a domain file is underlined, listed, and put right by its quick fix", async () => {
  await vs.open("tst100.conf");
  await vs.page.locator(".squiggly-error, .squiggly-warning").first().waitFor({ state: "attached" });
  assert.equal(await vs.page.locator("#status\\.editor\\.mode").innerText(), "Xen domain");
  await vs.page.keyboard.press("Control+Shift+M");
  await vs.problems.filter({ hasText: "memroy" }).waitFor();
  await vs.click("memroy");
  await vs.press("Control+.", vs.fix("memory"));
  await vs.fix("memory").click();
  await vs.problems.filter({ hasText: "memroy" }).waitFor({ state: "detached" });
  await vs.save();
  assert.match(work.read("xen/tst100/tst100.conf"), /^memory = 512$/m);
});

step("a completion is offered and taken", async () => {
  await vs.click("on_poweroff");
  await vs.page.keyboard.press("Control+End");
  await vs.page.keyboard.type("vncunu");
  await vs.press("Control+Space", vs.suggestion("vncunused"));
  await vs.page.keyboard.press("Enter");
  await vs.page.locator(".suggest-widget.visible").waitFor({ state: "detached" });
  // The choice brings its value or leaves the place for it, as the server likes.
  await vs.page.locator(".view-lines", { hasText: /vncunused.=/ }).first().waitFor();
  await vs.page.keyboard.type("1");
  await vs.problems.filter({ hasText: "tst100.conf" }).waitFor({ state: "detached" });
  await vs.save();
  assert.match(work.read("xen/tst100/tst100.conf"), /^vncunused = 1$/m);
});

step("a key explains itself", async () => {
  await vs.click("memory");
  await vs.page.keyboard.press("Control+k");
  await vs.page.keyboard.press("Control+i");
  await vs.hover.filter({ hasText: /MiB|MB|memory/i }).waitFor();
  await vs.page.keyboard.press("Escape");
});

step("a command line is planned: what would run stands in a document, nothing is run", async () => {
  await vs.command("ctys: Plan a Command Line");
  await vs.input.fill(line);
  await vs.choice("Plan").waitFor();
  await vs.page.keyboard.press("Enter");
  await vs.page.locator(".view-lines", { hasText: /xl.create/ }).first().waitFor();
  await vs.closeTab();
});

step("the lenses of a .ctys file explain and plan as documents", async () => {
  await vs.open("lab.ctys");
  await vs.lens("Plan").click();
  await vs.page.locator(".view-lines", { hasText: /nothing.has.been.run/ }).first().waitFor();
  await vs.closeTab();
  await vs.lens("Explain").click();
  await vs.page.locator(".tab", { hasText: /Explanation/ }).waitFor();
  await vs.command("View: Close All Editors");
  await vs.open("tst100.conf");
});

step("the sessions of all hosts stand in one table", async () => {
  await vs.command("ctys: Show Sessions");
  for (const host of ["lab00", "lab01"]) {
    await vs.sessions.locator(`#hosts li[data-host="${host}"][data-state="ok"]`).waitFor();
  }
  const titles = await vs.sessions.locator("thead th").allInnerTexts();
  assert.deepEqual(titles, ["TCP-container", "TCP-guest", "label", "sesstype", "c", "user", "group", "state"]);
  assert.equal(await vs.row("tst100").count(), 0);
});

step("a line run by the quick input is completed while typed; the guest appears in the table, its console in a split", async () => {
  await vs.command("ctys: Run a Command Line");
  await vs.input.fill("ctys -t xen -a create=l:tst100,CONS");
  await vs.choice("CONSOLE").waitFor();
  await vs.input.fill(line);
  await vs.choice("Run").waitFor();
  await vs.page.keyboard.press("Enter");
  await vs.row("tst100").waitFor();
  await vs.terminals.filter({ hasText: "tst100 login:" }).waitFor();
  await vs.terminals.filter({ hasText: /lab00.*[$#>]/ }).waitFor();
  assert.deepEqual(await vs.tabNames(), ["*tst100*", "*lab00*"]);
});

step("the picture for the documentation", async () => {
  await vs.command("View: Toggle Primary Side Bar Visibility");
  await vs.command("Notifications: Clear All Notifications");
  await vs.press("Control+1", vs.page.locator(".editor-group-container.active .monaco-editor.focused"));
  await vs.open("tst101.conf");
  await vs.command("View: Close Other Editors in Group");
  await vs.page.locator(".squiggly-error, .squiggly-warning").first().waitFor({ state: "attached" });
  await vs.terminals.filter({ hasText: "tst100 login:" }).waitFor();
  if (PICTURES) {
    await vs.picture(join(PICTURES, "vscode.png"));
  }
  await vs.command("View: Toggle Primary Side Bar Visibility");
});

step("pausing a guest changes its row and nothing else: element and selection stay", async () => {
  await vs.row("tst100").click();
  await vs.row("tst100").evaluate((row) => {
    row.here = true;
  });
  await vs.page.keyboard.press("p");
  await vs.row("tst100").filter({ hasText: "paused" }).waitFor();
  assert.deepEqual(await vs.row("tst100").evaluate((row) => [row.here, row.getAttribute("aria-selected")]), [true, "true"]);
  await vs.page.keyboard.press("u");
  await vs.row("tst100").filter({ hasText: /running|blocked/ }).waitFor();
});

step("a guest is told of in detail, as a document, and gets another name", async () => {
  await vs.row("tst100").click();
  await vs.page.keyboard.press("i");
  await vs.page.locator(".view-lines", { hasText: /00:50:56:13:11:40/ }).first().waitFor();
  await vs.page.locator(".view-lines", { hasText: /Uptime/ }).first().waitFor();
  await vs.closeTab();
  for (const [from, to] of [["tst100", "webserver"], ["webserver", "tst100"]]) {
    await vs.row(from).click();
    await vs.page.keyboard.press("F2");
    await vs.input.fill("two words");
    await vs.page.locator(".quick-input-message", { hasText: /letters/ }).waitFor();
    await vs.input.fill(to);
    await vs.page.keyboard.press("Enter");
    await vs.row(to).waitFor();
    await vs.row(from).waitFor({ state: "detached" });
  }
});

step("a guest is powered off only after a question that names it and its host", async () => {
  await vs.row("tst100").click();
  await vs.page.keyboard.press("c");
  await vs.dialog.filter({ hasText: "tst100 on lab00" }).waitFor();
  await vs.dialog.getByText("Cancel", { exact: true }).click();
  await vs.dialog.waitFor({ state: "detached" });
  assert.equal(await vs.row("tst100").count(), 1);
  await vs.row("tst100").click();
  await vs.page.keyboard.press("c");
  await vs.dialog.getByText("Power Off", { exact: true }).click();
  await vs.row("tst100").waitFor({ state: "detached", timeout: 40_000 });
});

step("a password is asked for in the editor, hidden, and taken", async () => {
  work.fault("lab01", "denied", "password");
  await vs.command("ctys: Run a Command Line");
  await vs.input.fill("ctys -t xen -a create=l:tst101,CONSOLE:NONE lab01'(-Z SUDO)'");
  await vs.choice("Run").waitFor();
  await vs.page.keyboard.press("Enter");
  const box = vs.page.locator(".quick-input-widget input[type=password]");
  await box.waitFor();
  assert.match(await vs.page.locator(".quick-input-widget").innerText(), /lab01/);
  await box.fill("simulated");
  await vs.page.keyboard.press("Enter");
  await vs.row("tst101").waitFor();
  work.fault("lab01", "clear");
});

step("a host that goes away is told in the table with its cure, and the other one is not touched", async () => {
  work.fault("lab01", "refused");
  await vs.sessions.locator("#refresh").click();
  const line = vs.sessions.locator('#hosts li[data-host="lab01"][data-state="unreachable"]');
  await line.waitFor();
  assert.match(await line.innerText(), /lab01 . unreachable .*sshd/);
  await vs.sessions.locator('#hosts li[data-host="lab00"][data-state="ok"]').waitFor();
  work.fault("lab01", "clear");
  await vs.sessions.locator("#refresh").click();
  await vs.sessions.locator('#hosts li[data-host="lab01"][data-state="ok"]').waitFor();
});

step("a host that nobody knows gives one clear sentence", async () => {
  await vs.command("ctys: Run a Command Line");
  await vs.input.fill("ctys -t xen -a create=l:tst100,CONSOLE:NONE nosuchhost");
  await vs.choice("Run").waitFor();
  await vs.page.keyboard.press("Enter");
  await vs.notification("nosuchhost").waitFor();
  await vs.command("Notifications: Clear All Notifications");
});

step("when the server dies it is said, and the file's problems come back by themselves", async () => {
  const dead = work.pid();
  await vs.open("tst101.conf");
  process.kill(dead, "SIGKILL");
  await vs.notification("language server stopped").waitFor();
  await vs.page.keyboard.press("Control+Shift+M");
  await vs.problems.filter({ hasText: "vcpu" }).waitFor();
  assert.notEqual(work.pid(), dead);
  await vs.command("Notifications: Clear All Notifications");
});

step("without the server's program there is a sentence with what to do, and a way to the setting", async () => {
  workbench.change({ ...work.settings, "ctys.server.command": ["no-such-ctys-ls"] });
  const message = vs.notification("no-such-ctys-ls");
  await message.waitFor();
  assert.match(await message.innerText(), /Install it .*ctys\.server\.command/s);
  await message.getByRole("button", { name: "Open Settings" }).click();
  await vs.page.locator(".settings-editor", { hasText: "Server: Command" }).waitFor();
  workbench.change(work.settings);
  await vs.open("tst101.conf");
  await vs.page.locator(".squiggly-error, .squiggly-warning").first().waitFor({ state: "attached" });
});

test("in a workspace that is not trusted files are checked, and nothing can be run", async () => {
  const restricted = await startWorkbench({
    vsix,
    settings: work.settings,
    environment: work.environment,
    trust: true,
  });
  try {
    const window = await openWorkbench(browser, restricted.url, work.folder);
    await window.open("tst101.conf");
    await window.page.locator(".squiggly-error, .squiggly-warning").first().waitFor({ state: "attached" });
    await window.page.getByText("Restricted Mode").first().waitFor();
    await window.press("F1", window.input);
    await window.input.fill(">ctys: ");
    await window.choice("ctys: Restart the Language Server").waitFor();
    assert.equal(await window.choice("ctys: Run a Command Line").count(), 0);
    await window.page.keyboard.press("Escape");
    await window.open("lab.ctys");
    await window.lens("Run").click();
    await window.notification("not trusted").waitFor();
  } finally {
    await restricted.stop();
  }
});
