// The consoles of the use-case page in the real workbench: terminals single and split, and the guest's screen in a pane.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { conf, ctys, needed, useCases } from "./fixture.mjs";
import { watchFor } from "./leaks.mjs";
import { stepsIn } from "./steps.mjs";
import { sharedWindow } from "./window.mjs";

const PICTURES = process.env.CTYS_PICTURES;
const PASSWORD = readFileSync(needed("CTYS_SCREEN_PASSWORD"), "utf8");
const leaks = watchFor(PASSWORD);
let workbench;
let vs;

sharedWindow(
  { "xen/tst100/tst100.conf": conf("tst100", ["memory = 512"]) },
  (opened) => {
    ({ workbench, vs } = opened);
  },
  { watch: leaks.watch },
);

const step = stepsIn(() => vs);
const create = (kind, more = "") => `ctys -t xen -a create=l:tst100,CONSOLE:${kind}${more} lab00`;
const screen = () => vs.terminals.filter({ hasText: "tst100 login:" });
const closeTerminals = async () => {
  await vs.command("Terminal: Kill All Terminals");
  await vs.page.locator(".terminal-wrapper").first().waitFor({ state: "detached" });
};

for (const [kind, names] of [
  ["EMACS", ["*tst100*"]],
  ["EMACSA", ["*tst100*"]],
  ["EMACSM", ["*tst100*", "*lab00*"]],
  ["EMACSAM", ["*tst100*", "*lab00*"]],
]) {
  step(`CONSOLE:${kind} is ${names.length === 1 ? "a terminal" : "a split terminal"} that answers, and closing it leaves the guest alone`, async () => {
    await vs.run(create(kind));
    await screen().waitFor();
    await vs.page.waitForFunction((count) => document.querySelectorAll(".terminal-wrapper.active .xterm-rows").length === count, names.length);
    if (names.length === 2) {
      assert.deepEqual(await vs.tabNames(), names);
      await vs.terminals.filter({ hasText: /lab00.*[$#>]/ }).waitFor();
    } else {
      await vs.page.locator(".pane-header, .single-terminal-tab, .terminal-tabs-entry", { hasText: names[0] }).first().waitFor();
    }
    await vs.type("root");
    await vs.terminals.filter({ hasText: /root@tst100/ }).waitFor();
    await vs.type("hostname");
    // What was typed stands there once, with the answer below it.
    await vs.terminals.filter({ hasText: /#.hostname/ }).waitFor();
    const shown = (await vs.terminals.first().innerText()).replaceAll("\u00a0", " ");
    assert.equal(shown.split("# hostname").length, 2, shown);
    await closeTerminals();
    assert.match(ctys("-t", "xen", "-a", "list", "lab00"), /tst100/);
    ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0,FORCE", "lab00");
  });
}

step("after a reload of the window the console is the same one, and asked for again it is shown, not opened twice", async () => {
  await vs.run(create("EMACSM"));
  await screen().waitFor();
  await vs.type("root");
  await vs.terminals.filter({ hasText: /root@tst100/ }).waitFor();
  const relay = /-m ctys_ls console /;
  await until(() => programs(relay).length === 2);
  const relays = programs(relay);
  await vs.reload();
  await vs.terminals.filter({ hasText: "root@tst100" }).waitFor();
  await until(async () => String(await vs.tabNames()) === "*tst100*,*lab00*");
  await vs.run(create("EMACSM", ",CONNECT"));
  // It is brought to front and has the keys, although the shell beside it had them after the reload.
  await vs.page.locator(".terminal-wrapper.active .xterm.focus", { hasText: "root@tst100" }).waitFor();
  await vs.type("echo after the reload");
  await vs.terminals.filter({ hasText: /^.*after.the.reload.*after.the.reload/s }).waitFor();
  assert.deepEqual(programs(relay), relays);
  assert.deepEqual(await vs.tabNames(), ["*tst100*", "*lab00*"]);
  await closeTerminals();
  ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0,FORCE", "lab00");
});

step("a console is ended from its row in the session table, after a question, and the guest runs on", async () => {
  await vs.run(create("EMACSA"));
  await screen().waitFor();
  await vs.command("ctys: Show Sessions");
  const consoles = vs.sessions.locator('tbody tr[data-key*="/CLI/tst100/C/"]');
  await consoles.first().click();
  await vs.page.keyboard.press("c");
  await vs.dialog.filter({ hasText: "tst100 on" }).getByText("End", { exact: true }).click();
  await until(() => programs(/-m ctys_ls console /).length === 0);
  await consoles.first().waitFor({ state: "detached" });
  assert.match(ctys("-t", "xen", "-a", "list", "lab00"), /tst100 .*XEN/);
  await vs.closeTab();
  await closeTerminals();
  ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0,FORCE", "lab00");
});

/** The colour in the middle of the guest's screen, as the pane shows it. */
const middle = () =>
  vs.screen.locator("#screen canvas").evaluate((canvas) => [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data.slice(0, 3)]);
const state = (text) => vs.screen.locator("#state", { hasText: text }).waitFor();

step("CONSOLE:VNC is a pane with the guest's screen", async () => {
  await vs.run(create("VNC"));
  await state("tst100 on lab00: connected");
  await vs.page.locator(".tab.active", { hasText: "*tst100*" }).waitFor();
  await assert.doesNotReject(async () => {
    const wanted = process.env.CTYS_SCREEN_MIDDLE.split(",").map(Number);
    for (let tries = 0; tries < 100 && String(await middle()) !== String(wanted); tries += 1) {
      await vs.page.waitForTimeout(50);
    }
    assert.deepEqual(await middle(), wanted);
  });
});

step("the pane is drawn as large as there is room", async () => {
  const pane = await vs.screen.locator("#screen").boundingBox();
  const picture = await vs.screen.locator("#screen canvas").boundingBox();
  assert.ok(picture.width <= pane.width + 1 && picture.height <= pane.height + 1, JSON.stringify({ pane, picture }));
  assert.ok(picture.width > pane.width - 2 || picture.height > pane.height - 2, JSON.stringify({ pane, picture }));
});

step("every key belongs to the guest until Ctrl+Alt+G gives them back", async () => {
  await vs.screen.locator("#screen canvas").click();
  await vs.page.keyboard.press("F1");
  await vs.page.keyboard.press("Control+Alt+g");
  await vs.screen.locator("#keys:focus").waitFor();
  assert.equal(await vs.input.isVisible(), false);
  await vs.press("F1", vs.input);
  await vs.page.keyboard.press("Escape");
});

step("the clipboard goes to the guest and comes from it", async () => {
  await vs.page.evaluate(() => navigator.clipboard.writeText("from the editor"));
  await vs.screen.locator("#paste").click();
  await until(() => clip("-o") === "from the editor");
  clip("-i", "from the guest");
  await until(async () => (await vs.page.evaluate(() => navigator.clipboard.readText())) === "from the guest");
  await vs.page.keyboard.press("Control+Alt+g");
});

step("the picture for the documentation", async () => {
  await vs.screen.locator("#screen canvas").click();
  await vs.page.keyboard.press("Control+Alt+g");
  await vs.command("View: Toggle Primary Side Bar Visibility");
  await vs.command("Notifications: Clear All Notifications");
  await state("connected");
  if (PICTURES) {
    await vs.picture(join(PICTURES, "vnc-vscode.png"));
  }
  await vs.command("View: Toggle Primary Side Bar Visibility");
});

step("when the guest reboots the pane says so and shows the screen again by itself", async () => {
  // The time without a screen may be too short to be looked for.
  await vs.screen.locator("#state").evaluate((line) => {
    globalThis.said = [];
    new MutationObserver(() => globalThis.said.push(line.textContent)).observe(line, { childList: true });
  });
  await vs.run("ctys -t xen -a cancel=l:tst100,REBOOT lab00");
  const said = () => vs.screen.locator("#state").evaluate(() => globalThis.said);
  await until(async () => (await said()).length > 1 && /connected$/.test((await said()).at(-1)));
  assert.match((await said())[0], /tst100/);
  assert.doesNotMatch((await said())[0], /connected$/);
  assert.equal(await vs.page.locator(".tab", { hasText: "*tst100*" }).count(), 1);
});

step("after a reload of the window the pane comes back", async () => {
  await vs.screen.locator("#screen canvas").click();
  await vs.page.keyboard.press("Control+Alt+g");
  await vs.reload();
  try {
    // As long as the program may wait for a screen after a reboot.
    await vs.screen.locator("#state", { hasText: "connected" }).waitFor({ timeout: 60_000 });
  } catch (error) {
    const running = programs(/-m ctys_ls /).map((pid) => seen(pid, "cmdline"));
    throw new Error(`${error.message}\nPrograms:\n${running.join("\n")}`, { cause: error });
  }
});

step("the password of the screen is in nothing that went to the window, stands in it, or was written", async () => {
  // The guest's file on its host asks for it, and the pane has shown the screen: it was used.
  assert.ok(leaks.seen("*tst100*"), "nothing was watched, which proves nothing");
  for (const frame of vs.page.frames()) {
    leaks.look(`page ${frame.url()}`, await frame.content());
  }
  assert.deepEqual(leaks.found(), []);
  assert.deepEqual(workbench.filesWith(PASSWORD), []);
});

step("closing the pane ends the program that served it", async () => {
  const program = /-m ctys_ls vnc --page /;
  assert.equal(programs(program).length, 1);
  await vs.closeTab();
  await until(() => programs(program).length === 0);
  ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0,FORCE", "lab00");
});

for (const { id, line, kind, before: first } of useCases()) {
  step(`${id}: CONSOLE:${kind} opens from the palette`, async () => {
    first();
    await vs.run(line);
    if (kind === "NONE") {
      await until(() => /tst100/.test(ctys("-t", "xen", "-a", "list", "lab00", "lab01")));
      assert.equal(await vs.terminals.count(), 0);
      return;
    }
    if (kind === "VNC") {
      await state("connected");
      await vs.closeTab();
      return;
    }
    await vs.terminals.filter({ hasText: /console.of.tst100.on.lab0[01]|tst100.login:/ }).waitFor();
    await vs.page.locator(".single-terminal-tab, .terminal-tabs-entry", { hasText: "*tst100*" }).first().waitFor();
    // A guest that runs already says nothing until a key is pressed.
    await vs.page.keyboard.press("Enter");
    await vs.terminals.filter({ hasText: /tst100.login:|root@tst100/ }).waitFor();
    await closeTerminals();
  });
}

function clip(way, text = "") {
  const words = ["-selection", "clipboard", way];
  return execFileSync("xclip", words, { input: text, env: { ...process.env, DISPLAY: process.env.CTYS_SCREEN_DISPLAY }, encoding: "utf8", stdio: ["pipe", way === "-o" ? "pipe" : "ignore", "ignore"] });
}

/** The process ids of our programs for these hosts, and for no other lab's, whose arguments match. */
function programs(words) {
  const ours = join(process.env.CTYS_TEST_HOSTS, "ssh_config");
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && words.test(seen(pid, "cmdline")) && seen(pid, "environ").includes(ours))
    .sort();
}

function seen(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // It has ended meanwhile.
  }
}

async function until(look, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    let seen;
    try {
      seen = await look();
    } catch (error) {
      seen = false;
      if (Date.now() > end) throw error;
    }
    if (seen) return;
    assert.ok(Date.now() < end, `never came: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
