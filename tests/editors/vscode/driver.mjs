// The workbench as a user's hands and eyes: every wait is for something on the screen, with a bound.
import { join } from "node:path";

/** Milliseconds until something that should appear counts as missing. */
const BOUND = 20_000;

export async function openWorkbench(browser, url, folder) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-US" });
  page.setDefaultTimeout(BOUND);
  await page.goto(`${url}/?folder=${encodeURI(folder)}`);
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
  return driver(page);
}

function driver(page) {
  const input = page.locator(".quick-input-widget input.input");
  const choice = (text) => page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
  return {
    page,
    input,
    choice,
    editor: (name) => page.locator(`.monaco-editor[data-uri$="${name}"]`).first(),
    notification: (text) => page.locator(".notification-toast", { hasText: text }).first(),
    dialog: page.locator(".monaco-dialog-box"),
    problems: page.locator(".markers-panel-container .monaco-list-row"),
    suggestion: (text) => page.locator(".suggest-widget.visible .monaco-list-row", { hasText: text }).first(),
    hover: page.locator(".monaco-hover:visible").first(),
    /** Terminals that can be seen, left to right; with text as the DOM renderer writes it. */
    terminals: page.locator(".terminal-wrapper.active .xterm-rows"),
    tabs: page.locator(".terminal-tabs-entry"),
    sessions: page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame"),

    async open(name) {
      await page.keyboard.press("Control+p");
      await input.fill(name);
      await choice(name).waitFor();
      await page.keyboard.press("Enter");
      await this.editor(name).waitFor();
    },
    /** Runs a command of the palette by its title. */
    async command(title) {
      await page.keyboard.press("F1");
      await input.fill(`>${title}`);
      await choice(title).click();
    },
    /** Puts the cursor right behind the first occurrence of `text` in the open editor, by the editor's own search. */
    async goto(line, column) {
      await page.keyboard.press("Control+g");
      await input.fill(`:${line}:${column}`);
      await page.keyboard.press("Enter");
    },
    async picture(path) {
      await page.screenshot({ path: path.startsWith("/") ? path : join(process.cwd(), path) });
    },
  };
}
