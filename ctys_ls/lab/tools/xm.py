"""The simulated ``xm`` of Xen 3 and 4.0, from its documented output.

There is no capture of a real one to hold it against: forms follow the manual and the output that its users published.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

from ctys_ls.lab.confreader import ConfError, read_conf, text_of
from ctys_ls.lab.guest import GuestConfig, GuestError, guest_of
from ctys_ls.lab.guestos import End
from ctys_ls.lab.hypervisor import Domain, NameTakenError
from ctys_ls.lab.tools import xlstate
from ctys_ls.lab.tools.call import BadOptionError, Call, Machine, Tool, options
from ctys_ls.lab.tools.xlcreate import saved
from ctys_ls.lab.tools.xlinfo import dmesg, facts
from ctys_ls.lab.tools.xllist import Line, lines
from ctys_ls.lab.tools.xmsxp import dom0_text, domain_text

_NOT_SIMULATED = frozenset(
    [
        "addlabel",
        "block-attach",
        "block-configure",
        "block-detach",
        "button",
        "cpupool-list",
        "debug-keys",
        "delete",
        "dry-run",
        "dump-core",
        "dumppolicy",
        "getlabel",
        "getpolicy",
        "labels",
        "list-label",
        "log",
        "makepolicy",
        "mem-max",
        "mem-set",
        "migrate",
        "network-attach",
        "network-detach",
        "new",
        "pci-attach",
        "pci-detach",
        "pci-list",
        "rmlabel",
        "sched-credit",
        "sched-sedf",
        "serve",
        "setpolicy",
        "start",
        "suspend",
        "resume",
        "sysrq",
        "top",
        "trigger",
        "tmem-list",
        "usb-add",
        "vcpu-pin",
        "vcpu-set",
        "vnet-list",
        "vtpm-list",
        "reset",
    ]
)
_SAVED = b"LinuxGuestRecord"
_DENIED = "Error: Most commands need root access. Please try again as root.\n"


class XmError(Exception):
    """What is printed after ``Error: ``."""


async def xm(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm SUBCOMMAND ...``."""
    if not args or args[0] in ("help", "--help", "-h"):
        call.out("Usage: xm <subcommand> [args]\n\nControl, list, and manipulate Xen guest instances.\n\n")
        call.out("xm full list of subcommands (simulated):\n\n" + "".join(f" {name}\n" for name in COMMANDS))
        return 0 if args else 1
    command = COMMANDS.get(args[0])
    try:
        if args[0] in _NOT_SIMULATED:
            raise XmError(f"xm {args[0]} is not simulated (ctys-ls lab)")
        if command is None:
            raise XmError(f"Subcommand {args[0]} not found!")
        if machine.faults.refuses(call.privilege):
            call.err(_DENIED)
            return 1
        return await command(machine, call, args[1:])
    except BadOptionError as error:
        call.err(f"Error: option -{error} not recognized\nUsage: xm {args[0]}\n")
    except XmError as error:
        call.err(f"Error: {error}\n")
    return 1


def _guest(machine: Machine, args: Sequence[str], letters: str = "") -> tuple[Domain, dict[str, str]]:
    found, rest = options(args, letters)
    if not rest:
        raise XmError("Missing <Domain>")
    domain = machine.hypervisor.find(rest[0])
    if domain is None:
        raise XmError(f"Domain '{rest[0]}' does not exist.")
    return domain, found


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


