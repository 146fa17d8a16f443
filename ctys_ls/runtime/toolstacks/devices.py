"""What the toolstack tells of one guest: uptime, processors, interfaces, disks, channels. Pure.

xl took these tables over from xm; columns that only one of them has are passed over. Forms as captured from Xen 4.17
(tests/data/captures), of xm as its manual shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: The states of a device in xenstore (xen/include/public/io/xenbus.h).
_STATES = {
    "1": "initialising",
    "2": "waiting",
    "3": "initialised",
    "4": "connected",
    "5": "closing",
    "6": "closed",
    "7": "reconfiguring",
    "8": "reconfigured",
}
_UPTIME = re.compile(r"^(\S.*?)\s+(\d+)\s+(?:(\d+) days?,\s*)?(\d+):(\d\d)(?::(\d\d))?\s*$")
_VCPU = re.compile(r"^(\S.*?)\s+(\d+)\s+(\d+)\s+(\d+|-)\s+([rbp-]{3})\s+(\d+(?:\.\d+)?)\s+(\S.*?)\s*$")
_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Vcpu:
    """A virtual processor: the processor it is on (None: on none now), seconds of CPU time, affinity as printed."""

    number: int
    cpu: int | None
    state: str
    seconds: float
    affinity: str


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface; ``mac`` in lower case, ``bridge`` where the guest's configuration names one."""

    number: int
    mac: str
    state: str
    bridge: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """A block device: its name in the guest, and what is behind it on the host where the configuration tells."""

    number: int
    name: str
    state: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel between guest and host: ``kind`` is pty or socket, ``path`` where the host reaches it."""

    number: int
    state: str
    kind: str
    path: str


def uptimes(text: str) -> dict[int, int]:
    """Seconds of uptime by domain id, from ``uptime``."""
    found = (_UPTIME.match(line) for line in text.splitlines())
    return {
        int(row[2]): int(row[3] or 0) * 86400 + int(row[4]) * 3600 + int(row[5]) * 60 + int(row[6] or 0)
        for row in found
        if row
    }


def vcpus(text: str) -> tuple[Vcpu, ...]:
    """The processors of ``vcpu-list GUEST``."""
    found = (_VCPU.match(line) for line in text.splitlines())
    return tuple(
        Vcpu(int(row[3]), None if row[4] == "-" else int(row[4]), _flag(row[5]), float(row[6]), row[7])
        for row in found
        if row
    )


def _flag(flags: str) -> str:
    # Not the letters of list: p is a processor that is unplugged; of a paused guest each is neither running nor blocked.
    return "running" if "r" in flags else "blocked" if "b" in flags else "offline" if "p" in flags else "idle"


def interfaces(text: str) -> tuple[Interface, ...]:
    """The interfaces of ``network-list GUEST``: index, backend, MAC, handle, state …"""
    return tuple(
        Interface(int(row[0]), row[2].lower(), _state(row[4]))
        for row in _rows(text, 5)
        if _MAC.fullmatch(row[2])
    )


def disks(text: str) -> tuple[Disk, ...]:
    """The block devices of ``block-list GUEST``: number, backend, handle, state …"""
    return tuple(Disk(int(row[0]), device_name(int(row[0])), _state(row[3])) for row in _rows(text, 4))


def channels(text: str) -> tuple[Channel, ...]:
    """The channels of ``channel-list GUEST``: index, backend, state, event channel, ring, connection, path."""
    return tuple(
        Channel(int(row[0]), _state(row[2]), row[5], row[6] if len(row) > 6 else "") for row in _rows(text, 6)
    )


def _rows(text: str, least: int) -> Iterator[list[str]]:
    """The rows of a table whose first column is a number, of at least so many columns."""
    for line in text.splitlines():
        words = line.split()
        if len(words) >= least and words[0].isdigit():
            yield words


def _state(number: str) -> str:
    return _STATES.get(number, number)


def device_name(number: int) -> str:
    """A block device's number as the guest names it (xen-vbd-interface(7)); the number itself where it has no name."""
    if number >> 28 == 1:
        return f"xvd{_letters((number >> 8) & 0xFFFFF)}{number & 0xFF or ''}"
    major, minor = number >> 8, number & 0xFF
    if major == 202:
        return f"xvd{_letters(minor >> 4)}{minor & 15 or ''}"
    if major == 8:
        return f"sd{_letters(minor >> 4)}{minor & 15 or ''}"
    if major in (3, 22):
        return f"hd{_letters((minor >> 6) + (2 if major == 22 else 0))}{minor & 63 or ''}"
    return str(number)


def _letters(number: int) -> str:
    """Count in letters: a … z, aa, ab …"""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("a") + rest) + name
    return name
