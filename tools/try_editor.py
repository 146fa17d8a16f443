"""Start the real editor on hosts, ready to type: ``try_editor.py emacs|vscode``.

The hosts are those of CTYS_SSH_CONFIG where that is set (``make lab`` has two real ones), else two simulated ones.

A folder with a healthy guest, a guest whose file is full of mistakes, and a page of command lines is opened; hosts and
folder are gone when the editor ends.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MISTAKES = """\
# Nearly every line has a mistake: look, hover, and let the fixes do it.
name = "tst102"
uuid = "6842caf91e3e43249ed596b8b9f2c5c3"
kernel = "/boot/vmlinuz"
memroy = 128
memory = 0128
vcpus = -1
vif = [ "mac=00:50:56:13:11,bridge=xenbr0" ]
disk = [ "file:/srv/tst102.img,xvda,w!" ]
builder = "linux"
on_reboot = "restrat"
vncconsole = 1
"""
LINES = """\
# Command lines of ctys. Put the cursor on one: the editor explains, plans and runs it.
ctys -t xen -a create=l:tst100,CONSOLE:none lab00
ctys -a list lab00 lab01
ctys -t xen -a create=l:tst100,CONSOLE:emacsam,connect lab00
ctys -t xen -- '(-Z KSU)' \\
    lab00'( -a create=f:xen/tst-ctys/tst101/tst101.conf,CONSOLE:none )' \\
    lab01'( -a create=f:xen/tst-ctys/tst101/tst101.conf,CONSOLE:none )'
ctys -t xen -a cancel=l:tst100,POWEROFF:0 lab00
"""


def workspace(folder: Path, home: Path) -> None:
    """Fill ``folder`` with what there is to try; the healthy guest is the one of the simulated hosts."""
    shutil.copytree(home / "xen", folder / "xen")
    faulty = folder / "xen" / "tst-ctys" / "tst102"
    faulty.mkdir(exist_ok=True)
    (faulty / "tst102.conf").write_text(MISTAKES, encoding="utf-8")
    (folder / "walk.ctys").write_text(LINES, encoding="utf-8")


def command(editor: str, folder: Path) -> list[str]:
    """The argument list that starts the editor in this terminal or on this screen."""
    if editor == "emacs":
        # Not -Q: that would hide the packages of a distribution, eglot among them.
        return ["emacs", "-q", "-l", str(ROOT / "editors/emacs/try.el"), str(folder)]
    return ["sh", str(ROOT / "tests/editors/vscode/try.sh"), str(folder)]


def main() -> int:
    """Run it; the exit status is the editor's."""
    if sys.argv[1:] not in (["emacs"], ["vscode"]):
        print("usage: try_editor.py emacs|vscode", file=sys.stderr)
        return 2
    editor, config = sys.argv[1], os.environ.get("CTYS_SSH_CONFIG")
    with tempfile.TemporaryDirectory(prefix="ctys-try-") as name:
        folder = Path(name) / "ctys"
        if config:
            return edit(editor, folder, ROOT / "tests/xenlab/guests", config)
        state, lab = Path(name) / "hosts", [sys.executable, "-m", "ctys_ls", "lab"]
        up = subprocess.run(
            [*lab, "up", "--state", state, "--format", "json"], stdout=subprocess.PIPE, check=False
        )
        if up.returncode:
            return 1
        try:
            hosts = json.loads(up.stdout)
            return edit(editor, folder, Path(hosts["hosts"][0]["home"]), hosts["sshConfig"])
        finally:
            subprocess.run([*lab, "down", "--state", state], stdout=subprocess.DEVNULL, check=False)


def edit(editor: str, folder: Path, home: Path, config: str) -> int:
    """Run the editor in ``folder``, which gets the guests of ``home``, until it ends."""
    folder.mkdir()
    workspace(folder, home)
    environment = {
        **os.environ,
        "CTYS_SSH_CONFIG": config,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    # Ctrl-C is the editor's: this one waits for it to end, and then ends the hosts.
    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.run(command(editor, folder), env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
