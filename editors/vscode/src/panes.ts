/** Which terminals a console consists of. No vscode here. */

import type { ConsoleReady } from "./lsp";

export interface Pane {
  name: string;
  program: string;
  args: string[];
  env: Record<string, string>;
}

/**
 * The guest's pane and, for the kinds with M ("multi-window", EMACSM and EMACSAM), a shell on its host beside it. They
 * bear the documented names, `*LABEL*` and `*HOST*`.
 */
export function panes(ready: ConsoleReady): [Pane, Pane?] {
  const guest = pane(`*${ready.guestBuffer}*`, ready.argv, ready.env);
  const split = ["EMACSM", "EMACSAM"].includes(ready.kind) && ready.shellArgv.length > 0;
  return split ? [guest, pane(`*${ready.hostBuffer}*`, ready.shellArgv, ready.env)] : [guest];
}

function pane(name: string, argv: string[], env: Record<string, string>): Pane {
  const [program, ...args] = argv;
  if (program === undefined) {
    throw new Error(`the server named no program for the console ${name}`);
  }
  return { name, program, args, env };
}
