/** What the session panel and the extension tell each other. No vscode here. */

import type { Column, HostStatus, Row } from "./lsp";
import type { Act } from "./table";

export type ToPanel =
  | { type: "all"; columns: Column[]; hosts: HostStatus[]; rows: Row[] }
  | { type: "host"; host: HostStatus; rows: Row[] }
  | { type: "status"; host: HostStatus }
  /** Nothing can be shown; `text` says why and what to do. */
  | { type: "trouble"; text: string };

export type FromPanel =
  | { type: "ready" }
  | { type: "refresh" }
  | { type: "run" }
  | { type: "act"; act: Act; keys: string[] };

/** What names a guest's screen; kept over a reload of the window. Nothing secret is in it. */
export interface Place {
  host: string;
  label: string;
}

export type ToScreen =
  | { type: "connect"; url: string; name: string }
  /** There is no screen now; `text` says why. */
  | { type: "lost"; text: string }
  | { type: "paste"; text: string };

export type FromScreen =
  | { type: "ready" }
  | { type: "copied"; text: string }
  | { type: "paste" };
