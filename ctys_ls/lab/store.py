"""The xenstore of a simulated host: a tree of paths derived from its domains, in the shape of the capture xenstore-ls-f.

Figures that only a kernel could know (event channels, grant references) are those of the capture.
"""

from __future__ import annotations

from collections.abc import Mapping

from ctys_ls.lab.guest import Vif
from ctys_ls.lab.hypervisor import Domain, Hypervisor

_CONTROL = {"feature-poweroff": "1", "feature-reboot": "1", "feature-suspend": "1"}
_GUEST_CONTROL = {"platform-feature-multiprocessor-suspend": "1", "platform-feature-xs_reset_watches": "1"}
_BACKEND = {
    "feature-ctrl-ring": "1",
    "feature-dynamic-multicast-control": "1",
    "feature-gso-tcpv4": "1",
    "feature-gso-tcpv6": "1",
    "feature-ipv6-csum-offload": "1",
    "feature-multicast-control": "1",
    "feature-rx-copy": "1",
    "feature-rx-flip": "0",
    "feature-sg": "1",
    "feature-split-event-channels": "1",
    "feature-xdp-headroom": "1",
    "multi-queue-max-queues": "1",
}
_FRONTEND = {
    "event-channel-rx": "9",
    "event-channel-tx": "8",
    "feature-gso-tcpv4": "1",
    "feature-gso-tcpv6": "1",
    "feature-ipv6-csum-offload": "1",
    "feature-rx-notify": "1",
    "feature-sg": "1",
    "mtu": "1500",
    "multi-queue-num-queues": "1",
    "request-rx-copy": "1",
    "rx-ring-ref": "521",
    "trusted": "1",
    "tx-ring-ref": "520",
    "xdp-headroom": "0",
}
_EMPTY = (
    "attr",
    "control/shutdown",
    "control/sysrq",
    "data",
    "device/suspend/event-channel",
    "drivers",
    "error",
    "feature",
)

Store = dict[str, str]


def store(hypervisor: Hypervisor) -> Store:
    """All nodes with their values, directories included (with the value "")."""
    kilobytes = str(hypervisor.dom0_memory * 1024)
    nodes: Store = {
        "/@introduceDomain": "",
        "/@releaseDomain": "",
        "/local/pool/0/name": "Pool-0",
        "/tool/xenstored": "/usr/lib/xen-4.17/bin/oxenstored",
    }
    _put(nodes, "/local/domain/0", {"domid": "0", "name": "Domain-0"})
    _put(nodes, "/local/domain/0/memory", {"static-max": kilobytes, "target": kilobytes})
    _put(nodes, "/local/domain/0/control", _CONTROL)
    for domain in hypervisor.domains.values():
        _domain(nodes, domain)
    for path in tuple(nodes):
        parts = path.split("/")[1:]
        for depth in range(1, len(parts)):
            nodes.setdefault("/" + "/".join(parts[:depth]), "")
    return nodes


def _put(nodes: Store, folder: str, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        nodes[f"{folder}/{key}"] = value


def _domain(nodes: Store, domain: Domain) -> None:
    number, config = domain.domid, domain.config
    home, vm = f"/local/domain/{number}", f"/vm/{config.uuid}"
    kilobytes = str(config.memory * 1024)
    _put(nodes, home, {"domid": str(number), "name": domain.name, "vm": vm, **dict.fromkeys(_EMPTY, "")})
    _put(nodes, f"{home}/memory", {"static-max": kilobytes, "target": kilobytes, "videoram": "0"})
    _put(nodes, f"{home}/control", _CONTROL | _GUEST_CONTROL)
    _put(nodes, f"{home}/store", {"port": "1", "ring-ref": str(111_600 + number)})
    for cpu in range(config.vcpus):
        nodes[f"{home}/cpu/{cpu}/availability"] = "online"
    image = {"cmdline": config.cmdline, "kernel": config.kernel, "ostype": "linux", "ramdisk": config.ramdisk}
    _put(nodes, f"{vm}/image", {key: value for key, value in image.items() if value})
    _put(nodes, vm, {"name": domain.name, "start_time": f"{domain.started:.2f}", "uuid": config.uuid})
    _put(nodes, f"/libxl/{number}", {"dm-version": "qemu_xen", "type": "pv"})
    _console(nodes, domain)
    for index, vif in enumerate(config.vifs):
        _vif(nodes, number, index, vif)


def _console(nodes: Store, domain: Domain) -> None:
    number = domain.domid
    back, front = f"/local/domain/0/backend/console/{number}/0", f"/local/domain/{number}/console"
    shared = {"frontend": front, "frontend-id": str(number), "online": "1", "protocol": "vt100", "state": "1"}
    _put(nodes, back, shared)
    _put(nodes, f"/libxl/{number}/device/console/0", {"backend": back, **shared})
    own = {
        "backend": back,
        "backend-id": "0",
        "limit": "1048576",
        "output": "pty",
        "port": "2",
        "ring-ref": str(111_700 + number),
        "tty": f"/dev/pts/{number}",
        "type": "xenconsoled",
    }
    if domain.vnc_port:
        own |= {"vnc-listen": "127.0.0.1", "vnc-port": str(domain.vnc_port)}
        own |= {"vnc-pass": domain.config.vncpasswd} if domain.config.vncpasswd else {}
    _put(nodes, front, own)
    for extra in domain.more:
        tty = {"output": "pty", "tty": f"/dev/pts/{number}{extra:02}", "type": "ioemu"}
        _put(nodes, f"/local/domain/{number}/device/console/{extra}", tty)


def _vif(nodes: Store, number: int, index: int, vif: Vif) -> None:
    back, front = (
        f"/local/domain/0/backend/vif/{number}/{index}",
        f"/local/domain/{number}/device/vif/{index}",
    )
    shared = {
        "bridge": vif.bridge,
        "frontend": front,
        "frontend-id": str(number),
        "handle": str(index),
        "mac": vif.mac,
        "online": "1",
        "script": "/etc/xen/scripts/vif-bridge",
        "type": "vif",
    }
    _put(nodes, back, shared | _BACKEND | {"hotplug-status": "connected", "state": "4"})
    _put(
        nodes,
        f"/libxl/{number}/device/vif/{index}",
        shared | {"backend": back, "hotplug-status": "", "state": "1"},
    )
    own = {"backend": back, "backend-id": "0", "handle": str(index), "mac": vif.mac, "state": "4"}
    _put(nodes, front, own | _FRONTEND)


def children(nodes: Store, path: str) -> list[str]:
    """The names below a path, sorted."""
    prefix = path.rstrip("/") + "/"
    return sorted({node[len(prefix) :].partition("/")[0] for node in nodes if node.startswith(prefix)})
