// Command lines in the real workbench: a completion, an ambiguous address put right by choosing, a plan as a document.
// That lab02, which nobody asks, has three machines of one label is an inventory of the page's records (UC-30).
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { needed } from "./fixture.mjs";
import { sharedWindow } from "./window.mjs";

const PICTURES = process.env.CTYS_PICTURES;
let vs;

sharedWindow(
  {
    "lines.ctys": [
      "# Of three machines called tst100 one is to be switched off.",
      "ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab02'(-Z KSU)'",
      "",
      "ctys -t xen -a create=f:tst-ctys/tst100/tst100.conf,CONSOLE:emacsm \\",
      "     lab02'(-Z KSU)'",
      "",
    ].join("\n"),
  },
  async (opened) => {
    ({ vs } = opened);
    await vs.page.setViewportSize({ width: 1100, height: 560 });
  },
  { environment: { CTYS_STATE_DIR: needed("CTYS_TEST_STATE") } },
);

const picture = async (name) => {
  if (PICTURES) {
    await vs.picture(join(PICTURES, name));
  }
};

test("command lines are completed, put right and planned", async (context) => {
  await vs.open("lines.ctys");
  await vs.command("View: Toggle Primary Side Bar Visibility");
  await vs.page.locator(".squiggly-error").first().waitFor({ state: "attached" });

  await context.test("the suboptions that are still allowed are offered where the cursor is", async () => {
    await vs.click("emacsm");
    await vs.page.keyboard.press("Control+End");
    await vs.page.keyboard.type("ctys -t xen -a create=l:tst100,CONSOLE:");
    await vs.press("Control+Space", vs.suggestion("emacsam"));
    await picture("line-completion-vscode.png");
    await vs.page.keyboard.press("Escape");
    await vs.page.locator(".suggest-widget.visible").waitFor({ state: "detached" });
    await vs.page.keyboard.press("Control+Shift+K");
  });

  await context.test("an ambiguous address offers each match in its shortest form, and the choice cures", async () => {
    await vs.click("tst100");
    await vs.page.keyboard.press("Control+Home");
    await vs.page.keyboard.press("F8");
    await vs.page.locator(".marker-widget", { hasText: "3 machines on lab02" }).waitFor();
    await vs.page.keyboard.press("Escape");
    await vs.press("Control+.", vs.fix("Choose f:tst100-inst.conf"));
    await vs.fix("Choose f:tst-ctys/tst100/tst100.conf").waitFor();
    await vs.fix("Choose f:xen/tst100/tst100.conf").waitFor();
    await picture("line-ambiguous-vscode.png");
    await vs.fix("Choose f:tst100-inst.conf").click();
    await vs.page.locator(".view-line", { hasText: "cancel=f:tst100-inst.conf" }).waitFor();
    await vs.page.locator(".squiggly-error").first().waitFor({ state: "detached" });
  });

  await context.test("the same fixes stand in the quick input", async () => {
    await vs.command("ctys: Plan a Command Line");
    await vs.input.fill("ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab02");
    await vs.choice("Choose f:xen/tst100/tst100.conf").waitFor();
    await vs.choice("Choose f:xen/tst100/tst100.conf").click();
    await vs.page.waitForFunction(() =>
      document.querySelector(".quick-input-widget input.input")?.value.includes("f:xen/tst100/tst100.conf"),
    );
    await vs.page.keyboard.press("Escape");
  });

  await context.test("a plan is a document", async () => {
    await vs.lens("Plan").click();
    await vs.page.locator(".view-line", { hasText: /not.known.yet/ }).first().waitFor();
    const text = await vs.page.locator(".editor-group-container.active .view-lines").innerText();
    assert.match(text.replace(/\u00a0/g, " "), /xl destroy tst100/);
    await picture("line-plan-vscode.png");
  });
});
