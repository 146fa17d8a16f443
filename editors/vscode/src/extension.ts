/** Start and end of the extension. It is thin: parsing, ssh and all knowledge of ctys live in the language server. */

import * as vscode from "vscode";
import { makeServer } from "./client";
import { registerCommands } from "./commands";
import { showConsoles } from "./consoles";
import { showScreens } from "./screens";
import { showJobs } from "./jobs";
import { makePlanDocuments } from "./plans";
import { ask } from "./prompt";
import { makeSessionPanel } from "./sessions";
import { makeWatch } from "./watch";

let stop: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const plans = makePlanDocuments();
  const server = makeServer(ask, plans);
  const output = vscode.window.createOutputChannel("ctys");
  const watch = makeWatch(server);
  const panel = makeSessionPanel(server, watch, plans, context.extensionUri);
  stop = server.stop;
  context.subscriptions.push(
    server,
    output,
    panel,
    plans,
    showJobs(server, output),
    showConsoles(server.onConsoleReady, context.workspaceState),
    showScreens(server, context.extensionUri),
    registerCommands({ server, watch, panel, plans, output, memory: context.globalState }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart().catch(() => undefined)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("ctys.server.command")) {
        void server.restart().catch(() => undefined);
      }
    }),
  );
  // The user has been told when this fails, and every command tries again.
  void server.start().catch(() => undefined);
}

export async function deactivate(): Promise<void> {
  await stop?.();
}
