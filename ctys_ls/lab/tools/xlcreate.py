"""The simulated ``xl create``, ``save`` and ``restore``."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ctys_ls.lab.confreader import ConfError, read_conf
from ctys_ls.lab.guest import Disk, GuestConfig, GuestError, Vif, guest_of
from ctys_ls.lab.hypervisor import Domain, NameTakenError
from ctys_ls.lab.tools import xlstate
from ctys_ls.lab.tools.call import Call, Machine, options
from ctys_ls.lab.tools.xljson import as_text, configuration

#: Exit statuses of the real captures: 1 the text is wrong, 3 it could not be built, 6 not possible on this host.
_TEXT, _BUILD, _HOST = 1, 3, 6
_MAGIC = b"Xen saved domain, xl format\n \0 \r"
_LONG = [
    "dryrun",
    "quiet",
    "defconfig=",
    "help",
    "vncviewer",
    "vncviewer-autopass",
    "ignore-global-affinity-masks",
]
#: A kernel of this many MiB at least is what the captured 64 MiB guest could not hold (0x3a00 + 0x1000 pages).
_KERNEL_MEMORY = 74
_SIZED_KERNEL = 60_000_000


class BuildError(Exception):
    """The domain could not be built; the text is libxl's trail, without the clean-up that follows."""

    def __init__(self, trail: str, status: int = _BUILD, *, cleaned: bool = True) -> None:
        super().__init__(trail)
        self.trail, self.status, self.cleaned = trail, status, cleaned


