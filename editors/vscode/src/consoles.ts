/** Consoles in the editor's terminals, as `ctys/consoleReady` asks for them. */

import { spawn } from "node:child_process";
import * as vscode from "vscode";
import type { ConsoleReady } from "./lsp";
import { type Pane, panes } from "./panes";

/** Sessions to the process of their terminal: what tells after a reload of the window whose terminal one is. */
const KEPT = "consoles";

interface Open {
  terminal: vscode.Terminal;
  pid: number | undefined;
}

/** Opens a terminal for each console that the server has made ready; a console that is open already comes to front. */
export function showConsoles(onReady: vscode.Event<ConsoleReady>, memory: vscode.Memento): vscode.Disposable {
  const open = new Map<string, Open>();

  const keep = (): void => {
    const pids = [...open].flatMap(([session, { pid }]) => (pid === undefined ? [] : [[session, pid]]));
    void memory.update(KEPT, Object.fromEntries(pids));
  };

  async function take(session: string, terminal: vscode.Terminal): Promise<void> {
    const entry: Open = { terminal, pid: undefined };
    open.set(session, entry);
    entry.pid = await terminal.processId;
    keep();
  }

  /** The editor keeps terminals and their processes over a reload of its window; they are ours still. */
  async function adopt(terminals: readonly vscode.Terminal[]): Promise<void> {
    const kept = Object.entries(memory.get<Record<string, number>>(KEPT, {}));
    for (const terminal of terminals) {
      const pid = await terminal.processId;
      const session = kept.find(([, was]) => was === pid)?.[0];
      if (session !== undefined && !open.has(session)) {
        open.set(session, { terminal, pid });
      }
    }
  }
  void adopt(vscode.window.terminals);

  return vscode.Disposable.from(
    vscode.window.onDidOpenTerminal((terminal) => void adopt([terminal])),
    onReady((ready) => {
      if (ready.pageArgv.length > 0) {
        return; // A screen, not a terminal.
      }
      if (ready.window) {
        inOwnWindow(ready);
        return;
      }
      const known = open.get(ready.session);
      if (known !== undefined && alive(known.pid)) {
        known.terminal.show();
        return;
      }
      const [guest, host] = panes(ready);
      const terminal = vscode.window.createTerminal({ ...terminalOptions(guest), iconPath: new vscode.ThemeIcon("vm") });
      void take(ready.session, terminal);
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
      for (const [session, { terminal }] of open) {
        if (terminal === closed) {
          open.delete(session);
          keep();
        }
      }
    }),
  );
}

/** Closing the terminal ends the relay, which detaches: the guest goes on. */
function terminalOptions(pane: Pane): vscode.TerminalOptions {
  return { name: pane.name, shellPath: pane.program, shellArgs: pane.args, env: pane.env };
}

/** RECONNECT ends the old client before the new one is ready; the editor may hear of that later than we. */
function alive(pid: number | undefined): boolean {
  try {
    // No process id yet: it is just being started.
    return pid === undefined || process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Starts a program that opens a window by itself; where it cannot, its last words are shown. */
function inOwnWindow({ argv, env }: ConsoleReady): void {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words = text.trim().split("\n").at(-1) || words;
  });
  const failed = (why: string): void => void vscode.window.showErrorMessage(why.replace(/^ctys-ls: /, ""));
  child.on("error", (error) => failed(error.message));
  child.on("exit", (status) => status !== 0 && failed(words || `${program} ended with ${String(status)}`));
}
