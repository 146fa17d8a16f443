/** The language server as the rest of the extension sees it; client.ts is the real one. */

import type * as vscode from "vscode";
import type { Calls, ConsoleReady, HostStatus, Job, Prompt, SessionsChanged } from "./lsp";

/** Raised by `call` when no server runs, or when the workspace is not trusted; the user has been told why already. */
export class ServerUnavailable extends Error {}

export type Ask = (prompt: Prompt, token: vscode.CancellationToken) => Promise<string | null>;

export interface Server extends vscode.Disposable {
  start(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Sends one of the server's commands; rejects with the server's own sentence, or with ServerUnavailable. */
  call<C extends keyof Calls>(command: C, argument: Calls[C]["argument"]): Promise<Calls[C]["result"]>;
  readonly onJob: vscode.Event<Job>;
  readonly onSessionsChanged: vscode.Event<SessionsChanged>;
  readonly onHostStatus: vscode.Event<HostStatus>;
  readonly onConsoleReady: vscode.Event<ConsoleReady>;
  /** Fires true when a server has started, false when it is gone; what it was asked to do ended with it. */
  readonly onRunning: vscode.Event<boolean>;
}
