/** The page of the session panel. No vscode here. */

import { randomBytes } from "node:crypto";
import { escape } from "./table";

interface Button {
  id: string;
  title: string;
  key: string;
}

/** The acts in the order of the tool bar, each with the key that does the same. */
const buttons: readonly Button[] = [
  { id: "console", title: "Console", key: "Enter" },
  { id: "split", title: "Console + Host", key: "h" },
  { id: "screen", title: "Screen", key: "v" },
  { id: "details", title: "Details", key: "i" },
  { id: "cancel", title: "Cancel", key: "c" },
  { id: "pause", title: "Pause", key: "p" },
  { id: "resume", title: "Resume", key: "u" },
  { id: "reboot", title: "Reboot", key: "r" },
  { id: "rename", title: "Rename", key: "F2" },
  { id: "conf", title: "Open conf", key: "o" },
];

/** `cspSource`, `script` and `style` are what the editor gives a web view to load its own files from. */
export function panelHtml(cspSource: string, script: string, style: string): string {
  const nonce = randomBytes(16).toString("base64url");
  const csp = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  const acts = buttons.map(
    ({ id, title, key }) =>
      `<button type="button" data-act="${id}" aria-keyshortcuts="${key}" data-key="${key}" disabled>${title}</button>`,
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(csp)}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="${escape(style)}">
<title>ctys Sessions</title>
</head>
<body>
<div id="bar" role="toolbar" aria-label="Acts on the selected sessions" aria-controls="sessions">
${acts.join("\n")}
<span class="gap"></span>
<input id="filter" type="search" placeholder="Filter ( / )" aria-label="Filter the sessions" spellcheck="false">
<button type="button" id="refresh" aria-keyshortcuts="g" title="Ask all hosts now (g)">Refresh</button>
</div>
<ul id="hosts" aria-label="Hosts"></ul>
<p id="trouble" role="alert" hidden></p>
<div id="scroll">
<table id="sessions" role="grid" aria-label="Sessions of all hosts" aria-multiselectable="true">
<thead></thead>
<tbody></tbody>
</table>
<p id="empty" hidden></p>
</div>
<p id="count" aria-hidden="true"></p>
<p id="spoken" role="status" aria-live="polite"></p>
<script nonce="${nonce}" src="${escape(script)}"></script>
</body>
</html>`;
}
