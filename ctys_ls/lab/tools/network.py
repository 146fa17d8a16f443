"""The network of a simulated host: ``ip``, ``bridge``, ``brctl``, ``ping``, ``ssh-keyscan`` and ``getent hosts``.

They know the forms that hosts of guests are asked with; any other form says that it is not simulated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ctys_ls.lab.content import SAMPLES
from ctys_ls.lab.hypervisor import Domain, State
from ctys_ls.lab.tools.call import BadOptionError, Call, Machine, Tool, options

_UP = "<BROADCAST,MULTICAST,UP,LOWER_UP>"
_GUEST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHNpbXVsYXRlZC1ndWVzdC1vZi1jdHlzLWxzLWxhYi4u"


@dataclass(frozen=True, slots=True)
class Link:
    """One interface of the host."""

    index: int
    name: str
    mac: str
    address: str = ""
    master: str = ""


def links(machine: Machine) -> list[Link]:
    """Loopback, the network card, the bridges, and the guests' interfaces."""
    found = [
        Link(1, "lo", "00:00:00:00:00:00", "127.0.0.1/8"),
        Link(2, "eth0", machine.mac, f"{machine.address}/24"),
    ]
    found += [Link(3 + n, name, "fe:ff:ff:ff:ff:ff") for n, name in enumerate(machine.bridges)]
    for domain in machine.hypervisor.domains.values():
        for number, vif in enumerate(domain.config.vifs):
            name = f"vif{domain.domid}.{number}"
            found.append(Link(len(found) + 1, name, "fe:ff:ff:ff:ff:ff", master=vif.bridge))
    return found


def not_simulated(call: Call, words: Sequence[str]) -> int:
    """Say so; better than an answer about the machine underneath."""
    call.err(f"{call.tool} {' '.join(words)}: this form is not simulated (ctys-ls lab)\n")
    return 2


