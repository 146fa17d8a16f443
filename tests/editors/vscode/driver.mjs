// The workbench as a user's hands and eyes: every wait is for something on the screen, with a bound.
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
  /** Enter, once the choice with this text is the one that Enter takes: the list changes while it is being filtered. */
  const take = async (text) => {
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: text }).waitFor();
    await page.keyboard.press("Enter");
  };
  /** Presses the key until what it opens is there: a workbench that is busy closing something else swallows keys. */
  const press = async (key, opened) => {
    for (let attempt = 1; ; attempt += 1) {
      await page.keyboard.press(key);
      try {
        await opened.waitFor({ timeout: BOUND / 5 });
        return;
      } catch (error) {
        if (attempt === 5) {
          throw error;
        }
      }
    }
  };
  const summon = async (key) => {
    await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    await press(key, input);
  };
  const sessions = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  return {
    page,
    press,
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
    /** A quick fix in the menu that is open. */
    fix: (text) => page.locator(".action-widget .monaco-list-row", { hasText: text }).first(),
    lens: (title) => page.locator(".codelens-decoration a", { hasText: title }).first(),
    sessions,
    row: (label) => sessions.locator(`tbody tr[data-key]`, { has: page.locator(`td[data-column="label"]`, { hasText: label }) }),

    async open(name) {
      await summon("Control+p");
      await input.fill(name);
      await take(name);
      await this.editor(name).waitFor();
    },
    /** Runs a command of the palette by its title. */
    async command(title) {
      await summon("F1");
      await input.fill(`>${title}`);
      await take(title);
    },
    /** Closes the active tab with the mouse. */
    async closeTab() {
      await page.locator(".editor-group-container.active .tab.active .tab-actions .action-label").click();
    },
    /** Puts the cursor into a word of the active editor, with the mouse. */
    async click(word) {
      await page.locator(".editor-group-container.active .view-line span", { hasText: word }).last().click();
      await page.locator(".editor-group-container.active .monaco-editor.focused").waitFor();
    },
    /** Saves the file and waits until the editor says that it is saved. */
    async save() {
      await page.keyboard.press("Control+s");
      await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
    },
    /** The names of the terminals, in order. */
    async tabNames() {
      const names = await page.locator(".terminal-tabs-entry .label-name").allInnerTexts();
      return names.map((name) => name.replace(/^[^*]*/, "").trim());
    },
    async picture(path) {
      await page.screenshot({ path });
    },
  };
}
