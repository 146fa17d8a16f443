"""The simulated ``ps``: the processes that the simulated host knows of, in the one form that ctys-ls asks for.

Consoles that are attached show as the xenconsole that the real xl becomes; what else runs there a test or a person has
put into ``machine.processes``. Every other form is the real machine's (see ``standins``).
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ctys_ls.lab.tools.call import Call, Machine, Tool

_CONSOLE = "/usr/libexec/xen/bin/xenconsole {domid} --num {number} --type pv"


async def ps(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``ps -ww -eo pid=,user:32=,group:32=,args=``."""
    del args
    for pid, (user, group, command) in sorted(machine.processes.items()):
        call.out(f"{pid:>7} {user:<32} {group:<32} {command}\n")
    return 0


@contextmanager
def attached(machine: Machine, call: Call, domid: int, number: int) -> Iterator[None]:
    """Show the caller as a console of a guest."""
    user = "root" if call.privilege else getpass.getuser()
    machine.processes[call.pid] = (user, user, _CONSOLE.format(domid=domid, number=number))
    try:
        yield
    finally:
        machine.processes.pop(call.pid, None)


TOOLS: dict[str, Tool] = {"ps": ps}
