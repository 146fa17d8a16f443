"""The simulated ``xl``'s tables: list, vm-list, vcpu-list, uptime, network-list, block-list, channel-list, domid, domname."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ctys_ls.lab.hypervisor import Domain
from ctys_ls.lab.tools.call import Call, Machine, options
from ctys_ls.lab.tools.xljson import as_text, entry, entry_of_dom0

ZERO_UUID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Line:
    """One domain as tables show it; domain 0 is one too."""

    name: str
    domid: int
    uuid: str
    memory: int
    vcpus: int
    flags: str
    seconds: float
    uptime: float


def lines(machine: Machine) -> list[Line]:
    """All domains, domain 0 first, then in the order of their start."""
    hypervisor = machine.hypervisor
    age = time.time() - hypervisor.booted_at
    dom0 = Line("Domain-0", 0, ZERO_UUID, hypervisor.dom0_memory, 1, "r-----", 60 + age, age)
    return [dom0, *(_line(domain) for _, domain in sorted(hypervisor.domains.items()))]


def _line(domain: Domain) -> Line:
    config = domain.config
    return Line(
        domain.name,
        domain.domid,
        config.uuid,
        config.memory,
        config.vcpus,
        domain.flags,
        domain.cpu_seconds,
        domain.uptime,
    )


def chosen(machine: Machine, call: Call, who: str) -> Line | None:
    """The domain that an argument names; else what xl says about it is printed."""
    for line in lines(machine):
        if who in (line.name, str(line.domid)):
            return line
    if who.isdigit():
        call.err(f"Error: Domain '{who}' does not exist.\n")
    else:
        call.err(f"{who} is an invalid domain identifier (rc=-6)\n")
    return None


async def list_domains(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl list [-l] [-v] [-Z] [-c] [-n] [DOMAIN]``."""
    found, rest = options(args, "lvZcnh", ["long", "verbose", "context", "cpupool", "numa", "help"])
    rows = lines(machine)
    if rest:
        one = chosen(machine, call, rest[0])
        if one is None:
            return 1
        rows = [one]
    if "-l" in found or "--long" in found:
        domains = machine.hypervisor.domains
        entries = [entry(domains[r.domid]) if r.domid else entry_of_dom0(machine) for r in rows]
        call.out(as_text(entries) + "\n")
        return 0
    verbose = "-v" in found or "--verbose" in found
    call.out("Name                                        ID   Mem VCPUs\tState\tTime(s)")
    call.out("   UUID                            Reason-Code\tSecurity Label\n" if verbose else "\n")
    call.out("".join(_row(row, verbose=verbose) for row in rows))
    return 0


def _row(row: Line, *, verbose: bool) -> str:
    text = f"{row.name:<40} {row.domid:5d} {row.memory:5d} {row.vcpus:5d}     {row.flags}  {row.seconds:8.1f}"
    reason = {"s": "0", "c": "3"}.get(row.flags[3], "-") if row.flags[4] != "c" else "3"
    return f"{text} {row.uuid} {reason:>8} {'-':>16}\n" if verbose else f"{text}\n"


async def vm_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl vm-list``."""
    options(args, "h")
    call.out("UUID                                  ID    name\n")
    call.out("".join(f"{row.uuid}  {row.domid}    {row.name:<30}\n" for row in lines(machine)))
    return 0


def _several(machine: Machine, call: Call, names: Sequence[str]) -> tuple[list[Line], int]:
    """The domains that are named, without names all, up to the first that xl does not know; and its exit status."""
    rows: list[Line] = []
    for name in names:
        line = chosen(machine, call, name)
        if line is None:
            return rows, 1
        rows.append(line)
    return rows if names else lines(machine), 0


async def vcpu_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl vcpu-list [DOMAIN ...]``."""
    _, rest = options(args, "h")
    call.out(
        f"{'Name':<32} {'ID':>5} {'VCPU':>5} {'CPU':>5} {'State':>5} {'Time(s)':>9} Affinity (Hard / Soft)\n"
    )
    rows, status = _several(machine, call, rest)
    for row in rows:
        for cpu in range(row.vcpus):
            state = "".join(row.flags[:2]) + "-"
            seconds = row.seconds / row.vcpus
            call.out(f"{row.name:<32} {row.domid:5d} {cpu:5d} {cpu:4d}   {state} {seconds:9.1f}  all / all\n")
    return status


