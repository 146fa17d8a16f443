// The workbench as a user's hands and eyes: every wait is for something on the screen, with a bound.
/** Milliseconds until something that should appear counts as missing. */
const BOUND = 20_000;

/** A page on the workbench; `watch` is given the page before it loads anything. */
export async function openWorkbench(browser, url, folder, watch = () => undefined) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-US", permissions: ["clipboard-read", "clipboard-write"] });
  page.setDefaultTimeout(BOUND);
  watch(page);
  await page.goto(`${url}/?folder=${encodeURI(folder)}`, { timeout: 60_000 });
  await loaded(page);
  return driver(page);
}

const loaded = (page) => page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });

function driver(page) {
  const input = page.locator(".quick-input-widget input.input");
  const choice = (text) => page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
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
  /**
   * Opens the quick input with `key`, types, and presses Enter once the choice with `text` is the one that Enter takes. An
   * input that something else closes meanwhile is opened again; nothing has been done until Enter.
   */
  const choose = async (key, typed, text) => {
    const timeout = BOUND / 4;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await page.locator(".quick-input-widget").waitFor({ state: "hidden", timeout });
        await press(key, input);
        await input.fill(typed, { timeout });
        await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: text }).waitFor({ timeout });
        await page.keyboard.press("Enter");
        return;
      } catch (error) {
        if (attempt === 3) {
          throw error;
        }
        await page.keyboard.press("Escape");
      }
    }
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
    /** The row of a guest itself; its consoles and tunnels have rows of their own. */
    row: (label) => sessions.locator(`tbody tr[data-key*="/XEN/"]`, { has: page.locator(`td[data-column="label"]`, { hasText: label }) }),

    /** The pane with a guest's screen, where no other web view is open. */
    screen: sessions,
    /** Runs a command line by the palette. */
    async run(line) {
      await this.command("ctys: Run a Command Line");
      await input.fill(line);
      await choice("Run").waitFor();
      await page.keyboard.press("Enter");
      await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    },
    /** Types a line into the terminal that has the focus. */
    async type(line) {
      await page.keyboard.type(line);
      await page.keyboard.press("Enter");
    },
    /** Loads the window again. */
    async reload() {
      await Promise.all([page.waitForEvent("load"), this.command("Developer: Reload Window")]);
      await loaded(page);
    },

    async open(name) {
      await choose("Control+p", name, name);
      await this.editor(name).waitFor();
    },
    /** Runs a command of the palette by its title. */
    async command(title) {
      await choose("F1", `>${title}`, title);
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
