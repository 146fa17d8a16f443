"""The help of the simulated ``xl``: the sub-commands that it knows, in the layout of the real one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Help:
    """One sub-command: its arguments as printed, one line of text, how many arguments it needs at least."""

    synopsis: str
    text: str
    arguments: int = 0
    options: str = ""


_CREATE_OPTIONS = """-c                      Connect to the console after the domain is created.
-d                      Enable debug messages.
-f FILE, --defconfig=FILE
                     Use the given configuration file.
-h                      Print this help.
-n, --dryrun            Dry run - prints the resulting configuration
                         (deprecated in favour of global -N option).
-p                      Leave the domain paused after it is created.
-q, --quiet             Quiet.
"""

HELP: dict[str, Help] = {
    "create": Help(
        "<ConfigFile> [options] [vars]", "Create a domain from config file <filename>", 0, _CREATE_OPTIONS
    ),
    "list": Help("[options] [Domain]", "List information about all/some domains"),
    "destroy": Help("[options] <Domain>", "Terminate a domain immediately", 1),
    "shutdown": Help("[options] <-a|Domain>", "Issue a shutdown signal to a domain"),
    "reboot": Help("[options] <-a|Domain>", "Issue a reboot signal to a domain"),
    "pause": Help("<Domain>", "Pause execution of a domain", 1),
    "unpause": Help("<Domain>", "Unpause a paused domain", 1),
    "console": Help("[options] <Domain>", "Attach to domain's console", 1),
    "save": Help(
        "[options] <Domain> <CheckpointFile> [<ConfigFile>]", "Save a domain state to restore later", 2
    ),
    "restore": Help("[options] [<ConfigFile>] <CheckpointFile>", "Restore a domain from a saved state", 1),
    "vcpu-list": Help("[Domain, ...]", "List the VCPUs for all/some domains"),
    "vm-list": Help("", "List guest domains, excluding dom0, stubdoms, etc."),
    "info": Help("", "Get information about Xen host"),
    "sched-credit2": Help("[-d <Domain>]", "Get/set credit2 scheduler parameters"),
    "domid": Help("<DomainName>", "Convert a domain name to domain id", 1),
    "domname": Help("<DomainId>", "Convert a domain id to domain name", 1),
    "rename": Help("<Domain> <NewDomainName>", "Rename a domain", 2),
    "dmesg": Help("[-c]", "Read and/or clear dmesg buffer"),
    "network-list": Help("<Domain(s)>", "List virtual network interfaces for a domain", 1),
    "block-list": Help("<Domain(s)>", "List virtual block devices for a domain", 1),
    "channel-list": Help("<Domain(s)>", "List virtual channel devices for a domain", 1),
    "uptime": Help("[-s] [Domain]", "Print uptime for all/some domains"),
}

#: The other sub-commands of the real xl, which are not simulated.
NOT_SIMULATED = frozenset(
    [
        "config-update",
        "pci-attach",
        "pci-detach",
        "pci-list",
        "pci-assignable-add",
        "pci-assignable-remove",
        "pci-assignable-list",
        "vncviewer",
        "migrate",
        "migrate-receive",
        "dump-core",
        "cd-insert",
        "cd-eject",
        "mem-max",
        "mem-set",
        "button-press",
        "vcpu-pin",
        "vcpu-set",
        "sharing",
        "sched-credit",
        "sched-rtds",
        "trigger",
        "sysrq",
        "debug-keys",
        "set-parameters",
        "top",
        "network-attach",
        "network-detach",
        "block-attach",
        "block-detach",
        "vtpm-attach",
        "vtpm-list",
        "vtpm-detach",
        "vkb-attach",
        "vkb-list",
        "vkb-detach",
        "vdispl-attach",
        "vdispl-list",
        "vdispl-detach",
        "vsnd-attach",
        "vsnd-list",
        "vsnd-detach",
        "claims",
        "cpupool-create",
        "cpupool-list",
        "cpupool-destroy",
        "cpupool-rename",
        "cpupool-cpu-add",
        "cpupool-cpu-remove",
        "cpupool-migrate",
        "cpupool-numa-split",
        "getenforce",
        "setenforce",
        "loadpolicy",
        "remus",
        "devd",
        "psr-hwinfo",
        "psr-cmt-attach",
        "psr-cmt-detach",
        "psr-cmt-show",
        "psr-cat-set",
        "psr-cat-show",
        "psr-mba-set",
        "psr-mba-show",
        "usbctrl-attach",
        "usbctrl-detach",
        "usbdev-attach",
        "usbdev-detach",
        "usb-list",
        "qemu-monitor-command",
    ]
)


def full_list() -> str:
    """What ``xl help`` prints, of the simulated sub-commands."""
    rows = "".join(f" {name:<19} {entry.text}\n" for name, entry in HELP.items())
    return f"Usage xl [-vfNtT] <subcommand> [args]\n\nxl full list of subcommands:\n\n{rows}"


def usage(name: str) -> str:
    """What ``xl help NAME`` prints."""
    entry = HELP[name]
    globals_ = "-vtTfN" if name == "create" else "-vtT"
    options = f"Options:\n\n{entry.options}" if entry.options else ""
    return f"Usage: xl [{globals_}] {name} {entry.synopsis}\n\n{entry.text}.\n\n{options}"
