/** What of the settings goes to the server, and when. */

import * as vscode from "vscode";
import type { ConfigurationMiddleware } from "vscode-languageclient/node";
import { VERSION } from "./lsp";

/** Client-side settings stay here; everything else of the section `ctys` is the server's. */
const sections = ["ssh", "hosts", "readOnly", "protectedHosts", "xenconf", "hints"] as const;

/** The section `ctys` as the server wants it, and that this client can show `ctys/prompt`. */
export function initializationOptions(): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration("ctys");
  return { v: VERSION, ...serversOwn((name) => settings.get(name)), ...restricted(), prompt: true };
}

function serversOwn(get: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(sections.map((name) => [name, get(name)]));
}

/** Nothing is changed on a host while the workspace is not trusted, whatever the settings say. */
function restricted(): { readOnly?: true } {
  return vscode.workspace.isTrusted ? {} : { readOnly: true };
}

/** Answers the server's questions for settings: without those of this client, read-only until the workspace is trusted. */
export const configurationForServer: NonNullable<ConfigurationMiddleware["configuration"]> = async (params, token, next) => {
  const answer = await next(params, token);
  if (!Array.isArray(answer)) {
    return answer;
  }
  return answer.map((value, at) =>
    params.items[at]?.section === "ctys" ? { ...serversOwn((name) => value?.[name]), ...restricted() } : value,
  );
};
