/** The palette's commands. Their ids differ from the server's, which the language client registers itself. */

import * as vscode from "vscode";
import { perform } from "./acts";
import { type Server, ServerUnavailable } from "./server";
import { lineAround } from "./commandline";
import { askLine } from "./line";
import { remember } from "./lineitems";
import { Command } from "./lsp";
import { pickGuest } from "./pick";
import type { PlanDocuments } from "./plans";
import type { SessionPanel } from "./sessions";
import type { Act } from "./table";
import type { Watch } from "./watch";

const HISTORY = "lines";

export interface Parts {
  server: Server;
  watch: Watch;
  panel: SessionPanel;
  plans: PlanDocuments;
  output: vscode.OutputChannel;
  memory: vscode.Memento;
}

export function registerCommands({ server, watch, panel, plans, output, memory }: Parts): vscode.Disposable {
  async function runLine(): Promise<void> {
    const history = memory.get<string[]>(HISTORY, []);
    const line = await askLine(server, "run", history);
    if (line !== undefined) {
      await memory.update(HISTORY, remember(history, line));
      await server.call(Command.run, { commandLine: line });
    }
  }

  async function planLine(): Promise<void> {
    const line = await askLine(server, "plan", memory.get<string[]>(HISTORY, []));
    if (line !== undefined) {
      await plans.plan(line, await server.call(Command.plan, { commandLine: line }));
    }
  }

  async function runLineAtCursor(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      return;
    }
    const { document, selection } = editor;
    const lines = document.getText(selection.isEmpty ? undefined : selection).split(/\r?\n/);
    const line = lineAround(lines, selection.isEmpty ? selection.active.line : 0);
    if (line === "") {
      void vscode.window.showInformationMessage(vscode.l10n.t("There is no command line at the cursor."));
      return;
    }
    await server.call(Command.run, { commandLine: line });
  }

  async function onGuest(act: Act, title: string): Promise<void> {
    const row = await pickGuest(server, watch, title);
    if (row !== undefined) {
      await perform({ server, plans }, act, [row]);
    }
  }

  const commands: Record<string, (...args: unknown[]) => unknown> = {
    "ctys.runLine": runLine,
    "ctys.planLine": planLine,
    "ctys.runLineAtCursor": runLineAtCursor,
    "ctys.showSessions": () => panel.show(),
    "ctys.openConsole": () => onGuest("console", vscode.l10n.t("Open the console of a guest")),
    "ctys.openConsoleSplit": () => onGuest("split", vscode.l10n.t("Open the console of a guest and a shell on its host")),
    "ctys.openScreen": () => onGuest("screen", vscode.l10n.t("Open the screen of a guest")),
    "ctys.guestDetails": () => onGuest("details", vscode.l10n.t("Show a guest in detail")),
    "ctys.renameGuest": () => onGuest("rename", vscode.l10n.t("Rename a guest")),
    "ctys.cancelSession": () => onGuest("cancel", vscode.l10n.t("Power off a guest")),
    "ctys.restartServer": () => server.restart(),
    "ctys.showOutput": () => output.show(),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, (...args) => guarded(run, args))),
  );
}

/** Shows what went wrong; when there is no server the user has been told so already. */
async function guarded(run: (...args: unknown[]) => unknown, args: unknown[]): Promise<void> {
  try {
    await run(...args);
  } catch (error) {
    if (!(error instanceof ServerUnavailable)) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }
}
