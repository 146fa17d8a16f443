// The lines of the use-case page that open a console, from the palette of the real workbench, on real Xen guests.
//
// What has to be so on the hosts before a line, and what xl says of them afterwards, is asked of the test that started
// this file (CTYS_JUDGE, an address on this machine).
import { join } from "node:path";
import { needed } from "./fixture.mjs";
import { stepsIn } from "./steps.mjs";
import { sharedWindow } from "./window.mjs";

const PICTURES = process.env.CTYS_PICTURES;
/** Milliseconds that an emulated host may take. */
const timeout = 200_000;
const cases = JSON.parse(needed("CTYS_LINES"));
let vs;

sharedWindow(
  { "lines.ctys": "ctys -a list lab00 lab01\n" },
  (opened) => {
    ({ vs } = opened);
  },
  { environment: JSON.parse(needed("CTYS_USER")) },
);

const step = stepsIn(() => vs);

/** Has the other side do something for a line; its words where that fails. */
async function judge(act, id) {
  const answer = await fetch(`${needed("CTYS_JUDGE")}/${act}/${id}`);
  if (!answer.ok) {
    throw new Error(await answer.text());
  }
}

for (const { id, line, kind, host } of cases) {
  step(`${id}: CONSOLE:${kind} opens on a real guest`, async () => {
    await judge("prepare", id);
    await vs.run(line);
    await judge("attached", id);
    if (kind === "VNC") {
      await vs.screen.locator("#state", { hasText: `tst100 on ${host}: connected` }).waitFor({ timeout });
      if (PICTURES) {
        await vs.picture(join(PICTURES, "vnc-xen-vscode.png"));
      }
      await vs.closeTab();
      return;
    }
    await vs.terminals.filter({ hasText: new RegExp(`console.of.tst100.on.${host}|grub>`) }).waitFor({ timeout });
    await vs.page.locator(".single-terminal-tab, .terminal-tabs-entry", { hasText: "*tst100*" }).first().waitFor();
    await vs.command("Terminal: Kill All Terminals");
    await vs.page.locator(".terminal-wrapper").first().waitFor({ state: "detached" });
    await judge("ended", id);
  });
}
