/** CONSOLE:VNC in panes: the server's program serves the guest's screen on loopback, noVNC shows it. */

import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { type ConsoleReady, Command } from "./lsp";
import type { FromScreen, Place, ToScreen } from "./messages";
import { eventReader, type ScreenEvent } from "./screenevents";
import { screenHtml } from "./screenhtml";
import { type Server, ServerUnavailable } from "./server";

const TYPE = "ctys.screen";
/** So long the editor may take to forward a port before it is asked again, and so often it is asked. */
const FORWARD = { ms: 10_000, times: 6 };

interface Screen {
  show(): void;
  /** Starts the program; one that runs already goes on. */
  serve(ready: ConsoleReady): void;
  dispose(): void;
}

/** A pane for each guest whose screen was asked for; asked for again it comes to front. */
export function showScreens(server: Server, extension: vscode.Uri): vscode.Disposable {
  const screens = new Map<string, Screen>();
  const named = ({ host, label }: Place): string => `${host}/${label}`;

  function adopt(panel: vscode.WebviewPanel, place: Place): Screen {
    const screen = makeScreen(panel, place, extension);
    screens.set(named(place), screen);
    panel.onDidDispose(() => {
      screen.dispose();
      screens.delete(named(place));
    });
    return screen;
  }

  return vscode.Disposable.from(
    server.onConsoleReady((ready) => {
      if (ready.pageArgv.length === 0) {
        return;
      }
      const place = { host: ready.host, label: ready.label };
      const known = screens.get(named(place));
      const screen = known ?? adopt(vscode.window.createWebviewPanel(TYPE, "", vscode.ViewColumn.Active), place);
      screen.serve(ready);
      screen.show();
    }),
    vscode.window.registerWebviewPanelSerializer(TYPE, {
      // The way to the guest is asked for again: that program ended with the window.
      deserializeWebviewPanel: async (panel, place: Place) => {
        const screen = adopt(panel, place);
        try {
          await server.call(Command.console, { ...place, kind: "VNC" });
        } catch (error) {
          screen.dispose();
          if (!(error instanceof ServerUnavailable)) {
            throw error;
          }
        }
      },
    }),
    { dispose: () => screens.forEach((screen) => screen.dispose()) },
  );
}

function makeScreen(panel: vscode.WebviewPanel, place: Place, extension: vscode.Uri): Screen {
  const part = (...path: string[]): vscode.Uri => vscode.Uri.joinPath(extension, ...path);
  const name = `${place.label} on ${place.host}`;
  let program: ChildProcess | undefined;
  let now: ToScreen | undefined;
  let origin = "";
  let words = "";

  const tell = (message: ToScreen): void => {
    now = message.type === "paste" ? now : message;
    void panel.webview.postMessage(message);
  };

  function draw(): void {
    panel.webview.html = screenHtml(
      panel.webview.cspSource,
      panel.webview.asWebviewUri(part("dist", "screen.js")).toString(),
      panel.webview.asWebviewUri(part("media", "screen.css")).toString(),
      place,
      origin,
    );
  }

  async function connect(ws: string): Promise<void> {
    const url = await reachable(ws);
    const wanted = url.slice(0, url.indexOf("/", "wss://".length));
    now = { type: "connect", url, name };
    if (wanted === origin) {
      void panel.webview.postMessage(now);
    } else {
      // The page may talk to one address only; its script says "ready" when it has started anew.
      origin = wanted;
      draw();
    }
  }

  function ended(text: string): void {
    program = undefined;
    tell({ type: "lost", text: `${name}: ${text}` });
    void vscode.window.showErrorMessage(text);
  }

  const events: { [T in ScreenEvent["event"]]: (event: Extract<ScreenEvent, { event: T }>) => void } = {
    ready: ({ ws }) => void connect(ws).catch((error: Error) => tell({ type: "lost", text: `${name}: ${error.message}` })),
    lost: ({ message }) => tell({ type: "lost", text: message }),
    end: ({ message }) => {
      words = message;
    },
  };

  const answers: { [T in FromScreen["type"]]: (message: Extract<FromScreen, { type: T }>) => unknown } = {
    ready: () => now !== undefined && panel.webview.postMessage(now),
    copied: ({ text }) => vscode.env.clipboard.writeText(text),
    paste: async () => tell({ type: "paste", text: await vscode.env.clipboard.readText() }),
  };

  panel.title = `*${place.label}*`;
  panel.iconPath = { light: part("media", "screen-light.svg"), dark: part("media", "screen-dark.svg") };
  panel.webview.options = { enableScripts: true, localResourceRoots: [part("dist"), part("media")] };
  panel.webview.onDidReceiveMessage((message: FromScreen) => {
    void (answers[message.type] as ((message: FromScreen) => unknown) | undefined)?.(message);
  });
  draw();

  return {
    show: () => panel.reveal(),
    serve(ready) {
      if (program !== undefined) {
        return;
      }
      const [file, ...args] = ready.pageArgv;
      if (file === undefined) {
        ended("the server named no program for its screen");
        return;
      }
      words = "";
      const child = spawn(file, args, { env: { ...process.env, ...ready.env }, stdio: "pipe" });
      program = child;
      const take = eventReader((event) => (events[event.event] as (event: ScreenEvent) => void)(event));
      child.stdout.setEncoding("utf8").on("data", take);
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        words = text.trim().split("\n").at(-1) || words;
      });
      child.stdin.on("error", () => undefined);
      child.on("error", (error) => program === child && ended(error.message));
      child.on("exit", (status) => program === child && ended(words || `the program of its screen ended with ${String(status)}`));
    },
    dispose() {
      // The program ends, with all it opened, at the end of its input.
      program?.stdin?.end();
      program = undefined;
    },
  };
}

/**
 * The address as the pane can reach it: its browser may be on another machine than the program. A window that has just
 * been loaded may leave the question unanswered; it is asked again then.
 */
async function reachable(ws: string): Promise<string> {
  const here = vscode.Uri.parse(ws.replace(/^ws:/, "http:"));
  for (let time = 0; time < FORWARD.times; time += 1) {
    const there = await Promise.race([vscode.env.asExternalUri(here), sleep(FORWARD.ms)]);
    if (there !== undefined) {
      return there.toString(true).replace(/^http/, "ws");
    }
  }
  throw new Error(`the editor does not forward the port of ${here.authority}`);
}
