/** The script inside the pane with a guest's screen: noVNC, the state in words, and the clipboard. */

import RFB from "@novnc/novnc";
import type { FromScreen, ToScreen } from "../messages";

declare function acquireVsCodeApi(): { postMessage(message: FromScreen): void; setState(kept: unknown): void };

const editor = acquireVsCodeApi();
const find = <T extends HTMLElement>(selector: string): T => document.querySelector(selector) as T;
const screen = find("#screen");
const buttons = [...document.querySelectorAll<HTMLButtonElement>("#bar button")];
let rfb: RFB | undefined;

function tell(text: string, live: boolean): void {
  find("#state").textContent = text;
  document.body.dataset["live"] = String(live);
  buttons.forEach((button) => {
    button.disabled = !live;
  });
}

function leave(): void {
  const old = rfb;
  rfb = undefined;
  old?.disconnect();
  screen.replaceChildren();
}

function connect(url: string, name: string): void {
  leave();
  tell(`Connecting to ${name} …`, false);
  const mine = new RFB(screen, url);
  rfb = mine;
  mine.scaleViewport = true;
  mine.resizeSession = true;
  mine.background = "transparent";
  mine.addEventListener("connect", () => {
    tell(`${name}: connected`, true);
    // Somebody who types elsewhere meanwhile goes on there.
    if (document.hasFocus()) {
      mine.focus();
    }
  });
  mine.addEventListener("clipboard", (event) => {
    editor.postMessage({ type: "copied", text: (event as CustomEvent<{ text: string }>).detail.text });
  });
  mine.addEventListener("disconnect", () => {
    // One that was left for another has nothing to say any more.
    if (rfb === mine) {
      leave();
      tell(`${name}: the connection has ended; waiting for the screen to come back`, false);
    }
  });
}

const handlers: { [T in ToScreen["type"]]: (message: Extract<ToScreen, { type: T }>) => void } = {
  connect: ({ url, name }) => connect(url, name),
  lost: ({ text }) => {
    leave();
    tell(text, false);
  },
  paste: ({ text }) => rfb?.clipboardPasteFrom(text),
};

window.addEventListener("message", ({ data }: MessageEvent<ToScreen>) => {
  clearInterval(asking);
  (handlers[data.type] as ((message: ToScreen) => void) | undefined)?.(data);
});
find("#keys").addEventListener("click", () => {
  rfb?.sendCtrlAltDel();
  rfb?.focus();
});
find("#paste").addEventListener("click", () => {
  editor.postMessage({ type: "paste" });
  rfb?.focus();
});

// Every key belongs to the guest; this one gives the keyboard back to the editor, as in QEMU's windows.
window.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey && event.altKey && event.code === "KeyG") {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (rfb !== undefined) {
        rfb.viewOnly = true;
        rfb.viewOnly = false;
      }
      find("#keys").focus();
    }
  },
  true,
);

// What opens the pane again after a reload of the window.
editor.setState(JSON.parse(document.body.dataset["place"] ?? "{}"));
// Said until something is heard: an answer that meets the page while it is being put in another's place is lost.
const ready = (): void => editor.postMessage({ type: "ready" });
const asking = setInterval(ready, 1000);
ready();
