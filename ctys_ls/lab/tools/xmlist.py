"""What the simulated ``xm`` tells of guests and of the host."""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.lab.tools.call import Call, Machine, options
from ctys_ls.lab.tools.xlinfo import facts
from ctys_ls.lab.tools.xllist import lines
from ctys_ls.lab.tools.xmguest import XmError, guest, rows_of
from ctys_ls.lab.tools.xmsxp import dom0_text, domain_text


async def list_domains(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm list [-l|--long] [DOMAIN ...]``."""
    found, rest = options(args, "l", ["long", "label", "state="])
    rows = lines(machine)
    for who in rest:
        if not any(who in (row.name, str(row.domid)) for row in rows):
            raise XmError(f"Domain '{who}' does not exist.")
    if rest:
        rows = [row for row in rows if row.name in rest or str(row.domid) in rest]
    if "-l" in found or "--long" in found:
        domains = machine.hypervisor.domains
        call.out(
            "".join(domain_text(domains[row.domid]) if row.domid else dom0_text(machine) for row in rows)
        )
        return 0
    call.out(f"{'Name':<40} {'ID':>5} {'Mem':>5} {'VCPUs':>5} {'State':>10} {'Time(s)':>9}\n")
    for row in rows:
        call.out(
            f"{row.name:<40} {row.domid:>5} {row.memory:5d} {row.vcpus:>5} {row.flags:>10} {row.seconds:8.1f}\n"
        )
    return 0


async def domid(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm domid NAME``."""
    found = [row for row in lines(machine) if args and row.name == args[0]]
    if not found:
        raise XmError(f"Domain '{' '.join(args)}' does not exist.")
    call.out(f"{found[0].domid}\n")
    return 0


async def domname(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm domname ID``."""
    found = [row for row in lines(machine) if args and str(row.domid) == args[0]]
    if not found:
        raise XmError(f"Domain '{' '.join(args)}' does not exist.")
    call.out(f"{found[0].name}\n")
    return 0


async def info(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm info``."""
    options(args, "nc")
    later = {
        "max_cpu_id",
        "sharing_freed_memory",
        "sharing_used_memory",
        "outstanding_claims",
        "free_cpus",
        "build_id",
    }
    older = {"xen_minor": "0", "xen_extra": ".1", "xen_version": ""}
    for key, value in facts(machine):
        if key not in later and older.get(key, " "):
            call.out(f"{key:<23}: {older.get(key, value)}\n")
    return 0


async def uptime(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm uptime [-s] [DOMAIN ...]``."""
    _, rest = options(args, "s")
    call.out(f"{'Name':<33} {'ID':>4} Uptime\n")
    for row in rows_of(machine, rest):
        minutes, seconds = divmod(int(row.uptime), 60)
        call.out(f"{row.name:<33} {row.domid:>4} {minutes // 60:>2}:{minutes % 60:02d}:{seconds:02d}\n")
    return 0


async def vcpu_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm vcpu-list [DOMAIN ...]``."""
    call.out(
        f"{'Name':<32} {'ID':>5} {'VCPU':>5} {'CPU':>5} {'State':>5} {'Time(s)':>9} {'CPU Affinity':>12}\n"
    )
    for row in rows_of(machine, args):
        for cpu in range(row.vcpus):
            shown = f"{cpu:>5} {cpu:>5} {row.flags[:2]}- {row.seconds / row.vcpus:>9.1f}"
            call.out(f"{row.name:<32} {row.domid:>5} {shown}   any cpu\n")
    return 0


async def network_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm network-list DOMAIN``."""
    domain = guest(machine, args)[0]
    call.out(
        f"{'Idx':<3} {'BE':<3} {'MAC Addr.':>13} {'handle':>9} {'state':>5} {'evt-ch':>6} {'tx-/rx-ring-ref':>15} BE-path\n"
    )
    for index, vif in enumerate(domain.config.vifs):
        path = f"/local/domain/0/backend/vif/{domain.domid}/{index}"
        call.out(
            f"{index:<3} {0:<3} {vif.mac:<17} {index:>4}   {4:>4}   {9:>4}   {768:>5}/{769:<5}   {path}\n"
        )
    return 0


async def block_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm block-list DOMAIN``."""
    domain = guest(machine, args)[0]
    call.out(
        f"{'Vdev':>5} {'BE':>3} {'handle':>6} {'state':>5} {'evt-ch':>6} {'ring-ref':>8} {'BE-path':>7}\n"
    )
    for index in range(len(domain.config.disks)):
        vdev = 51712 + 16 * index
        path = f"/local/domain/0/backend/vbd/{domain.domid}/{vdev}"
        call.out(f"{vdev:>5} {0:>3}    {0:>3}    {4:>4}   {8:>4}   {8:>6}     {path}\n")
    return 0
