// The window that the tests of a file share: opened before the first of them, everything ended after the last.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { openWorkbench } from "./driver.mjs";
import { makeWork } from "./fixture.mjs";
import { launchBrowser, packExtension, startWorkbench } from "./workbench.mjs";

/**
 * Before the tests: a folder with `files`, the packaged extension in a workbench with `environment` beside that of the hosts,
 * and a browser on it; `watch` as for openWorkbench. `opened` takes what there is then.
 */
export function sharedWindow(files, opened, { environment = {}, watch } = {}) {
  const temporary = mkdtempSync(join(tmpdir(), "ctys-vsix-"));
  let work;
  let workbench;
  let browser;

  before(async () => {
    work = makeWork(files);
    const vsix = packExtension(temporary);
    const env = { ...work.environment, ...environment };
    workbench = await startWorkbench({ vsix, settings: work.settings, environment: env });
    browser = await launchBrowser();
    const vs = await openWorkbench(browser, workbench.url, work.folder, watch);
    await opened({ work, workbench, browser, vs, vsix });
  });

  after(async () => {
    await browser?.close();
    await workbench?.stop();
    work?.remove();
    rmSync(temporary, { recursive: true, force: true });
  });
}
