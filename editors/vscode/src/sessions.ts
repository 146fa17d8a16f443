/** The panel with the sessions of all hosts. The rows live in the server; the panel shows what it is told. */

import * as vscode from "vscode";
import { perform } from "./acts";
import { type Server, ServerUnavailable } from "./server";
import type { Row, Sessions } from "./lsp";
import type { FromPanel, ToPanel } from "./messages";
import { panelHtml } from "./panelhtml";
import type { PlanDocuments } from "./plans";
import { mergeHost } from "./table";
import type { Watch } from "./watch";

const TYPE = "ctys.sessions";

export interface SessionPanel extends vscode.Disposable {
  show(): void;
}

export function makeSessionPanel(server: Server, watch: Watch, plans: PlanDocuments, extension: vscode.Uri): SessionPanel {
  let panel: vscode.WebviewPanel | undefined;
  let rows: Row[] = [];
  let looking = false;

  const post = (message: ToPanel): void => void panel?.webview.postMessage(message);

  async function tellAll(asked: Promise<Sessions>): Promise<void> {
    try {
      const all = await asked;
      rows = all.rows;
      post({ type: "all", columns: all.columns, hosts: all.hosts, rows });
    } catch (error) {
      const text =
        error instanceof ServerUnavailable
          ? vscode.l10n.t("The language server is not running. Use the command “ctys: Restart the Language Server”.")
          : (error as Error).message;
      post({ type: "trouble", text });
    }
  }

  /** The table is live only while it can be seen. */
  function look(on: boolean): Promise<void> {
    if (on === looking) {
      return on ? tellAll(watch.refresh()) : Promise.resolve();
    }
    looking = on;
    if (on) {
      return tellAll(watch.begin("subscribe"));
    }
    watch.end();
    return Promise.resolve();
  }

  const handlers: { [T in FromPanel["type"]]: (message: Extract<FromPanel, { type: T }>) => unknown } = {
    ready: () => look(true),
    refresh: () => tellAll(watch.refresh()),
    run: () => vscode.commands.executeCommand("ctys.runLine"),
    act: ({ act, keys }) => perform({ server, plans }, act, rows.filter((row) => keys.includes(row.key))),
  };

  function adopt(opened: vscode.WebviewPanel): void {
    panel = opened;
    const parts = vscode.Uri.joinPath(extension, "dist");
    const media = vscode.Uri.joinPath(extension, "media");
    opened.webview.options = { enableScripts: true, localResourceRoots: [parts, media] };
    opened.iconPath = {
      light: vscode.Uri.joinPath(media, "sessions-light.svg"),
      dark: vscode.Uri.joinPath(media, "sessions-dark.svg"),
    };
    opened.webview.onDidReceiveMessage((message: FromPanel) => {
      const handle = handlers[message.type] as ((message: FromPanel) => unknown) | undefined;
      Promise.resolve(handle?.(message)).catch((error: unknown) => void tell(error));
    });
    opened.onDidChangeViewState(() => {
      // A hidden panel is discarded; when it is shown again its script starts anew and says "ready".
      if (!opened.visible) {
        void look(false);
      }
    });
    opened.onDidDispose(() => {
      panel = undefined;
      void look(false);
    });
    opened.webview.html = panelHtml(
      opened.webview.cspSource,
      opened.webview.asWebviewUri(vscode.Uri.joinPath(parts, "panel.js")).toString(),
      opened.webview.asWebviewUri(vscode.Uri.joinPath(media, "sessions.css")).toString(),
    );
  }

  const parts = [
    server.onSessionsChanged((change) => {
      rows = mergeHost(rows, change.host.host, change.rows);
      post({ type: "host", host: change.host, rows: change.rows });
    }),
    server.onHostStatus((host) => post({ type: "status", host })),
    server.onRunning((up) => {
      if (up && panel?.visible) {
        void tellAll(watch.refresh());
      }
    }),
    vscode.window.registerWebviewPanelSerializer(TYPE, {
      deserializeWebviewPanel: async (restored) => adopt(restored),
    }),
  ];

  return {
    show() {
      if (panel === undefined) {
        const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
        adopt(vscode.window.createWebviewPanel(TYPE, vscode.l10n.t("ctys Sessions"), column));
      } else {
        panel.reveal();
      }
    },
    dispose() {
      panel?.dispose();
      parts.forEach((part) => part.dispose());
    },
  };
}

async function tell(error: unknown): Promise<void> {
  if (!(error instanceof ServerUnavailable)) {
    await vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
