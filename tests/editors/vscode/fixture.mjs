// What every workbench test starts from: a folder with domain files, the server, and simulated hosts.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
vif = [ 'mac=00:50:56:13:11:${label.slice(-2)},bridge=xenbr0' ]
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

/** Runs the program ctys on the simulated hosts and gives what it printed. */
export function ctys(...words) {
  const env = { ...process.env, CTYS_SSH_CONFIG: join(needed("CTYS_TEST_HOSTS"), "ssh_config") };
  return execFileSync(join(needed("CTYS_LS"), "../ctys"), words, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * The CREATE lines of the use-case page that have a console, UC-01 to UC-17 and UC-20 to UC-23: as one line each, with the
 * kind that it names, and what has to be done on the hosts before.
 */
export function useCases() {
  const suspend = () => ctys("-t", "xen", "-a", "cancel=l:tst100,SUSPEND", "lab01");
  const folder = join(needed("CTYS_TEST_HOSTS"), "hosts/lab01/home/xen/tst-ctys/tst100");
  const before = {
    "UC-21": () => {
      ctys("-t", "xen", "-a", "create=l:tst100,CONSOLE:none", "lab01");
      suspend();
      renameSync(join(folder, "tst100.stat"), join(folder, "mystate.stat"));
    },
    "UC-22": suspend,
    "UC-23": suspend,
  };
  const numbers = [...Array(17).keys()].map((at) => at + 1).concat([20, 21, 22, 23]);
  const page = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../../data/use-cases.json"), "utf8"));
  return numbers.map((number) => {
    const id = `UC-${String(number).padStart(2, "0")}`;
    const text = page.find((entry) => entry.id === id).text;
    // A user has the same home on all hosts of the page; a simulated host has one of its own.
    const line = text.replace(/\\\n/g, " ").replaceAll("$HOME", join(needed("CTYS_TEST_HOSTS"), "hosts/lab00/home"));
    const kind = (/CONSOLE:(\w+)/i.exec(line)?.[1] ?? "xterm").toUpperCase();
    // A guest that runs already is only attached to where the line says so.
    const off = () => number === 1 || /,connect/.test(line) || ctys("-t", "xen", "-a", "cancel=l:tst100,POWEROFF:0,FORCE", "lab00");
    return { id, line, kind, before: before[id] ?? off };
  });
}
