/** What of the settings goes to the server, and when. */

import * as vscode from "vscode";
import type { ConfigurationMiddleware } from "vscode-languageclient/node";
import { VERSION } from "./lsp";

/** Client-side settings stay here; everything else of the section `ctys` is the server's. */
const sections = ["ssh", "hosts", "readOnly", "protectedHosts", "xenconf", "hints"] as const;

/** The section `ctys` as the server wants it, and that this client can show `ctys/prompt`. */
export function initializationOptions(): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration("ctys");
  const own = Object.fromEntries(sections.map((name) => [name, settings.get(name)]));
  return { v: VERSION, ...own, ...restricted(), prompt: true };
}

/** Nothing is changed on a host while the workspace is not trusted, whatever the settings say. */
function restricted(): { readOnly?: true } {
  return vscode.workspace.isTrusted ? {} : { readOnly: true };
}

/** Answers the server's questions for settings, read-only until the workspace is trusted. */
export const readOnlyUntilTrusted: NonNullable<ConfigurationMiddleware["configuration"]> = async (params, token, next) => {
  const answer = await next(params, token);
  if (!Array.isArray(answer) || vscode.workspace.isTrusted) {
    return answer;
  }
  return answer.map((value, at) => (params.items[at]?.section === "ctys" ? { ...value, ...restricted() } : value));
};
