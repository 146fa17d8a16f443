/** Consoles in the editor's terminals, as `ctys/consoleReady` asks for them. */

import * as vscode from "vscode";
import type { ConsoleReady } from "./lsp";
import { type Pane, panes } from "./panes";

/** Opens a terminal for each console that the server has made ready; a console that is open already comes to front. */
export function showConsoles(onReady: vscode.Event<ConsoleReady>): vscode.Disposable {
  const open = new Map<string, vscode.Terminal>();
  return vscode.Disposable.from(
    onReady((ready) => {
      const known = open.get(ready.session);
      if (known !== undefined) {
        known.show();
        return;
      }
      const [guest, host] = panes(ready);
      const terminal = vscode.window.createTerminal({ ...terminalOptions(guest), iconPath: new vscode.ThemeIcon("vm") });
      open.set(ready.session, terminal);
      terminal.show();
      if (host !== undefined) {
        const shell = vscode.window.createTerminal({
          ...terminalOptions(host),
          iconPath: new vscode.ThemeIcon("server"),
          location: { parentTerminal: terminal },
        });
        // The new part takes the focus when its program has started; it belongs to the guest.
        void shell.processId.then(() => terminal.show());
      }
    }),
    vscode.window.onDidCloseTerminal((closed) => {
      for (const [session, terminal] of open) {
        if (terminal === closed) {
          open.delete(session);
        }
      }
    }),
  );
}

/** Closing the terminal ends the relay, which detaches: the guest goes on. */
function terminalOptions(pane: Pane): vscode.TerminalOptions {
  return { name: pane.name, shellPath: pane.program, shellArgs: pane.args, env: pane.env };
}
