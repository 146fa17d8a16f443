"""The simulated ``xl``'s acts on running domains: console, destroy, shutdown, reboot, pause, unpause, rename."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from ctys_ls.lab.console import Console, ConsoleBusyError
from ctys_ls.lab.guestos import End
from ctys_ls.lab.hypervisor import Domain, NameTakenError
from ctys_ls.lab.tools.call import Call, Machine, options
from ctys_ls.lab.tools.processes import attached

#: errno of EAGAIN: what xenconsole exits with when another one holds the lock.
_LOCKED = 11
#: errno of ENOENT, of a console that is not in the store.
_NO_TTY = 2


def guest(machine: Machine, call: Call, who: str) -> Domain | None:
    """The guest that an argument names; None after xl's words about one that does not exist."""
    domain = machine.hypervisor.find(who)
    if domain is None:
        call.err(f"{who} is an invalid domain identifier (rc=-6)\n")
    return domain


async def destroy(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl destroy DOMAIN``."""
    _, rest = options(args, "fh", ["force"])
    if rest[0] in ("0", "Domain-0"):
        call.err("Not destroying domain 0; use -f to force.\n")
        return 1
    domain = guest(machine, call, rest[0])
    if domain is None:
        return 1
    machine.hypervisor.destroy(domain)
    return 0


async def pause(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl pause DOMAIN``."""
    domain = guest(machine, call, options(args, "h")[1][0])
    if domain is None:
        return 1
    machine.hypervisor.pause(domain)
    return 0


async def unpause(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl unpause DOMAIN``."""
    domain = guest(machine, call, options(args, "h")[1][0])
    if domain is None:
        return 1
    machine.hypervisor.unpause(domain)
    return 0


async def rename(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl rename DOMAIN NAME``."""
    _, rest = options(args, "h")
    domain = guest(machine, call, rest[0])
    if domain is None:
        return 1
    try:
        if rest[1] == "Domain-0":
            raise NameTakenError(0)
        machine.hypervisor.rename(domain, rest[1])
    except NameTakenError:
        call.err(
            f"libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain {domain.domid}:"
            f"Domain with name \"{rest[1]}\" already exists.\nCan't rename domain '{rest[0]}'.\n"
        )
        return 1
    return 0


async def shutdown(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl shutdown [-w] [-F] -a|DOMAIN``."""
    return await _stop(machine, call, args, End.POWEROFF)


async def reboot(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl reboot [-w] [-F] -a|DOMAIN``."""
    return await _stop(machine, call, args, End.REBOOT)


async def _stop(machine: Machine, call: Call, args: Sequence[str], end: End) -> int:
    found, rest = options(args, "aFwh", ["all", "wait"])
    if "-a" in found or "--all" in found:
        domains = list(machine.hypervisor.domains.values())
    elif not rest:
        call.err("You must specify -a or a domain id.\n\n")
        return 1
    else:
        domain = guest(machine, call, rest[0])
        if domain is None:
            return 1
        domains = [domain]
    act = "Shutting down" if end is End.POWEROFF else "Rebooting"
    for domain in domains:
        call.err(f"{act} domain {domain.domid}\n")
        machine.hypervisor.ask(domain, end)
    if "-w" in found or "--wait" in found:
        call.err(f"Waiting for {len(domains)} domains\n")
        await call.flush()
        await asyncio.gather(*(_wait(call, domain) for domain in domains))
    return 0


async def _wait(call: Call, domain: Domain) -> None:
    await domain.down.wait()
    if domain.end is None:
        call.err(f"Domain {domain.domid} has been destroyed\n")
    else:
        call.err(f"Domain {domain.domid} has been shut down, reason code {int(domain.end)}\n")
    await call.flush()


async def console(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl console [-t pv|serial] [-n NUMBER] DOMAIN``: until ^], the end of standard input, or of the domain.

    As in the real one the number counts only together with a type (tools/xl/xl_console.c); the first console is meant
    otherwise, which of a HVM guest is its serial line, where its file has one.
    """
    found, rest = options(args, "n:t:h")
    domain = guest(machine, call, rest[0])
    if domain is None:
        return 1
    kind, number = found.get("-t", ""), int(found.get("-n", "0"))
    if kind not in ("", "pv", "serial", "vuart"):
        call.err("console type supported are: pv, serial, vuart\n")
        return 1
    first = "serial" if domain.config.kind == "hvm" else "pv"
    if (kind or first) == "serial" and "serial" in domain.config.given and not number:
        return await attach(machine, call, domain)
    if (kind or first) == "pv" and not (kind and number):
        return await attach(machine, call, domain)
    if kind == "pv" and number in domain.more:
        return await attach(machine, call, domain, number)
    call.err("xenconsole: Could not read tty from store: No such file or directory\n")
    return _NO_TTY


async def attach(machine: Machine, call: Call, domain: Domain, number: int = 0) -> int:
    """Connect the caller to a console, as xenconsole does. A second caller is refused, as by its lock file."""
    console = domain.more[number] if number else domain.console
    output = console.attach()
    call.want_input()
    typing = asyncio.ensure_future(_type(call, console))
    showing = asyncio.ensure_future(_show(call, output))
    try:
        with attached(machine, call, domain.domid, number):
            await asyncio.wait((typing, showing), return_when=asyncio.FIRST_COMPLETED)
        if showing.done():
            showing.result()
        return 0
    except ConsoleBusyError:
        call.err(
            f"xenconsole: Could not lock /var/lock/xenconsole.{domain.domid}: Resource temporarily unavailable\n"
        )
        return _LOCKED
    finally:
        for task in (typing, showing):
            task.cancel()
        await asyncio.gather(typing, showing, return_exceptions=True)
        await output.aclose()


async def _type(call: Call, console: Console) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while data := await call.read():
            console.type(data)


async def _show(call: Call, output: AsyncIterator[bytes]) -> None:
    async for chunk in output:
        call.out(chunk)
        await call.flush()
