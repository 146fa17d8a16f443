"""docs/walk.md is what this prints: the page's walk in a terminal, on a real Xen host as new, checked by xl at each step.

CTYS_WRITE_WALK=1 writes the page; without it a page that differs from what the host says fails.
"""

import difflib
import os
import re
from pathlib import Path

import pytest
from xenlab.desk import Desk
from xenlab.guests import Guests

pytestmark = [pytest.mark.xen, pytest.mark.long, pytest.mark.timeout(400)]

PAGE = Path(__file__).parents[2] / "docs" / "walk.md"
HEAD = """\
# The walk of the use-case page, on a real Xen host

Written by `tests/xen/test_walk_record.py`, which runs these lines on a Xen host under QEMU's emulation and asks xl after
each of them; `make lab` has such hosts to try it on. The lines are the page's; what follows them was printed.
"""
#: Title, line, what xl says of the guest afterwards.
STEPS = (
    ("Create", "ctys -t xen -a create=l:tst100,CONSOLE:none lab00", "running"),
    ("Connect", "ctys -t xen -a create=l:tst100,CONSOLE:cli,connect lab00", "running"),
    ("List", "ctys -a list lab00", "running"),
    ("Suspend", "ctys -t xen -a cancel=l:tst100,SUSPEND lab00", "absent"),
    ("Resume", "ctys -t xen -a create=l:tst100,RESUME,CONSOLE:none lab00", "running"),
    ("Cancel", "ctys -t xen -a cancel=l:tst100,POWEROFF:60 lab00", "absent"),
)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
#: What the guest's kernel, login and sshd say comes as it comes: whole rows, and a message in the middle of one.
_LOGS = re.compile(r"\[ *\d+\.\d+\]|login\[\d+\]: ")
_SSHD = re.compile(r"\[\d+\] [A-Z][a-z]{2} +\d+ [\d:]{8} [^\r\n]*\r*\n")


def test_the_walk(desk: Desk, lab00: Guests):
    parts = [HEAD]
    for title, line, state in STEPS:
        printed = _connected(desk, line) if "connect" in line else _printed(desk, line)
        assert lab00.state("tst100") == state, printed
        parts.append(f"## {title}\n\n```console\n$ {line}\n{printed}```\n")
    page = "\n".join(parts)
    if os.environ.get("CTYS_WRITE_WALK"):
        PAGE.write_text(page)
    changes = list(
        difflib.unified_diff(PAGE.read_text().splitlines(), page.splitlines(), "docs/walk.md", "the host")
    )
    assert not changes, "\n".join(changes)


def _printed(desk: Desk, line: str) -> str:
    done = desk.run(line)
    assert done.returncode == 0, done.stderr
    return "".join(f"{row.rstrip()}\n" for row in done.stdout.splitlines())


def _connected(desk: Desk, line: str) -> str:
    """Log in at the guest's console, ask for its name, and leave it with ^]."""
    terminal = desk.terminal(line)
    try:
        for wanted, typed in (("login: ", "root"), ("# ", "uname -sn"), ("# ", None)):
            terminal.see(wanted)
            if typed is not None:
                terminal.line(typed)
        terminal.type("\x1d")
        assert terminal.end() == 0
    finally:
        terminal.close()
    rows = map(_shown, _SSHD.sub("", terminal.seen).split("\n"))
    return "".join(f"{row}\n" for row in rows if row and not _LOGS.match(row))


def _shown(row: str) -> str:
    """What is left on the screen of a row that was written over."""
    return _CONTROL.sub("", row.rstrip("\r").rpartition("\r")[2]).rstrip()