async def create(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm create FILE [-c] [-p] [-q] [-n] [KEY=VALUE ...]``."""
    found, rest = options(args, "cpqnf:", ["defconfig=", "quiet", "dryrun", "paused"])
    files = [word for word in rest if "=" not in word]
    name = found.get("-f", found.get("--defconfig", files[0] if files else "xmdefconfig"))
    path = next((p for p in (call.path(name), Path("/etc/xen") / name) if p.is_file()), None)
    if path is None:
        raise XmError(f"Unable to open config file: {name}")
    if "-q" not in found and "--quiet" not in found:
        call.out(f'Using config file "{path}".\n')
    config = _config(path, [word for word in rest if "=" in word])
    if "-n" in found or "--dryrun" in found:
        return 0
    domain = await _build(machine, config, paused="-p" in found)
    call.out(f"Started domain {domain.name} (id={domain.domid})\n")
    return await xlstate.attach(machine, call, domain) if "-c" in found else 0


def _config(path: Path, extra: list[str]) -> GuestConfig:
    """The guest of a file. xm takes the file's name where ``name`` is missing, and its files were Python text."""
    source = path.read_bytes().decode("utf-8", errors="surrogateescape")
    try:
        conf = read_conf("\n".join([source, *extra]))
        conf.values.setdefault("name", path.name)
        if re.fullmatch("[0-9a-fA-F]{32}", uuid := text_of(conf, "uuid")):
            # xm wrote and read UUIDs without hyphens too, which xl refuses.
            conf.values["uuid"] = str(UUID(uuid))
        return guest_of(conf, source, str(path))
    except ConfError as error:
        raise XmError(f"invalid syntax ({path.name}, line {str(error).partition(':')[0]})") from None
    except GuestError as error:
        raise XmError(str(error)) from None


async def _build(
    machine: Machine, config: GuestConfig, *, paused: bool = False, resumed: bool = False
) -> Domain:
    hypervisor = machine.hypervisor
    if other := hypervisor.find(config.name):
        raise XmError(f"Domain '{config.name}' already exists with ID '{other.domid}'")
    if not resumed:
        _check(machine, config)
    if config.memory > hypervisor.free_memory:
        need, free = config.memory * 1024, hypervisor.free_memory * 1024
        raise XmError(
            f"I need {need} KiB, but dom0_min_mem is 262144 and shrinking to 262144 KiB would leave only {free} KiB free."
        )
    try:
        return await hypervisor.create(config, paused=paused, resumed=resumed)
    except NameTakenError as error:
        raise XmError(f"Domain '{config.name}' already exists with ID '{error.domid}'") from None


def _check(machine: Machine, config: GuestConfig) -> None:
    """What xend finds missing on the host. Raises XmError."""
    if config.kernel and not Path(config.kernel).exists():
        raise XmError(f"Kernel image does not exist: {config.kernel}")
    if config.ramdisk and not Path(config.ramdisk).exists():
        raise XmError(f"Kernel ramdisk does not exist: {config.ramdisk}")
    for disk in config.disks:
        if disk.target and not Path(disk.target).exists():
            raise XmError(f"Device {disk.vdev} (vbd) could not be connected. {disk.target} does not exist.")
    for index, vif in enumerate(config.vifs):
        if vif.bridge not in machine.bridges:
            raise XmError(
                f"Device {index} (vif) could not be connected. Could not find bridge device {vif.bridge}"
            )


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
        domains = [_guest(machine, args, "waRH")[0]]
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
    machine.hypervisor.destroy(_guest(machine, args)[0])
    return 0


async def pause(machine: Machine, _: Call, args: Sequence[str]) -> int:
    """``xm pause DOMAIN``."""
    machine.hypervisor.pause(_guest(machine, args)[0])
    return 0


async def unpause(machine: Machine, _: Call, args: Sequence[str]) -> int:
    """``xm unpause DOMAIN``."""
    machine.hypervisor.unpause(_guest(machine, args)[0])
    return 0


async def rename(machine: Machine, _: Call, args: Sequence[str]) -> int:
    """``xm rename DOMAIN NAME``."""
    domain, _found = _guest(machine, args)
    if len(args) != 2:
        raise XmError("Missing <NewDomainName>")
    try:
        machine.hypervisor.rename(domain, args[1])
    except NameTakenError as error:
        raise XmError(f"Domain '{args[1]}' already exists with ID '{error.domid}'") from None
    return 0


async def console(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm console [-q] DOMAIN``."""
    return await xlstate.attach(machine, call, _guest(machine, args, "q")[0])


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


async def save(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm save [-c] DOMAIN FILE``."""
    domain, found = _guest(machine, args, "cf")
    _, rest = options(args, "cf")
    if len(rest) != 2:
        raise XmError("Missing <CheckpointFile>")
    try:
        if machine.faults.get("full"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        call.path(rest[1]).write_bytes(_SAVED + json.dumps(asdict(domain.config)).encode())
    except OSError as error:
        raise XmError(f"/usr/lib64/xen/bin/xc_save failed: {error.strerror}") from None
    if "-c" not in found:
        machine.hypervisor.destroy(domain)
    return 0


async def restore(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm restore [-p] FILE``."""
    found, rest = options(args, "p")
    if not rest:
        raise XmError("Missing <CheckpointFile>")
    try:
        data = call.path(rest[0]).read_bytes()
    except OSError as error:
        raise XmError(f"{error.strerror}: {rest[0]}") from None
    if not data.startswith(_SAVED):
        raise XmError(f"not a valid guest state file: found '{data[:16]!r}'")
    await _build(machine, saved(data[len(_SAVED) :]), paused="-p" in found, resumed=True)
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
    for row in _rows(machine, rest):
        minutes, seconds = divmod(int(row.uptime), 60)
        call.out(f"{row.name:<33} {row.domid:>4} {minutes // 60:>2}:{minutes % 60:02d}:{seconds:02d}\n")
    return 0


async def vcpu_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm vcpu-list [DOMAIN ...]``."""
    call.out(
        f"{'Name':<32} {'ID':>5} {'VCPU':>5} {'CPU':>5} {'State':>5} {'Time(s)':>9} {'CPU Affinity':>12}\n"
    )
    for row in _rows(machine, args):
        for cpu in range(row.vcpus):
            shown = f"{cpu:>5} {cpu:>5} {row.flags[:2]}- {row.seconds / row.vcpus:>9.1f}"
            call.out(f"{row.name:<32} {row.domid:>5} {shown}   any cpu\n")
    return 0


async def network_list(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm network-list DOMAIN``."""
    domain = _guest(machine, args)[0]
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
    domain = _guest(machine, args)[0]
    call.out(
        f"{'Vdev':>5} {'BE':>3} {'handle':>6} {'state':>5} {'evt-ch':>6} {'ring-ref':>8} {'BE-path':>7}\n"
    )
    for index in range(len(domain.config.disks)):
        vdev = 51712 + 16 * index
        path = f"/local/domain/0/backend/vbd/{domain.domid}/{vdev}"
        call.out(f"{vdev:>5} {0:>3}    {0:>3}    {4:>4}   {8:>4}   {8:>6}     {path}\n")
    return 0


def _rows(machine: Machine, names: Sequence[str]) -> list[Line]:
    rows = lines(machine)
    for name in names:
        if not any(name in (row.name, str(row.domid)) for row in rows):
            raise XmError(f"Domain '{name}' does not exist.")
    return [row for row in rows if not names or row.name in names or str(row.domid) in names]


COMMANDS: dict[str, Tool] = {
    "console": console,
    "create": create,
    "destroy": destroy,
    "domid": domid,
    "domname": domname,
    "info": info,
    "list": list_domains,
    "pause": pause,
    "reboot": reboot,
    "rename": rename,
    "restore": restore,
    "save": save,
    "shutdown": shutdown,
    "unpause": unpause,
    "block-list": block_list,
    "dmesg": dmesg,
    "network-list": network_list,
    "uptime": uptime,
    "vcpu-list": vcpu_list,
}
