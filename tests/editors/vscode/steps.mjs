// Tests whose steps follow each other in one window, as a user's day does.
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const FAILURES = process.env.CTYS_FAILURES ?? tmpdir();

/** A step stands on the ones before it; when one fails it leaves a picture of `window()`, and the rest is not reached. */
export function stepsIn(window) {
  let failed = "";
  return (name, run) =>
    test(name, async (context) => {
      if (failed !== "") {
        context.skip(`not reached: “${failed}” failed`);
        return;
      }
      try {
        await run();
      } catch (error) {
        failed = name;
        mkdirSync(FAILURES, { recursive: true });
        const picture = join(FAILURES, `ctys-vscode-${name.replace(/\W+/g, "-").slice(0, 40)}.png`);
        await window().picture(picture);
        error.message += `\nThe screen: ${picture}`;
        throw error;
      }
    });
}
