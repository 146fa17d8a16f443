/** The page of a pane with a guest's screen. No vscode here. */

import { randomBytes } from "node:crypto";
import type { Place } from "./messages";
import { escape } from "./table";

/**
 * The page may load its own script and style, and talk to `origin` (ws://127.0.0.1:PORT) and nothing else; without an
 * origin to nothing at all. `data:` pictures are what noVNC makes of the guest's pointer and of compressed parts.
 */
export function screenHtml(cspSource: string, script: string, style: string, place: Place, origin: string): string {
  const nonce = randomBytes(16).toString("base64url");
  const csp = [
    "default-src 'none'",
    `style-src ${cspSource}`,
    `script-src 'nonce-${nonce}'`,
    "img-src data:",
    `connect-src ${origin === "" ? "'none'" : origin}`,
  ].join("; ");
  const name = `${place.label} on ${place.host}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(csp)}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="${escape(style)}">
<title>${escape(name)}</title>
</head>
<body data-live="false" data-place="${escape(JSON.stringify(place))}">
<div id="bar" role="toolbar" aria-label="The screen of ${escape(name)}">
<span id="state" role="status" aria-live="polite">Asking for the screen of ${escape(name)} …</span>
<span class="gap"></span>
<span id="release">Ctrl+Alt+G gives the keys back</span>
<button type="button" id="keys" title="Send the keys Ctrl+Alt+Del to the guest" disabled>Ctrl+Alt+Del</button>
<button type="button" id="paste" title="Give the editor's clipboard to the guest" disabled>Send Clipboard</button>
</div>
<div id="screen" role="application" aria-label="The screen of ${escape(name)}; what is typed here goes to the guest, Ctrl+Alt+G leaves it"></div>
<script type="module" nonce="${nonce}" src="${escape(script)}"></script>
</body>
</html>`;
}
