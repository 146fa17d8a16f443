// A domain file with every kind of mistake as the user of VS Code sees it: marked in the text, listed below, mended by
// its fixes; kept as a picture.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sharedWindow } from "./window.mjs";

const PICTURES = process.env.CTYS_PICTURES;
const data = new URL("../../data/mistakes/", import.meta.url);
const files = Object.fromEntries(["webserver.conf", "other.conf"].map((name) => [`xen/${name}`, readFileSync(new URL(name, data), "utf8")]));
let work;
let vs;

sharedWindow(files, async (opened) => {
  ({ work, vs } = opened);
  await vs.page.setViewportSize({ width: 1280, height: 1180 });
});

test("every kind of mistake is marked in the text and listed", async () => {
  await vs.open("webserver.conf");
  for (const kind of ["error", "warning", "hint", "inline-unnecessary", "inline-deprecated"]) {
    await vs.page.locator(`.squiggly-${kind}`).first().waitFor({ state: "attached" });
  }
  await vs.press("Control+Shift+M", vs.problems.first());
  // The list shows as much as has room, errors first.
  await vs.problems.filter({ hasText: "hyphens" }).first().waitFor();
  await vs.page.locator(".markers-panel-container .monaco-list-row", { hasText: "must stand in quotes" }).first().waitFor();
  // The client's own settings (ctys.server, ctys.trace) are no business of the server, and nobody is told of them.
  assert.deepEqual(await vs.page.locator(".notification-toast", { hasText: "is no setting" }).allInnerTexts(), []);
  const told = await vs.page.locator("#status\\.problems").innerText();
  const [errors, warnings] = told.match(/\d+/g).map(Number);
  assert.ok(errors >= 15 && warnings >= 15, told);
  if (PICTURES) {
    await vs.click("on_reboot");
    await vs.picture(new URL("../../../docs/images/xenconf-vscode.png", import.meta.url).pathname);
  }
});

test("a file is checked against a host from the guest's name, and says what the host lacks", async () => {
  await vs.open("other.conf");
  await vs.click("name");
  await vs.press("Control+.", vs.fix("Check against lab00"));
  await vs.fix("Check against lab00").click();
  await vs.notification("lab00 has no bridge xenbr7; it has xenbr0.").waitFor();
  // Files with errors come first, and the list holds only the rows that have room: this one is at its end. The wheel
  // turns over the list itself: its first row may lie under the file's name, which stays at the top.
  const row = vs.problems.filter({ hasText: "lab00 has no bridge xenbr7" }).first();
  await vs.page.locator(".markers-panel-container .monaco-list").first().hover();
  for (const end = Date.now() + 20_000; !(await row.isVisible()); await vs.page.mouse.wheel(0, 500)) {
    assert.ok(Date.now() < end, "the bridge that lab00 lacks is not listed");
  }
});
