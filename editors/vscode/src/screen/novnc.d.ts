/** As much of noVNC (docs/API.md of the package) as is used here; it brings no types of its own. */
declare module "@novnc/novnc" {
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, url: string);
    /** The guest's screen is made as small or as large as the pane. */
    scaleViewport: boolean;
    /** A guest that can is asked for a screen of the pane's size. */
    resizeSession: boolean;
    background: string;
    /** Keys and pointer stay here; the guest is told that every pressed key is up. */
    viewOnly: boolean;
    disconnect(): void;
    focus(): void;
    sendCtrlAltDel(): void;
    clipboardPasteFrom(text: string): void;
  }
}