async def uptime(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl uptime [-s] [DOMAIN ...]``."""
    _, rest = options(args, "sh", ["short"])
    rows, status = _several(machine, call, rest)
    if status:
        # All names are looked up before anything is printed.
        return status
    call.out(f"{'Name':<33} {'ID':>4} Uptime\n")
    for row in rows:
        minutes, seconds = divmod(int(row.uptime), 60)
        hours, minutes = divmod(minutes, 60)
        call.out(f"{row.name:<33} {row.domid:4d} {hours:2d}:{minutes:02d}:{seconds:02d}\n")
    return 0


async def sched_credit2(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl sched-credit2``: weights are all the default."""
    options(args, "h")
    call.out("Cpupool Pool-0: ratelimit=1000us\n")
    call.out(f"{'Name':<33} {'ID':>4} {'Weight':>6} {'Cap':>4}\n")
    call.out("".join(f"{row.name:<33} {row.domid:4d} {256:6d} {0:4d}\n" for row in lines(machine)))
    return 0


async def domid(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl domid NAME``."""
    _, rest = options(args, "h")
    for row in lines(machine):
        if row.name == rest[0]:
            call.out(f"{row.domid}\n")
            return 0
    call.err(f"Can't get domid of domain name '{rest[0]}', maybe this domain does not exist.\n")
    return 1


async def domname(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl domname ID``."""
    _, rest = options(args, "h")
    if not rest[0].isdigit():
        call.err("Invalid domain id.\n\n")
        return 1
    for row in lines(machine):
        if row.domid == int(rest[0]):
            call.out(f"{row.name}\n")
            return 0
    call.err(f"Can't get domain name of domain id '{rest[0]}', maybe this domain does not exist.\n")
    return 1


async def network_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl network-list DOMAIN ...``."""
    _, rest = options(args, "h")
    call.out(
        f"{'Idx':<3} {'BE':<2} {'Mac Addr.':<17} {'handle':<6} {'state':<5} {'evt-ch':<6} {'tx-':>5}/{'rx-ring-ref':<5} "
        f"{'BE-path':<30}\n"
    )
    rows, status = _several(machine, call, rest)
    for row in rows:
        domain = machine.hypervisor.domains.get(row.domid)
        for index, vif in enumerate(domain.config.vifs if domain else ()):
            path = f"/local/domain/0/backend/vif/{row.domid}/{index}"
            call.out(
                f"{index:<3d} {0:<2d} {vif.mac:<17}{index:6d} {4:5d} {-1:6d} {520:5d}/{521:<11d} {path:<30}\n"
            )
    return status


async def channel_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl channel-list DOMAIN ...``; the form is that of xl's source, there is no capture with a channel."""
    _, rest = options(args, "h")
    call.out(f"{'Idx':<3} {'BE':<2} {'state':<5} {'evt-ch':<6} {'ring-ref':>8} {'connection':<10} {'':<30}\n")
    rows, status = _several(machine, call, rest)
    for row in rows:
        domain = machine.hypervisor.domains.get(row.domid)
        for index, channel in enumerate(domain.config.connections if domain else ()):
            kind, _, path = channel.partition(" ")
            shown = path or f"/dev/pts/{100 + row.domid + index}"
            call.out(f"{index + 1:<3d} {0:<2d} {1:<5d} {-1:<6d} {-1:<8d} {kind:<10} {shown:<30} \n")
    return status


async def block_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl block-list DOMAIN ...``."""
    _, rest = options(args, "h")
    call.out(
        f"{'Vdev':<5} {'BE':<3} {'handle':<6} {'state':<5} {'evt-ch':<6} {'ring-ref':<8} {'BE-path':<30}\n"
    )
    for name in rest:
        row = next((row for row in lines(machine) if name in (row.name, str(row.domid))), None)
        if row is None:
            call.err(f"{name} is an invalid domain identifier\n")
            continue
        domain = machine.hypervisor.domains.get(row.domid)
        for index, _disk in enumerate(domain.config.disks if domain else ()):
            vdev = 51712 + 16 * index
            path = f"/local/domain/0/backend/vbd/{row.domid}/{vdev}"
            call.out(f"{vdev:<5d} {0:<3d} {row.domid:<6d} {4:<5d} {8:<6d} {8:<8d} {path:<30}\n")
    return 0
