// What every workbench test starts from: a folder with domain files, the server, and simulated hosts.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The environment names the program ctys-ls and the folder of the simulated hosts. */
export function needed(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set; tests/editors/vscode/test_vscode.py sets it`);
  }
  return value;
}

/** A domain file as people write them, with `lines` in the middle. */
export const conf = (label, lines) => `# A guest of the simulated host lab00
name = "${label}"
${lines.join("\n")}
kernel = "/boot/vmlinuz"
ramdisk = "/boot/initrd.img"
extra = "console=hvc0"
disk = [ 'file:/srv/xen/${label}.img,xvda,w' ]
vif = [ 'mac=00:50:56:13:11:40,bridge=xenbr0' ]
on_poweroff = "destroy"
`;

/**
 * A folder of work: files by path, and the settings that let the extension find the server. The server runs through a
 * script that leaves its process id, so that a test can pull the plug.
 */
export function makeWork(files) {
  const lab = needed("CTYS_TEST_HOSTS");
  const root = mkdtempSync(join(tmpdir(), "ctys-work-"));
  const folder = join(root, "work");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const server = join(root, "ctys-ls");
  writeFileSync(server, `#!/bin/sh\necho $$ > "${root}/pid"\nexec "${needed("CTYS_LS")}" "$@"\n`);
  chmodSync(server, 0o755);
  return {
    folder,
    settings: { "ctys.server.command": [server], "ctys.hosts": ["lab00", "lab01"] },
    environment: { CTYS_SSH_CONFIG: join(lab, "ssh_config") },
    /** Pulls a plug of a simulated host, or puts it back. */
    fault: (host, kind, ...rest) => execFileSync(needed("CTYS_LS"), ["lab", "fault", "--state", lab, host, kind, ...rest]),
    read: (path) => readFileSync(join(folder, path), "utf8"),
    pid: () => Number(readFileSync(join(root, "pid"), "utf8")),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
