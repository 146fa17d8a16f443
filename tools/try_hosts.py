"""Two real Xen hosts to play with, lab00 and lab01: emulated by QEMU, started here, ended by Ctrl-C."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from xenlab.fixtures import start_hosts, stop_hosts  # noqa: E402
from xenlab.host import missing_parts  # noqa: E402

FOLDER = ROOT / ".cache" / "lab"
NEXT = """\
{xen} on lab00 and lab01, real hosts under QEMU's emulation (slow, and complete). They are as new at every start.

In another terminal, in this directory:
  export CTYS_SSH_CONFIG={config}
  export PATH={bin}:$PATH
  make emacs                      Emacs on these hosts
  make vscode                     VS Code on these hosts
  ctys -t xen -a create=l:tst100,CONSOLE:cli lab00      start a guest; log in as root, leave with ^]
  ctys -a list lab00 lab01
  ssh -F $CTYS_SSH_CONFIG lab00   a shell on the host itself

Guests: tst100 (with a VNC screen), tst101, tst102 (a disk and pyGRUB), tst103 (PVH), tst104 (small, no Linux).
Users: root; acue@lab00 has the rights of -Z SUDO, and those of -Z KSU after "kinit -k -t .keytab acue" there;
chkusr@lab00 has those of -Z SUDO with the password "lab"; visitor@lab00 has none.

Ctrl-C ends the hosts."""


def main() -> int:
    """Run until Ctrl-C or a hangup; nothing is left of the hosts."""
    missing = missing_parts()
    if missing:
        print(f"real Xen hosts need {' '.join(missing)} (packages; root builds the image)", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, mode=0o700)
    print(
        "Starting two Xen hosts; the first time this builds their image, which takes some minutes.",
        flush=True,
    )
    hosts = {}
    try:
        running = start_hosts(FOLDER)
        hosts = running.hosts
        xen = running["lab00"].ssh("xl info | sed -n 's/^xen_version *: //p'").stdout.strip()
        print(
            NEXT.format(xen=f"Xen {xen} runs", config=running.ssh_config, bin=Path(sys.executable).parent),
            flush=True,
        )
        while not [name for name, host in hosts.items() if host.machine.ended]:
            time.sleep(1)
        print(
            "a host has ended by itself:", *[host.machine.ended for host in hosts.values()], file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        print("\nThe hosts end.")
        return 0
    finally:
        stop_hosts(hosts)
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