async def ip(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``ip [-br|-o] [-4] link|addr|neigh [show] [dev NAME]``."""
    flags = [word for word in args if word.startswith("-")]
    words = [word for word in args if not word.startswith("-") and word not in ("show", "list", "ls", "dev")]
    shown = links(machine)
    subject, name = (words[0] if words else ""), (words[1] if words[1:] else "")
    if len(words) > 2 or set(flags) - {"-br", "-brief", "-o", "-oneline", "-4", "-d"}:
        return not_simulated(call, args)
    if name and name not in [link.name for link in shown]:
        call.err(f'Device "{name}" does not exist.\n')
        return 1
    chosen = [link for link in shown if name in ("", link.name)]
    brief, one_line = bool({"-br", "-brief"} & set(flags)), bool({"-o", "-oneline"} & set(flags))
    if subject and "link".startswith(subject):
        call.out(
            "".join(_brief(link) if brief else _link(link, "\\" if one_line else "\n") for link in chosen)
        )
    elif subject and "address".startswith(subject) and (brief or one_line):
        call.out("".join(_address(link, brief=brief) for link in chosen if link.address))
    elif subject and "neighbour".startswith(subject):
        call.out("".join(_neighbours(machine, name)))
    else:
        return not_simulated(call, args)
    return 0


def _state(link: Link) -> str:
    return "UNKNOWN" if link.name == "lo" else "UP"


def _flags(link: Link) -> str:
    return "<LOOPBACK,UP,LOWER_UP>" if link.name == "lo" else _UP


def _brief(link: Link) -> str:
    return f"{link.name:<16} {_state(link):<14} {link.mac} {_flags(link)} \n"


def _link(link: Link, glue: str) -> str:
    kind = "loopback" if link.name == "lo" else "ether"
    broadcast = "00:00:00:00:00:00" if link.name == "lo" else "ff:ff:ff:ff:ff:ff"
    master = f" master {link.master}" if link.master else ""
    return (
        f"{link.index}: {link.name}: {_flags(link)} mtu 1500 qdisc noqueue{master} state {_state(link)} mode DEFAULT "
        f"group default qlen 1000{glue}    link/{kind} {link.mac} brd {broadcast}\n"
    )


def _address(link: Link, *, brief: bool) -> str:
    if brief:
        return f"{link.name:<16} {_state(link):<14} {link.address} \n"
    scope = "scope host" if link.name == "lo" else f"brd {link.address.rpartition('.')[0]}.255 scope global"
    life = "valid_lft forever preferred_lft forever"
    return f"{link.index}: {link.name}    inet {link.address} {scope} {link.name}\\       {life}\n"


def _awake(machine: Machine) -> Iterator[Domain]:
    """Guests that answer on the network."""
    for domain in machine.hypervisor.domains.values():
        if domain.state is State.RUNNING and domain.system.booted.is_set() and domain.config.ip:
            yield domain


def _neighbours(machine: Machine, device: str) -> Iterator[str]:
    for domain in _awake(machine):
        for vif in domain.config.vifs[:1]:
            if device in ("", vif.bridge):
                yield f"{domain.config.ip} dev {vif.bridge} lladdr {vif.mac} REACHABLE\n"


async def bridge(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``bridge link``."""
    if list(args) not in (["link"], ["link", "show"]):
        return not_simulated(call, args)
    for link in links(machine):
        if link.master:
            call.out(
                f"{link.index}: {link.name}: {_UP} mtu 1500 master {link.master} state forwarding priority 32 cost 100 \n"
            )
    return 0


async def brctl(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``brctl show``."""
    if list(args) != ["show"]:
        return not_simulated(call, args)
    call.out("bridge name\tbridge id\t\tSTP enabled\tinterfaces\n")
    for name in machine.bridges:
        ports = [link.name for link in links(machine) if link.master == name] or [""]
        call.out(f"{name}\t\t8000.feffffffffff\tno\t\t{ports[0]}\n")
        call.out("".join(f"\t\t\t\t\t\t\t{port}\n" for port in ports[1:]))
    return 0


def _resolve(machine: Machine, name: str) -> str:
    """A guest's label or the host's name as an address; "" for names that nobody knows."""
    if name.replace(".", "").isdigit():
        return name
    return dict(_names(machine)).get(name.removesuffix(f".{machine.dns_domain}"), "")


def _names(machine: Machine) -> list[tuple[str, str]]:
    return [(sample.label, sample.ip) for sample in SAMPLES] + [(machine.name, machine.address)]


def _reachable(machine: Machine, address: str) -> bool:
    return address in (machine.address, "127.0.0.1") or any(d.config.ip == address for d in _awake(machine))


async def ping(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``ping [-c N] [-W SECONDS] [-w SECONDS] [-i SECONDS] [-n] [-q] ADDRESS``, as iputils prints it."""
    try:
        found, rest = options(args, "c:W:w:i:nq")
        count, wait = int(found.get("-c", "0")), float(found.get("-W", found.get("-w", "10")))
        interval = float(found.get("-i", "1"))
    except (BadOptionError, ValueError):
        return not_simulated(call, args)
    if len(rest) != 1:
        return not_simulated(call, args)
    address = _resolve(machine, rest[0])
    if not address:
        call.err(f"ping: {rest[0]}: Name or service not known\n")
        return 2
    call.out(f"PING {rest[0]} ({address}) 56(84) bytes of data.\n")
    sent = received = 0
    while not count or sent < count:
        sent += 1
        if _reachable(machine, address):
            received += 1
            call.out(f"64 bytes from {address}: icmp_seq={sent} ttl=64 time=0.100 ms\n")
        await call.flush()
        if sent != count:
            await asyncio.sleep(interval)
        elif not received:
            await asyncio.sleep(wait)
    loss = 100 * (sent - received) // sent
    call.out(
        f"\n--- {rest[0]} ping statistics ---\n{sent} packets transmitted, {received} received, {loss}% packet loss, "
        f"time {int(1000 * interval * (sent - 1))}ms\n"
    )
    call.out("rtt min/avg/max/mdev = 0.100/0.100/0.100/0.000 ms\n" if received else "\n")
    return 0 if received else 1


async def ssh_keyscan(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``ssh-keyscan [-T SECONDS] ADDRESS``: a booted guest greets."""
    try:
        _, rest = options(args, "T:t:p:4")
    except BadOptionError:
        return not_simulated(call, args)
    for name in rest:
        if _reachable(machine, _resolve(machine, name)):
            call.err(f"# {name}:22 SSH-2.0-simulated\n")
            call.out(f"{name} {_GUEST_KEY}\n")
    return 0


async def getent(machine: Machine, call: Call, args: Sequence[str]) -> int:
    """``getent hosts [NAME|ADDRESS ...]``: the host itself and the guests of the use-case page."""
    if list(args[:1]) != ["hosts"]:
        return not_simulated(call, args)
    status = 0
    for name in args[1:] or [name for name, _ in _names(machine)]:
        rows = [row for row in _names(machine) if name in (*row, f"{row[0]}.{machine.dns_domain}")]
        status = status if rows else 2
        for label, address in rows:
            full = f"{label}.{machine.dns_domain} " if label == machine.name else ""
            call.out(f"{address:<15} {full}{label}\n")
    return status


TOOLS: dict[str, Tool] = {
    "ip": ip,
    "bridge": bridge,
    "brctl": brctl,
    "ping": ping,
    "ssh-keyscan": ssh_keyscan,
    "getent": getent,
}
