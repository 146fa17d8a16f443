"""What ``xl list -l`` and ``xl create -n`` print: the configuration as JSON, in libxl's layout (empty object = two lines)."""

from __future__ import annotations

import json
from typing import Any

from ctys_ls.lab.guest import GuestConfig
from ctys_ls.lab.hypervisor import Domain
from ctys_ls.lab.tools.call import Machine

_UNSET_DOMID = 4294967295
_SCHEDULER = {"sched": "credit2", "weight": 256, "cap": 0}


def as_text(value: Any) -> str:
    """JSON as libyajl prints it."""
    return _with_empty_lines(json.dumps(value, indent=4, ensure_ascii=False)) + "\n"


def _with_empty_lines(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        if line.rstrip(",").endswith("{}"):
            head, _, tail = line.rpartition("{}")
            lines += [f"{head}{{", "", f"{indent}}}{tail}"]
        else:
            lines.append(line)
    return "\n".join(lines)


def entry_of_dom0(machine: Machine) -> dict[str, Any]:
    """Domain 0 in ``xl list -l``."""
    kilobytes = machine.hypervisor.dom0_memory * 1024
    build = {
        "max_memkb": kilobytes,
        "target_memkb": kilobytes - 1,
        "sched_params": _SCHEDULER,
        "type.pv": {},
        "arch_arm": {},
        "arch_x86": {},
    }
    return {"domid": 0, "config": {"c_info": {"type": "pv", "name": "Domain-0"}, "b_info": build}}


def entry(domain: Domain) -> dict[str, Any]:
    """A guest in ``xl list -l``; the inner domid is unset there, as in the real one."""
    return {"domid": domain.domid, "config": configuration(domain.config, running=True)}


def configuration(config: GuestConfig, *, running: bool) -> dict[str, Any]:
    """The whole configuration; ``running`` adds what only a running domain has."""
    create: dict[str, Any] = {"type": config.kind, "name": config.name}
    if running:
        create["domid"] = _UNSET_DOMID
    create |= {"uuid": config.uuid, "run_hotplug_scripts": "True"}
    build: dict[str, Any] = {}
    if "vcpus" in config.given:
        build |= {"max_vcpus": config.vcpus, "avail_vcpus": list(range(config.vcpus))}
    if running or {"memory", "maxmem"} & set(config.given):
        build["max_memkb"] = max(config.maxmem, config.memory) * 1024
    if running or "memory" in config.given:
        build["target_memkb"] = config.memory * 1024
    if running:
        build["video_memkb"] = 0
    build |= {"sched_params": _SCHEDULER if running else {}, "claim_mode": "True"}
    texts = {"kernel": config.kernel, "cmdline": config.cmdline, "ramdisk": config.ramdisk}
    build |= {key: text for key, text in texts.items() if text}
    build |= {"type.pv": {}, "arch_arm": {}, "arch_x86": {"msr_relaxed": "False"} if running else {}}
    whole: dict[str, Any] = {"c_info": create, "b_info": build}
    if config.disks:
        whole["disks"] = [
            {"pdev_path": disk.target, "vdev": disk.vdev, "format": "raw", "readwrite": int(disk.mode == "w")}
            for disk in config.disks
        ]
    if config.vifs:
        kind = {"nictype": "vif"} if running else {}
        whole["nics"] = [
            {"devid": index, "mac": vif.mac, "bridge": vif.bridge, **kind}
            for index, vif in enumerate(config.vifs)
        ]
    if config.vnc:
        display, xauthority = config.sdl
        sdl = {"enable": "True", "display": display, "xauthority": xauthority} if display else {}
        password = {"passwd": config.vncpasswd} if config.vncpasswd else {}
        vnc = {"enable": "True", **password, "findunused": "True"}
        whole["vfbs"] = [{"devid": 0, "vnc": vnc, "sdl": sdl}]
        whole["vkbs"] = [{"devid": 0}]
    return whole | _actions(config)


def _actions(config: GuestConfig) -> dict[str, Any]:
    """Libxl leaves out what has its default ("destroy" is the default of all but reboot and soft_reset)."""
    named = {"on_poweroff": config.on_poweroff, "on_reboot": config.on_reboot, "on_crash": config.on_crash}
    shown = {key: action for key, action in named.items() if action != "destroy"}
    return shown | {"on_soft_reset": "soft_reset"}
