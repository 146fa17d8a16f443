"""The simulated ``xl``: sub-commands, their order of checks and their words, after captures of the real one (4.17)."""

from __future__ import annotations

from collections.abc import Sequence

from ctys_ls.lab.tools import xlcreate, xlinfo, xllist, xlstate
from ctys_ls.lab.tools.call import BadOptionError, Call, Machine, Tool
from ctys_ls.lab.tools.xlhelp import HELP, NOT_SIMULATED, full_list, usage

COMMANDS: dict[str, Tool] = {
    "create": xlcreate.create,
    "list": xllist.list_domains,
    "destroy": xlstate.destroy,
    "shutdown": xlstate.shutdown,
    "reboot": xlstate.reboot,
    "pause": xlstate.pause,
    "unpause": xlstate.unpause,
    "console": xlstate.console,
    "save": xlcreate.save,
    "restore": xlcreate.restore,
    "rename": xlstate.rename,
    "vcpu-list": xllist.vcpu_list,
    "vm-list": xllist.vm_list,
    "info": xlinfo.info,
    "sched-credit2": xllist.sched_credit2,
    "domid": xllist.domid,
    "domname": xllist.domname,
    "dmesg": xlinfo.dmesg,
    "network-list": xllist.network_list,
    "block-list": xllist.block_list,
    "channel-list": xllist.channel_list,
    "uptime": xllist.uptime,
}

_DENIED = (
    "xencall: error: Could not obtain handle on privileged command interface: Permission denied\n"
    "libxl: error: libxl.c:102:libxl_ctx_alloc: cannot open libxc handle: Permission denied\n"
    "cannot init xl context\n"
)


async def xl(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``xl [-vfNtT] SUBCOMMAND ...``."""
    rest = list(args)
    dry = False
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        flags = rest.pop(0)[1:]
        dry = dry or "N" in flags
        for flag in flags:
            if flag not in "vfNtT":
                call.err("unknown global option\n")
                return 2
    if not rest:
        call.out(full_list())
        return 1
    name, words = rest[0], rest[1:]
    if name == "help":
        return _help(call, words)
    command = COMMANDS.get(name)
    if command is None:
        said = (
            f"xl {name} is not simulated (ctys-ls lab)"
            if name in NOT_SIMULATED
            else "command not implemented"
        )
        call.err(f"{said}\n")
        return 1
    if dry and name == "create":
        words = ["-n", *words]
    if words[:1] in (["-h"], ["--help"]):
        call.out(usage(name))
        return 0
    if machine.faults.refuses(call.privilege):
        call.err(_DENIED)
        return 1
    if len(words) < HELP[name].arguments:
        count = HELP[name].arguments
        call.err(f"'xl {name}' requires at least {count} argument{'s' if count > 1 else ''}.\n\n")
        call.out(usage(name))
        return 2
    try:
        return await command(machine, call, words)
    except BadOptionError as error:
        call.err(f"option `{error}' not supported.\n")
        return 2


def _help(call: Call, words: list[str]) -> int:
    if not words:
        call.out(full_list())
    elif words[0] in HELP:
        call.out(usage(words[0]))
    else:
        call.out(f'command "{words[0]}" not implemented\n')
    return 0
