/** The server's questions: pass words in an input box, host keys and confirmations in a modal dialog. */

import * as vscode from "vscode";
import type { Ask } from "./server";
import type { Prompt } from "./lsp";
import { oneAtATime } from "./queue";

/**
 * Asks the user; null is "no". Questions of several hosts wait for each other: the editor shows one input box, and a
 * second would close the first, which the server must not take for a refusal.
 */
export const ask: Ask = oneAtATime(async (prompt: Prompt, token: vscode.CancellationToken) => {
  if (token.isCancellationRequested) {
    return null;
  }
  return prompt.kind === "hostKey" || prompt.kind === "confirm" ? askModal(prompt) : askText(prompt, token);
});

async function askModal(prompt: Prompt): Promise<string | null> {
  const yes = prompt.kind === "hostKey" ? vscode.l10n.t("Trust This Key") : vscode.l10n.t("Go On");
  const choice = await vscode.window.showWarningMessage(prompt.text, { modal: true, detail: prompt.detail }, yes);
  return choice === yes ? "yes" : null;
}

function askText(prompt: Prompt, token: vscode.CancellationToken): Promise<string | null> {
  const box = vscode.window.createInputBox();
  box.title = prompt.host;
  box.prompt = prompt.detail === "" ? prompt.text : `${prompt.text} (${prompt.detail})`;
  box.password = prompt.secret;
  box.ignoreFocusOut = true;
  const cancelled = token.onCancellationRequested(() => box.hide());
  return new Promise<string | null>((resolve) => {
    box.onDidAccept(() => {
      resolve(box.value);
      box.hide();
    });
    box.onDidHide(() => {
      resolve(null);
      box.dispose();
      cancelled.dispose();
    });
    box.show();
  });
}
