/** Running jobs: a notification that can be cancelled, and the exact commands in the output "ctys". */

import * as vscode from "vscode";
import type { Server } from "./server";
import { Command, type Job } from "./lsp";
import { endLines, failure, jobName } from "./report";

/** Jobs shorter than this are not announced: a notification that only flashes up says nothing. */
const PATIENCE = 400;

interface Running {
  report(message: string): void;
  end(): void;
}

export function showJobs(server: Server, output: vscode.OutputChannel): vscode.Disposable {
  const running = new Map<string, Running>();
  const withConsole = new Set<string>();
  const handlers: Record<Job["kind"], (job: Job) => void> = {
    begin(job) {
      output.appendLine(`> ${job.title}`);
      running.set(job.job, announce(job, () => void server.call(Command.cancelJob, { job: job.job })));
    },
    report(job) {
      running.get(job.job)?.report([job.host, job.message].filter(Boolean).join(": "));
    },
    end(job) {
      running.get(job.job)?.end();
      running.delete(job.job);
      for (const line of endLines(job)) {
        output.appendLine(line);
      }
      const opensConsole = withConsole.delete(job.job);
      void tellEnd(job, output, opensConsole);
    },
  };
  return vscode.Disposable.from(
    server.onJob((job) => handlers[job.kind]?.(job)),
    server.onConsoleReady((ready) => withConsole.add(ready.job)),
    server.onRunning((up) => {
      if (!up) {
        running.forEach((job) => job.end());
        running.clear();
        withConsole.clear();
      }
    }),
  );
}

function announce(job: Job, cancel: () => void): Running {
  let end = (): void => undefined;
  let message = "";
  let show: ((text: string) => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const timer = setTimeout(() => {
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: jobName(job), cancellable: true },
      (progress, token) => {
        token.onCancellationRequested(cancel);
        show = (text) => progress.report({ message: text });
        show(message);
        return ended;
      },
    );
  }, PATIENCE);
  return {
    report(text) {
      message = text;
      show?.(text);
    },
    end() {
      clearTimeout(timer);
      end();
    },
  };
}

async function tellEnd(job: Job, output: vscode.OutputChannel, opensConsole: boolean): Promise<void> {
  if (job.state === "failed") {
    const details = vscode.l10n.t("Show What Was Run");
    if ((await vscode.window.showErrorMessage(failure(job), details)) === details) {
      output.show(true);
    }
    return;
  }
  const symbol = job.state === "cancelled" ? "$(circle-slash)" : "$(check)";
  vscode.window.setStatusBarMessage(`${symbol} ${jobName(job)}`, 5000);
  // A table is what the user asked for; it must not come before a console that the same line has opened.
  if (!opensConsole && (job.text ?? "").trimEnd().includes("\n")) {
    output.show(true);
  }
}
