/** The quick input for a command line, with completion from the server. */

import * as vscode from "vscode";
import type { Server } from "./server";
import { Command, type Completions } from "./lsp";
import { type LineItem, lineItems, type Verb } from "./lineitems";
import { newest } from "./queue";

/** Milliseconds of rest after which the server is asked; typing never waits for the answer. */
const QUIET = 60;

type Item = vscode.QuickPickItem & { item: LineItem };

/** The line that the user typed, undefined when the input was left. `history` is offered while nothing is typed. */
export function askLine(server: Server, verb: Verb, history: readonly string[]): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = verb === "run" ? vscode.l10n.t("Run a ctys command line") : vscode.l10n.t("Plan a ctys command line (nothing is run)");
  pick.placeholder = "ctys -t xen -a create=l:tst100,CONSOLE:EMACSM lab00'(-Z KSU)'";
  pick.ignoreFocusOut = true;

  const show = (line: string, answer: Completions | undefined): void => {
    pick.items = lineItems(verb, line, answer, history).map((item) => ({ ...item, item, alwaysShow: true }));
    const first = pick.items.find(({ item }) => item.accept);
    pick.activeItems = first === undefined ? [] : [first];
  };
  const complete = newest(
    QUIET,
    (line: string) => server.call(Command.complete, { line, cursor: line.length }).catch(() => undefined),
    (answer, line) => {
      pick.busy = false;
      show(line, answer);
    },
  );
  const changed = (line: string): void => {
    pick.busy = true;
    show(line, undefined);
    complete(line);
  };

  return new Promise((resolve) => {
    pick.onDidChangeValue(changed);
    pick.onDidAccept(() => {
      const chosen = pick.activeItems[0]?.item;
      if (chosen !== undefined && !chosen.accept) {
        pick.value = chosen.line;
        changed(chosen.line);
        return;
      }
      if (pick.value.trim() !== "") {
        resolve(pick.value.trim());
        pick.hide();
      }
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    changed("");
    pick.show();
  });
}
