"""The README's walk is what this prints: the page's walk in a terminal, on a real Xen host as new, checked by xl at each step.

CTYS_WRITE_WALK=1 writes it; without it a README that differs from what the host says fails.
"""

import difflib
import os
import re
from pathlib import Path

import pytest
from xenlab.desk import Desk
from xenlab.guests import Guests

pytestmark = [pytest.mark.xen, pytest.mark.timeout(400)]

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- walk: by tests/xen/test_walk_record.py -->\n", "<!-- end of the walk -->"
#: Line, what xl says of the guest afterwards.
STEPS = (
    ("ctys -t xen -a create=l:tst100,CONSOLE:none lab00'(-Z KSU)'", "running"),
    ("ctys -t xen -a create=l:tst100,CONSOLE:cli,connect lab00'(-Z KSU)'", "running"),
    ("ctys -a list lab00'(-Z KSU)'", "running"),
    ("ctys -t xen -a cancel=l:tst100,SUSPEND lab00'(-Z KSU)'", "absent"),
    ("ctys -t xen -a create=l:tst100,RESUME,CONSOLE:none lab00'(-Z KSU)'", "running"),
    ("ctys -t xen -a cancel=l:tst100,POWEROFF:60 lab00'(-Z KSU)'", "absent"),
)
#: An ordinary user with a Kerberos ticket, as on the page.
USER = "acue"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
#: What the guest's kernel and login say comes as it comes.
_LOGS = re.compile(r"\[ *\d+\.\d+\]|login\[\d+\]: ")


def test_the_walk(desk: Desk, lab00: Guests):
    parts = []
    for line, state in STEPS:
        printed = _connected(desk, line) if "connect" in line else _printed(desk, line)
        assert lab00.state("tst100") == state, printed
        parts.append(f"$ {line}\n{printed}")
    before, begin, rest = README.read_text().partition(BEGIN)
    shown, end, after = rest.partition(END)
    assert begin, "README.md has no walk"
    assert end, "the walk in README.md has no end"
    walk = f"```console\n{''.join(parts)}```\n"
    if os.environ.get("CTYS_WRITE_WALK"):
        README.write_text(f"{before}{BEGIN}{walk}{END}{after}")
        return
    changes = list(difflib.unified_diff(shown.splitlines(), walk.splitlines(), "README.md", "the host"))
    assert not changes, "\n".join(changes)


def _printed(desk: Desk, line: str) -> str:
    done = desk.run(line, USER)
    assert done.returncode == 0, done.stderr
    return "".join(f"{row.rstrip()}\n" for row in done.stdout.splitlines())


def _connected(desk: Desk, line: str) -> str:
    """Log in at the guest's console, ask for its name, and leave it with ^]."""
    terminal = desk.terminal(line, USER)
    try:
        for wanted, typed in (("login: ", "root"), ("# ", "uname -sn"), ("# ", None)):
            terminal.see(wanted)
            if typed is not None:
                terminal.line(typed)
        terminal.type("\x1d")
        assert terminal.end() == 0
    finally:
        terminal.close()
    rows = map(_shown, terminal.seen.split("\n"))
    return "".join(f"{row}\n" for row in rows if row and not _LOGS.match(row))


def _shown(row: str) -> str:
    """What is left on the screen of a row that was written over."""
    return _CONTROL.sub("", row.rstrip("\r").rpartition("\r")[2]).rstrip()