async def create(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl create FILE [-p] [-c] [-q] [-n] [-d] [KEY=VALUE ...]``."""
    found, rest = options(args, "Fnqf:pcdeVAh", _LONG)
    extra = [word for word in rest if "=" in word]
    files = [word for word in rest if "=" not in word]
    name = found.get("-f", found.get("--defconfig", files[0] if files else ""))
    if not name:
        call.err("Config file not specified and none in save file\n")
        return _HOST
    try:
        source = call.path(name).read_bytes().decode("utf-8", errors="surrogateescape")
    except OSError as error:
        call.err(f"Failed to read config file: {name}: {os.strerror(error.errno or errno.EIO)}\n")
        return _BUILD
    if "-q" not in found and "--quiet" not in found:
        call.err(f"Parsing config from {name}\n")
    try:
        config = guest_of(read_conf("\n".join([source, *extra])), source, name)
        if config.kind == "pvh" and machine.faults.get("older"):
            raise GuestError("Invalid domain type pvh.")
    except ConfError as error:
        said = "".join(f"{name}:{message}\n" for message in error.messages)
        call.err(f"{said}Failed to parse config: Invalid argument\n")
        return _TEXT
    except GuestError as error:
        call.err(f"{error}\n")
        return _TEXT
    call.err("".join(f"{warning}\n" for warning in config.warnings))
    if "-n" in found or "--dryrun" in found:
        call.out(as_text(configuration(config, running=False)))
        return 0
    domain = await build(machine, call, config, paused="-p" in found)
    if isinstance(domain, int):
        return domain
    return await xlstate.attach(machine, call, domain) if "-c" in found else 0


async def build(
    machine: Machine, call: Call, config: GuestConfig, *, paused: bool = False, resumed: bool = False
) -> Domain | int:
    """The new domain, or the exit status after libxl's words about why there is none."""
    hypervisor = machine.hypervisor
    domid = 0
    try:
        if config.kind != "pv":
            raise BuildError(_NO_HVM, _HOST, cleaned=False)
        domid = hypervisor.take_id()
        if hypervisor.find(config.name) and not config.name.isdigit():
            raise BuildError(_name_taken(domid, config.name))
        if not resumed:
            _check(machine, config, domid)
        if config.vnc and not machine.hardware.device_model:
            raise BuildError(_no_device_model(domid))
        return await hypervisor.create(config, domid=domid, paused=paused, resumed=resumed)
    except NameTakenError:
        error = BuildError(_name_taken(domid, config.name))
    except BuildError as failed:
        error = failed
    call.err(error.trail + (_CLEAN_UP.format(domid=domid) if error.cleaned else ""))
    return error.status


_NO_HVM = (
    "libxl: error: libxl_create.c:46:libxl__domain_create_info_setdefault: neither hap nor shadow paging available\n"
    "libxl: error: libxl_create.c:1143:libxl__domain_config_setdefault: Unable to set domain create info defaults\n"
)
_CLEAN_UP = (
    "libxl: error: libxl_domain.c:1183:libxl__destroy_domid: Domain {domid}:Non-existant domain\n"
    "libxl: error: libxl_domain.c:1137:domain_destroy_callback: Domain {domid}:Unable to destroy guest\n"
    "libxl: error: libxl_domain.c:1064:domain_destroy_cb: Domain {domid}:Destruction of domain failed\n"
)
_NOT_BUILT = (
    "libxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain {domid}:cannot (re-)build domain: -3\n"
)


def _name_taken(domid: int, name: str) -> str:
    return (
        f'libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain {domid}:Domain with name "{name}" '
        "already exists.\n"
        f"libxl: error: libxl_create.c:1296:initiate_domain_create: Domain {domid}:cannot make domain: -6\n"
    )


def _check(machine: Machine, config: GuestConfig, domid: int) -> None:
    """What the toolstack finds out while it builds, in its order. Raises BuildError."""
    rebuild = _NOT_BUILT.format(domid=domid)
    for index, disk in enumerate(config.disks):
        if disk.target and not Path(disk.target).exists():
            raise BuildError(
                "libxl: error: libxl_device.c:455:libxl__device_disk_set_backend: "
                f"Disk vdev={disk.vdev} failed to stat: {disk.target}: No such file or directory\n"
                f"libxl: error: libxl_create.c:1318:initiate_domain_create: Domain {domid}:"
                f"Unable to set disk defaults for disk {index}\n"
            )
    if config.bootloader and not config.disks:
        raise BuildError(
            f"libxl: error: libxl_bootloader.c:427:libxl__bootloader_run: Domain {domid}:"
            f"cannot run bootloader with no boot disk\n{rebuild}"
        )
    for file in filter(None, (config.kernel, config.ramdisk)):
        if not Path(file).exists():
            act = "xc_dom_kernel_file" if file == config.kernel else "xc_dom_module_file"
            raise BuildError(
                f"xc: error: panic: xg_dom_core.c:205: failed to open file '{file}': No such file or directory: "
                f"Internal error\nlibxl: error: libxl_dom.c:646:libxl__build_pv: {act} failed: "
                f"No such file or directory\n{rebuild}"
            )
    if config.memory > machine.hypervisor.free_memory:
        raise BuildError(
            "xc: error: panic: xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low memory for domain: "
            "Out of memory\nlibxl: error: libxl_dom.c:586:libxl__build_dom: xc_dom_boot_mem_init failed: "
            f"Cannot allocate memory\n{rebuild}"
        )
    if (
        config.kernel
        and config.memory < _KERNEL_MEMORY
        and Path(config.kernel).stat().st_size > _SIZED_KERNEL
    ):
        pages = config.memory * 256
        raise BuildError(
            "xc: error: panic: xg_dom_core.c:536: xc_dom_chk_alloc_pages: segment kernel too large "
            f"(0x3a00 > {pages:#x} - 0x1000 pages): Out of memory\nlibxl: error: libxl_dom.c:594:libxl__build_dom: "
            f"xc_dom_build_image failed: No such file or directory\n{rebuild}"
        )
    for vif in config.vifs:
        if vif.bridge not in machine.bridges:
            raise BuildError(_no_bridge(domid, vif.bridge))


def _no_device_model(domid: int) -> str:
    where = f"Domain {domid}:"
    return (
        f"libxl: error: libxl_dm.c:2909:libxl__spawn_local_dm: {where}device model "
        "/usr/libexec/xen-qemu-system-i386 is not executable: No such file or directory\n"
        f"libxl: error: libxl_dm.c:2911:libxl__spawn_local_dm: {where}Please install the qemu-system-xen package "
        "for this domain to work\n"
        f"libxl: error: libxl_dm.c:3161:device_model_spawn_outcome: {where}(null): spawn failed (rc=-3)\n"
        f"libxl: error: libxl_dm.c:3381:device_model_postconfig_done: {where}Post DM startup configs failed, rc=-3\n"
        f"libxl: error: libxl_create.c:1896:domcreate_devmodel_started: {where}device model did not start: -3\n"
    )


def _no_bridge(domid: int, bridge: str) -> str:
    script = "libxl: error: libxl_exec.c:117:libxl_report_child_exitstatus: /etc/xen/scripts/vif-bridge"
    cause = f"libxl: error: libxl_device.c:1337:device_hotplug_child_death_cb: script: Could not find bridge device {bridge}"
    return (
        f"{script} online [{700 + domid}] exited with error status 1\n{cause}\n"
        f"libxl: error: libxl_create.c:1921:domcreate_attach_devices: Domain {domid}:unable to add vif devices\n"
        f"{script} offline [{720 + domid}] exited with error status 1\n{cause}\n"
    )


async def save(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl save [-c] [-p] DOMAIN FILE``."""
    found, rest = options(args, "cpDhf")
    domain = xlstate.guest(machine, call, rest[0])
    if domain is None:
        return 1
    call.err(f"Saving to {rest[1]} new xl format (info 0x3/0x0/1040)\n")
    try:
        if machine.faults.get("full"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        call.path(rest[1]).write_bytes(_MAGIC + json.dumps(asdict(domain.config)).encode() + b"\n")
    except OSError as error:
        call.err(
            f"Failed to open temp file {rest[1]} for writing: {error.strerror}\n"
            if error.errno != errno.ENOSPC
            else f"xc: error: Failed to write to file: {error.strerror}: Internal error\n"
            "Failed to save domain, resuming domain\n"
        )
        return _TEXT
    call.err(f"xc: info: Saving domain {domain.domid}, type x86 PV\n{_progress(domain.config.memory)}")
    if "-p" in found:
        machine.hypervisor.pause(domain)
    elif "-c" not in found:
        machine.hypervisor.destroy(domain)
    return 0


def _progress(memory: int) -> str:
    frames = memory * 256
    step = max(frames // 16, 1)
    rows = (
        f"xc: progress: Frames: {n}/{frames}  {n * 100 // frames:3d}%\n"
        for n in range(step, frames + 1, step)
    )
    return "".join(rows) + "xc: progress: End of stream: 0/0    0%\n"


async def restore(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl restore [-p] [CONFIG] FILE``."""
    found, rest = options(args, "FpedVAh")
    try:
        data = call.path(rest[-1]).read_bytes()
    except OSError as error:
        call.err(f"Can't open restore file: {error.strerror}\n")
        return 1
    if not data.startswith(_MAGIC):
        call.err("File has wrong magic number - corrupt or for a different tool?\n")
        return 1
    call.err(
        f"Loading new save file {rest[-1]} (new xl fmt info 0x3/0x0/1040)\n"
        " Savefile contains xl domain config in JSON format\nParsing config from <saved>\n"
    )
    config = saved(data[len(_MAGIC) :])
    domain = await build(machine, call, config, paused="-p" in found, resumed=True)
    if isinstance(domain, int):
        return domain
    call.err(
        "xc: info: Found x86 PV domain from Xen 4.17\nxc: info: Restoring domain\nxc: info: Restore successful\n"
        f"xc: info: XenStore: mfn {0x89E00 + domain.domid:#x}, dom 0, evt 1\n"
        f"xc: info: Console: mfn {0x89D00 + domain.domid:#x}, dom 0, evt 2\n"
    )
    return 0


def saved(data: bytes) -> GuestConfig:
    """The guest of a state file."""
    fields = json.loads(data)
    fields["vifs"] = tuple(Vif(**vif) for vif in fields["vifs"])
    fields["disks"] = tuple(Disk(**disk) for disk in fields["disks"])
    fields["connections"] = tuple(fields["connections"])
    fields["given"] = tuple(fields["given"])
    fields["warnings"] = tuple(fields["warnings"])
    fields["sdl"] = tuple(fields["sdl"])
    return GuestConfig(**fields)
