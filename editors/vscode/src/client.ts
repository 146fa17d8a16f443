/** Starts the language server and keeps it running. */

import { type ChildProcess, spawn } from "node:child_process";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, type LanguageClientOptions, type MessageSignature, State } from "vscode-languageclient/node";
import { type ConsoleReady, type HostStatus, type Job, Method, type Prompt, type PromptAnswer, type SessionsChanged, VERSION } from "./lsp";
import { findProgram, mayRestart } from "./program";
import { fromEditor, refused, type ShowAnswer } from "./fromeditor";
import { type Ask, type Server, ServerUnavailable } from "./server";
import { initializationOptions, configurationForServer } from "./settings";

export function makeServer(ask: Ask, show: ShowAnswer): Server {
  const job = new vscode.EventEmitter<Job>();
  const sessionsChanged = new vscode.EventEmitter<SessionsChanged>();
  const hostStatus = new vscode.EventEmitter<HostStatus>();
  const consoleReady = new vscode.EventEmitter<ConsoleReady>();
  const running = new vscode.EventEmitter<boolean>();
  const log = vscode.window.createOutputChannel("ctys Language Server", { log: true });
  const deaths: number[] = [];
  let client: LanguageClient | undefined;
  let started: Promise<void> | undefined;

  async function launch(): Promise<void> {
    const words = vscode.workspace.getConfiguration("ctys").get<string[]>("server.command") ?? ["ctys-ls"];
    const program = findProgram(words[0] ?? "", process.env["PATH"] ?? "", homedir());
    if (program === undefined) {
      void tellMissing(words[0] ?? "");
      throw new ServerUnavailable(`${words[0]} was not found`);
    }
    const mine = makeClient([program, ...words.slice(1)], log, show, (lastWords) => died(mine, lastWords));
    client = mine;
    mine.onNotification(Method.job, (params: Job) => job.fire(params));
    mine.onNotification(Method.sessionsChanged, (params: SessionsChanged) => sessionsChanged.fire(params));
    mine.onNotification(Method.hostStatus, (params: HostStatus) => hostStatus.fire(params));
    mine.onNotification(Method.consoleReady, (params: ConsoleReady) => consoleReady.fire(params));
    mine.onRequest(Method.prompt, async (params: Prompt, token: vscode.CancellationToken): Promise<PromptAnswer> => {
      return { v: VERSION, answer: await ask(params, token) };
    });
    mine.onDidChangeState(({ newState }) => newState === State.Running && running.fire(true));
    try {
      await mine.start();
    } catch (error) {
      log.error(String(error));
      // A server that has died during its start is told about, and started again, by `died`.
      if (client === mine) {
        client = undefined;
        void vscode.window.showErrorMessage(vscode.l10n.t("The ctys language server did not start: {0}", String(error)));
      }
      throw new ServerUnavailable(String(error));
    }
  }

  function died(mine: LanguageClient, lastWords: string): void {
    if (client !== mine) {
      return;
    }
    client = undefined;
    started = undefined;
    running.fire(false);
    const now = Date.now();
    deaths.push(now);
    const again = mayRestart(deaths, now);
    void tellDeath(again, lastWords, log);
    if (again) {
      // The old client takes its commands back first.
      setTimeout(() => void start().catch(() => undefined), 0);
    }
  }

  async function tellMissing(name: string): Promise<void> {
    const settings = vscode.l10n.t("Open Settings");
    const retry = vscode.l10n.t("Try Again");
    const text = vscode.l10n.t(
      "ctys-ls, the language server, cannot be started: there is no program “{0}” on PATH. " +
        "Install it (for example with: pipx install ctys-ls), or give its full path in the setting ctys.server.command.",
      name,
    );
    const choice = await vscode.window.showErrorMessage(text, settings, retry);
    if (choice === settings) {
      // In a remote window programs are set on the remote side; the user's own settings would show nothing.
      const where = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
      await vscode.commands.executeCommand(`workbench.action.${where}`, { query: "ctys.server.command" });
    } else if (choice === retry) {
      await restart();
    }
  }

  function start(): Promise<void> {
    if (started === undefined) {
      const mine = launch().catch((error: unknown) => {
        if (started === mine) {
          started = undefined;
        }
        throw error;
      });
      started = mine;
    }
    return started;
  }

  async function stop(): Promise<void> {
    const old = client;
    client = undefined;
    started = undefined;
    if (old?.isRunning()) {
      await old.stop().catch((error: unknown) => log.warn(`The server did not stop in order: ${String(error)}`));
      running.fire(false);
    }
  }

  async function restart(): Promise<void> {
    await stop();
    await start();
  }

  return {
    start,
    stop,
    restart,
    async call(command, argument) {
      if (refused(command)) {
        throw new ServerUnavailable("the workspace is not trusted");
      }
      await start();
      if (!client?.isRunning()) {
        throw new ServerUnavailable("the server has stopped");
      }
      const params = { command, arguments: [{ v: VERSION, ...argument }] };
      return client.sendRequest("workspace/executeCommand", params);
    },
    onJob: job.event,
    onSessionsChanged: sessionsChanged.event,
    onHostStatus: hostStatus.event,
    onConsoleReady: consoleReady.event,
    onRunning: running.event,
    dispose() {
      for (const emitter of [job, sessionsChanged, hostStatus, consoleReady, running, log]) {
        emitter.dispose();
      }
    },
  };
}

