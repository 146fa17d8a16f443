/** Plans, explanations and guests in detail as documents: they can be read, searched and kept, but not edited. */

import * as vscode from "vscode";
import type { ShowAnswer } from "./fromeditor";
import type { Plan } from "./lsp";

const SCHEME = "ctys";

export interface PlanDocuments extends ShowAnswer, vscode.Disposable {
  guest(host: string, label: string, text: string): Promise<void>;
}

export function makePlanDocuments(): PlanDocuments {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? "",
  });
  const closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => texts.delete(uri.toString()));

  function put(path: string, line: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path, query: line });
    texts.set(uri.toString(), text);
    changed.fire(uri);
    return uri;
  }

  return {
    async plan(line, plan) {
      await vscode.window.showTextDocument(put("/Plan", line, planText(line, plan)), { preview: true });
    },
    async explanation(line, { markdown }) {
      await vscode.commands.executeCommand("markdown.showPreview", put("/Explanation.md", line, markdown));
    },
    async guest(host, label, text) {
      await vscode.window.showTextDocument(put(`/${label} on ${host}`, "", `${text}\n`), { preview: true });
    },
    dispose: () => vscode.Disposable.from(provider, closed, changed).dispose(),
  };
}

const words = { 1: "error", 2: "warning", 3: "note", 4: "hint" };

function planText(line: string, plan: Plan): string {
  const problems = plan.problems.map(({ severity, message }) => `${words[severity]}: ${message}`);
  const head = vscode.l10n.t("Plan (nothing has been run)");
  return [head, "", `  ${line}`, "", ...problems, ...(problems.length ? [""] : []), plan.text, ""].join("\n");
}
