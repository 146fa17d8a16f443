/** Plans as documents that can be read, searched and kept, but not edited. */

import * as vscode from "vscode";
import type { Plan } from "./lsp";

const SCHEME = "ctys";

export interface PlanDocuments extends vscode.Disposable {
  show(line: string, plan: Plan): Promise<void>;
}

export function makePlanDocuments(): PlanDocuments {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => texts.get(uri.query) ?? "",
  });
  const closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => uri.scheme === SCHEME && texts.delete(uri.query));
  return {
    async show(line, plan) {
      const uri = vscode.Uri.from({ scheme: SCHEME, path: "/Plan", query: line });
      texts.set(uri.query, planText(line, plan));
      changed.fire(uri);
      await vscode.window.showTextDocument(uri, { preview: true });
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
