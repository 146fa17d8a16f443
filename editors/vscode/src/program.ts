/** Finding the server's program. No vscode here. */

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Whether `path` is a file that may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The full path of `name`, undefined when there is none. A bare name is looked up in the folders of `searchPath`, then
 * in `home`/.local/bin: editors that a desktop starts often lack the folder that pipx installs into.
 */
export function findProgram(
  name: string,
  searchPath: string,
  home: string,
  executable: (path: string) => boolean = isExecutable,
): string | undefined {
  const expanded = name.startsWith("~/") ? join(home, name.slice(2)) : name;
  if (isAbsolute(expanded)) {
    return executable(expanded) ? expanded : undefined;
  }
  // A relative path with folders would depend on where the editor was started, or on the workspace: not a program.
  if (expanded === "" || expanded.includes("/")) {
    return undefined;
  }
  const folders = [...searchPath.split(delimiter).filter(isAbsolute), join(home, ".local", "bin")];
  return folders.map((folder) => join(folder, expanded)).find(executable);
}

/** How often a server that dies is started again: `limit` times within `minutes`. */
export function mayRestart(deaths: readonly number[], now: number, limit = 3, minutes = 3): boolean {
  return deaths.filter((time) => now - time < minutes * 60_000).length <= limit;
}
