"""The lines of the page that open a console, typed into an editor in front of real hosts.

The editor's user is acue on lab00, where every line has -Z KSU, and root on lab01, where none has.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import psutil
from terminals import BIN, environment, until
from xenlab.desk import Desk
from xenlab.guests import Guests
from xenlab.page_lines import LINES
from xenlab.use_cases import CASES, SLOW

#: UC-01 … UC-17 and UC-20 … UC-23, without those whose console is NONE or, as UC-20 and UC-21, not to be seen.
NAMES = tuple(name for name in CASES if name <= "UC-23" and CASES[name].console)
#: gnome-terminal wants a desktop's session bus. What follows its "--" runs in a real xterm.
_GNOME_TERMINAL = """#!/bin/sh
# Stands in for gnome-terminal, which needs a desktop: the same words open an xterm.
while [ "$1" != -- ]; do shift; done
shift
exec xterm -e "$@"
"""


def line_of(name: str) -> str:
    """The line as a prompt takes it: in one line, the shell's variable filled in by the shell before."""
    return LINES[name].replace("\\\n", " ").replace("$HOME", "/homen/acue")


def editor_env(desk: Desk, folder: Path) -> dict[str, str]:
    """The environment of an editor whose user has ``desk.home``; windows and viewers are real ones."""
    programs = folder / "programs"
    programs.mkdir()
    terminal = programs / "gnome-terminal"
    terminal.write_text(_GNOME_TERMINAL)
    terminal.chmod(terminal.stat().st_mode | stat.S_IXUSR)
    config = desk.hosts.config(lab00="acue", lab01="root")
    return {**environment(desk.home, config), "PATH": f"{programs}:{BIN}:{os.environ['PATH']}"}


@dataclass(frozen=True)
class Attached:
    """What a line is asked of outside of the editor: the host's own console client, or a real viewer with a tunnel."""

    name: str
    guests: Guests

    def await_it(self) -> None:
        """Wait until the guest runs and its console (its screen) is attached."""
        until(lambda: self.guests.state("tst100") == "running", f"{self.name}: tst100 running", SLOW)
        if CASES[self.name].console == "VNC":
            return
        until(self._clients, f"{self.name}: a console client on the host", SLOW)

    def await_end(self) -> None:
        """Wait until the host has no console client any more."""
        until(lambda: not self._clients(), f"{self.name}: end of the console on the host", SLOW)

    def _clients(self) -> str:
        number = self.guests.domains()["tst100"].id
        return self.guests.ask(f"ps -eo args | grep '[x]enconsole {number} ' || true")


def viewers(display: str) -> list[psutil.Process]:
    """The real viewers on a display."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if "vncviewer" in process.info["name"] and process.environ().get("DISPLAY") == display:
                found.append(process)
        except psutil.Error:
            continue
    return found
