"""What the simulated ``xm`` does with guests that run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ctys_ls.lab.guestos import End
from ctys_ls.lab.hypervisor import NameTakenError
from ctys_ls.lab.tools import xlstate
from ctys_ls.lab.tools.call import Call, Machine, options
from ctys_ls.lab.tools.xmguest import XmError, guest


async def shutdown(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm shutdown [-w] [-a] DOMAIN``."""
    return await _stop(machine, call, args, End.POWEROFF)


async def reboot(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm reboot [-w] [-a] DOMAIN``."""
    return await _stop(machine, call, args, End.REBOOT)


async def _stop(machine: Machine, call: Call, args: Sequence[str], end: End) -> int:
    found, _ = options(args, "waRH")
    if "-a" in found:
        domains = list(machine.hypervisor.domains.values())
    else:
        domains = [guest(machine, args, "waRH")[0]]
    for domain in domains:
        machine.hypervisor.ask(domain, end)
    if "-w" in found:
        await asyncio.gather(*(domain.gone.wait() for domain in domains))
        call.out(
            "".join(f"Domain {domain.name} terminated\n" for domain in domains) + "All domains terminated\n"
        )
    return 0


async def destroy(machine: Machine, _: Call, args: Sequence[str]) -> int:
    """``xm destroy DOMAIN``."""
    machine.hypervisor.destroy(guest(machine, args)[0])
    return 0


async def pause(machine: Machine, _: Call, args: Sequence[str]) -> int:
    """``xm pause DOMAIN``."""
    machine.hypervisor.pause(guest(machine, args)[0])
    return 0


async def unpause(machine: Machine, _: Call, args: Sequence[str]) -> int:
    """``xm unpause DOMAIN``."""
    machine.hypervisor.unpause(guest(machine, args)[0])
    return 0


async def rename(machine: Machine, _: Call, args: Sequence[str]) -> int:
    """``xm rename DOMAIN NAME``."""
    domain, _found = guest(machine, args)
    if len(args) != 2:
        raise XmError("Missing <NewDomainName>")
    try:
        machine.hypervisor.rename(domain, args[1])
    except NameTakenError as error:
        raise XmError(f"Domain '{args[1]}' already exists with ID '{error.domid}'") from None
    return 0


async def console(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm console [-q] DOMAIN``."""
    return await xlstate.attach(machine, call, guest(machine, args, "q")[0])
