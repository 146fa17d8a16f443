"""What every command of the simulated ``xm`` needs: its errors, and guests by name or number."""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.lab.hypervisor import Domain
from ctys_ls.lab.tools.call import Machine, options
from ctys_ls.lab.tools.xllist import Line, lines


class XmError(Exception):
    """What is printed after ``Error: ``."""


def guest(machine: Machine, args: Sequence[str], letters: str = "") -> tuple[Domain, dict[str, str]]:
    """The guest that the first word names, and the options. Raises XmError."""
    found, rest = options(args, letters)
    if not rest:
        raise XmError("Missing <Domain>")
    domain = machine.hypervisor.find(rest[0])
    if domain is None:
        raise XmError(f"Domain '{rest[0]}' does not exist.")
    return domain, found


def rows_of(machine: Machine, names: Sequence[str]) -> list[Line]:
    """The guests that are named, all where none is. Raises XmError."""
    rows = lines(machine)
    for name in names:
        if not any(name in (row.name, str(row.domid)) for row in rows):
            raise XmError(f"Domain '{name}' does not exist.")
    return [row for row in rows if not names or row.name in names or str(row.domid) in names]
