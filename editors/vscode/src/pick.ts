/** Choosing a session in a quick pick that fills as the hosts answer. */

import * as vscode from "vscode";
import type { Server } from "./server";
import type { HostStatus, Row } from "./lsp";
import { isGuest, mergeHost } from "./table";
import type { Watch } from "./watch";

type Item = vscode.QuickPickItem & { row?: Row };

/** The guest that the user chose of all known hosts, undefined when the choice was left. */
export function pickGuest(server: Server, watch: Watch, title: string): Promise<Row | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = title;
  pick.placeholder = vscode.l10n.t("Label or host");
  pick.matchOnDescription = true;
  pick.busy = true;

  let rows: Row[] = [];
  const hosts = new Map<string, HostStatus>();
  const show = (): void => {
    pick.busy = [...hosts.values()].some(({ state }) => state === "pending");
    const silent = [...hosts.values()].filter(({ message }) => message !== "");
    pick.items = [
      ...rows.filter(isGuest).map((row) => ({ label: row.label, description: `${row.host}  ${row.state}`, row })),
      ...silent.map(({ host, message, cure }) => ({
        label: `$(warning) ${host}`,
        description: message,
        detail: cure,
        alwaysShow: true,
      })),
    ];
    if (pick.items.length === 0 && !pick.busy) {
      pick.placeholder = vscode.l10n.t("No guest runs on any known host; hosts are named in the setting ctys.hosts");
    }
  };
  const changes = server.onSessionsChanged((change) => {
    rows = mergeHost(rows, change.host.host, change.rows);
    hosts.set(change.host.host, change.host);
    show();
  });
  watch.begin("refresh").then(
    (all) => {
      rows = all.rows;
      all.hosts.forEach((status) => hosts.set(status.host, status));
      show();
    },
    (error: unknown) => {
      pick.hide();
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    },
  );

  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      const row = pick.activeItems[0]?.row;
      if (row !== undefined) {
        resolve(row);
        pick.hide();
      }
    });
    pick.onDidHide(() => {
      resolve(undefined);
      changes.dispose();
      watch.end();
      pick.dispose();
    });
    pick.show();
  });
}
