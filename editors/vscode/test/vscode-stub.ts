// A stand-in for the module "vscode", for tests that only need to see what is registered. The workbench tests in
// tests/editors/vscode run the extension against the real one.
export const registered: string[] = [];

export const commands = {
  registerCommand(id: string): { dispose(): void } {
    registered.push(id);
    return { dispose: () => undefined };
  },
};

export const Disposable = {
  from: (...parts: { dispose(): void }[]) => ({ dispose: () => parts.forEach((part) => part.dispose()) }),
};

export const l10n = { t: (text: string): string => text };
export const window = {};
export const workspace = {};
