/** The server's commands as the editor calls them by itself: from code lenses and code actions. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { Command, type Explanation, type Plan } from "./lsp";

/** Shows what a plan or an explanation of `line` says. */
export interface ShowAnswer {
  plan(line: string, plan: Plan): Promise<void>;
  explanation(line: string, explanation: Explanation): Promise<void>;
}

interface Argument {
  commandLine?: string;
  show?: boolean;
}

const harmless: readonly string[] = [Command.plan, Command.explain, Command.complete, Command.cancelJob];

/**
 * Nothing is run from a workspace that is not trusted. Where the server would show an answer in a message box ("show", for
 * editors that can do no more), it is asked not to, and the answer is shown as a document.
 */
export function fromEditor(show: ShowAnswer): NonNullable<Middleware["executeCommand"]> {
  return async (command, args, next) => {
    if (refused(command)) {
      return undefined;
    }
    const argument = args[0] as Argument | undefined;
    if (argument?.show !== true) {
      return next(command, args);
    }
    const answer = await next(command, [{ ...argument, show: false }]);
    const line = argument.commandLine ?? "";
    if (command === Command.plan) {
      await show.plan(line, answer as Plan);
    } else if (command === Command.explain) {
      await show.explanation(line, answer as Explanation);
    }
    return answer;
  };
}

/** Whether the workspace is not trusted enough for `command`; then the user is told. */
export function refused(command: string): boolean {
  const refuse = !vscode.workspace.isTrusted && !harmless.includes(command);
  if (refuse) {
    void askForTrust();
  }
  return refuse;
}

async function askForTrust(): Promise<void> {
  const manage = vscode.l10n.t("Manage Workspace Trust");
  const text = vscode.l10n.t("Nothing is run on a host while this workspace is not trusted.");
  if ((await vscode.window.showWarningMessage(text, manage)) === manage) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  }
}
