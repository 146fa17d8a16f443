"""The simulated ``xm`` of Xen 3 and 4.0, from its documented output.

There is no capture of a real one to hold it against: forms follow the manual and the output that its users published.
"""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.lab.tools import xmacts, xmcreate, xmlist
from ctys_ls.lab.tools.call import BadOptionError, Call, Machine, Tool
from ctys_ls.lab.tools.xlinfo import dmesg
from ctys_ls.lab.tools.xmguest import XmError

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
_DENIED = "Error: Most commands need root access. Please try again as root.\n"


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


COMMANDS: dict[str, Tool] = {
    "console": xmacts.console,
    "create": xmcreate.create,
    "destroy": xmacts.destroy,
    "domid": xmlist.domid,
    "domname": xmlist.domname,
    "info": xmlist.info,
    "list": xmlist.list_domains,
    "pause": xmacts.pause,
    "reboot": xmacts.reboot,
    "rename": xmacts.rename,
    "restore": xmcreate.restore,
    "save": xmcreate.save,
    "shutdown": xmacts.shutdown,
    "unpause": xmacts.unpause,
    "block-list": xmlist.block_list,
    "dmesg": dmesg,
    "network-list": xmlist.network_list,
    "uptime": xmlist.uptime,
    "vcpu-list": xmlist.vcpu_list,
}