function makeClient(
  argv: string[],
  log: vscode.LogOutputChannel,
  show: ShowAnswer,
  died: (lastWords: string) => void,
): LanguageClient {
  let lastWords = "";
  const options: LanguageClientOptions = {
    // Command lines stand in scripts and pages too; those are looked at once the server runs, but do not start it.
    documentSelector: ["xenconf", "ctys", "shellscript", "markdown", "org"].map((language) => ({ language })),
    initializationOptions,
    synchronize: { configurationSection: "ctys" },
    outputChannel: log,
    middleware: {
      workspace: { configuration: configurationForServer },
      executeCommand: fromEditor(show),
      // A job has its own notification, with cancel; the bar that the protocol adds would say the same twice.
      handleWorkDoneProgress: (token, params, next) => (String(token).startsWith("ctys-job-") ? undefined : next(token, params)),
    },
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        died(lastWords);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
  const serve = async (): Promise<ChildProcess> => {
    const child = spawn(argv[0] as string, [...argv.slice(1), "--stdio"], { stdio: "pipe" });
    child.stderr.on("data", (data: Buffer) => {
      lastWords = data.toString().trim().split("\n").at(-1) ?? lastWords;
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    return child;
  };
  return new QuietClient("ctys", "ctys Language Server", serve, options);
}

/** Requests that the editor makes by itself fail into the log, not into the user's face; a command that fails is told. */
class QuietClient extends LanguageClient {
  override handleFailedRequest<T>(
    type: MessageSignature,
    token: vscode.CancellationToken | undefined,
    error: unknown,
    value: T,
    show = true,
    throwOnCancel = false,
  ): T {
    const asked = type.method === "workspace/executeCommand";
    return super.handleFailedRequest(type, token, error, value, show && asked, throwOnCancel);
  }
}

async function tellDeath(again: boolean, lastWords: string, log: vscode.LogOutputChannel): Promise<void> {
  const said = lastWords === "" ? "" : ` (${lastWords})`;
  const details = vscode.l10n.t("Show Details");
  if (again) {
    const text = vscode.l10n.t("The ctys language server stopped{0}; it is being started again. What it was running has ended.", said);
    if ((await vscode.window.showWarningMessage(text, details)) === details) {
      log.show();
    }
    return;
  }
  const retry = vscode.l10n.t("Start It Again");
  const text = vscode.l10n.t("The ctys language server stopped again and again{0} and is not restarted.", said);
  const choice = await vscode.window.showErrorMessage(text, details, retry);
  if (choice === details) {
    log.show();
  } else if (choice === retry) {
    await vscode.commands.executeCommand("ctys.restartServer");
  }
}

