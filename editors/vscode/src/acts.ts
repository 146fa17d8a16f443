/** What can be done with rows of the session table, wherever it was asked for. */

import { existsSync } from "node:fs";
import { basename } from "node:path";
import * as vscode from "vscode";
import type { PlanDocuments } from "./plans";
import type { Server } from "./server";
import { Command, type Row, type Target } from "./lsp";
import { type Act, closestPath, isClient, nameFault, names, refusal } from "./table";

/** What acts work with: the server, and the documents that answers are shown in. */
export interface Desk {
  server: Server;
  plans: PlanDocuments;
}

/** Does `act` with those of `rows` that it applies to, and says which it left out. */
export async function perform(desk: Desk, act: Act, rows: readonly Row[]): Promise<void> {
  const able = rows.filter((row) => refusal(act, row) === "");
  const left = rows.filter((row) => refusal(act, row) !== "");
  if (left.length > 0) {
    const why = left.map((row) => `${row.label} on ${row.host}: ${refusal(act, row)}`).join("; ");
    void vscode.window.showInformationMessage(vscode.l10n.t("Left out: {0}.", why));
  }
  if (able.length > 0) {
    await doers[act](desk, able);
  }
}

const doers: Record<Act, (desk: Desk, rows: Row[]) => Promise<unknown>> = {
  console: ({ server }, rows) => openConsoles(server, rows, "CLI"),
  split: ({ server }, rows) => openConsoles(server, rows, "EMACSM"),
  screen: ({ server }, rows) => openConsoles(server, rows, "VNC"),
  details: (desk, rows) => Promise.all(rows.map((row) => showDetails(desk, row))),
  rename: async ({ server }, rows) => {
    for (const row of rows) {
      await rename(server, row);
    }
  },
  cancel: async ({ server }, rows) => {
    const clients = rows.filter(isClient);
    const guests = rows.filter((row) => !isClient(row));
    if (clients.length > 0) {
      await endClients(server, clients);
    }
    if (guests.length > 0) {
      const manner = vscode.l10n.t("It is asked to shut down and switched off if it does not.");
      await stop(server, guests, "POWEROFF", vscode.l10n.t("Power Off"), manner);
    }
  },
  reboot: ({ server }, rows) => stop(server, rows, "REBOOT", vscode.l10n.t("Reboot"), vscode.l10n.t("It is asked to restart.")),
  pause: ({ server }, rows) => server.call(Command.cancel, { targets: rows.map(target), method: "PAUSE", confirmed: true }),
  resume: ({ server }, rows) =>
    Promise.all(rows.map((row) => server.call(Command.create, { ...target(row), attach: "RESUME", console: "NONE" }))),
  conf: (_desk, rows) => Promise.all(rows.map(openConf)),
};

function target(row: Row): Target {
  return { host: row.host, address: { label: row.label } };
}

function openConsoles(server: Server, rows: Row[], kind: string): Promise<unknown> {
  return Promise.all(rows.map(({ host, label }) => server.call(Command.console, { host, label, kind })));
}

/** Asks the host about the guest; what it says, or why nothing, comes when it has answered. */
async function showDetails({ server, plans }: Desk, { host, label }: Row): Promise<void> {
  const { guest, text } = await server.call(Command.guest, { host, label });
  if (guest === null) {
    await vscode.window.showErrorMessage(text);
    return;
  }
  await plans.guest(host, label, text);
}

async function rename(server: Server, row: Row): Promise<void> {
  const to = await vscode.window.showInputBox({
    title: vscode.l10n.t("Rename {0} as long as it runs", names([row])),
    prompt: vscode.l10n.t("Its configuration file keeps the old name."),
    value: row.label,
    validateInput: (name) => nameFault(name, row),
  });
  if (to !== undefined) {
    await server.call(Command.rename, { host: row.host, label: row.label, to });
  }
}

async function stop(server: Server, rows: Row[], method: string, button: string, manner: string): Promise<void> {
  const question =
    rows.length === 1
      ? vscode.l10n.t("{0}: {1}?", button, names(rows))
      : vscode.l10n.t("{0}: these {1} guests?", button, String(rows.length));
  const detail = rows.length === 1 ? manner : names(rows);
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button) {
    await server.call(Command.cancel, { targets: rows.map(target), method, confirmed: true });
  }
}

/** Ends consoles, viewers and tunnels of this machine; the server leaves alone what it did not start. */
async function endClients(server: Server, rows: Row[]): Promise<void> {
  const button = vscode.l10n.t("End");
  const question = vscode.l10n.t("End {0} consoles, viewers or tunnels?", String(rows.length));
  const detail = names(rows);
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) !== button) {
    return;
  }
  const { left } = await server.call(Command.endClients, { keys: rows.map((row) => row.key) });
  if (left.length > 0) {
    const text = vscode.l10n.t("{0} left: started elsewhere, or gone.", String(left.length));
    void vscode.window.showInformationMessage(text);
  }
}

/** Opens the row's file: where it lies if that is here, else the copy in the workspace that agrees with most of its path. */
async function openConf(row: Row): Promise<void> {
  const here = existsSync(row.conf) ? row.conf : await copyInWorkspace(row.conf);
  if (here === undefined) {
    const text = vscode.l10n.t("{0} lies on {1}, and no copy of it is in this workspace.", row.conf, row.host);
    await vscode.window.showWarningMessage(text);
    return;
  }
  await vscode.window.showTextDocument(vscode.Uri.file(here));
}

async function copyInWorkspace(path: string): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles(`**/${basename(path)}`, undefined, 200);
  return closestPath(path, found.map((uri) => uri.fsPath));
}
