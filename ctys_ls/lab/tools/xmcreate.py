"""How the simulated ``xm`` starts guests, keeps them in files and starts them again."""

from __future__ import annotations

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
from ctys_ls.lab.hypervisor import Domain, NameTakenError
from ctys_ls.lab.tools import xlstate
from ctys_ls.lab.tools.call import Call, Machine, options
from ctys_ls.lab.tools.xlcreate import saved
from ctys_ls.lab.tools.xmguest import XmError, guest

_SAVED = b"LinuxGuestRecord"


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


async def save(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xm save [-c] DOMAIN FILE``."""
    domain, found = guest(machine, args, "cf")
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
