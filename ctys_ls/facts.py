"""What is known of the world, as one frozen value: hosts, guests, macros, groups.

The languages read it, the runtime makes it. What is unknown is absent and never causes a false alarm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ctys_ls.text import Span

#: What no two guests may share, and its value: ("mac", "00:16:3e:00:00:01"). Kinds: name, uuid, mac, ip, disk, vnc.
Mark = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Guest:
    """A configured or running guest on one host. ``running`` is None where nobody has looked."""

    host: str
    label: str
    path: str | None = None
    uuid: str | None = None
    macs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    running: bool | None = None
    #: Where this was learned ("enumerate", "list", "workspace") and when (seconds since the epoch).
    source: str = ""
    seen: float = 0.0
    #: Images and devices of the host, and the VNC display where one is fixed; known for files of the workspace.
    disks: tuple[str, ...] = ()
    vncdisplay: int | None = None
    #: Where in its file each of its marks stands; known for files of the workspace.
    places: tuple[tuple[Mark, Span], ...] = ()
    #: Those of the lines of places that are not ASCII, by number: only there do columns depend on the unit.
    lines: tuple[tuple[int, str], ...] = ()
    #: The bridges that its interfaces name, and the kernel and the like that it boots; known for files of the workspace.
    bridges: tuple[str, ...] = ()
    boots: tuple[str, ...] = ()

    def marks(self) -> Iterator[Mark]:
        """Everything of it that no other guest may have."""
        if self.label:
            yield "name", self.label
        if self.uuid:
            yield "uuid", self.uuid
        yield from (("mac", mac) for mac in self.macs)
        yield from (("ip", address) for address in self.addresses)
        yield from (("disk", disk) for disk in self.disks)
        if self.vncdisplay is not None:
            yield "vnc", str(self.vncdisplay)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a host's own toolstack refuses a domain file: its words, and the line (from 0) that they name, if any."""

    words: str
    line: int | None = None


def mark_of(text: str) -> str:
    """A short mark of a text: a word about an earlier text of a file is none about this one."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a host has for guests, as it was when it was looked at; what could not be learned is None.

    ``free_memory`` and ``total_memory`` in MiB; ``paths`` tells of each path that was asked for whether it is there.
    """

    bridges: tuple[str, ...] | None = None
    cpus: int | None = None
    free_memory: int | None = None
    total_memory: int | None = None
    paths: Mapping[str, bool] = field(default_factory=dict)
    #: Images and kernels that lie beside those that were asked for.
    images: tuple[str, ...] = ()
    #: What its own ``xl create -n`` said about texts, by their marks; None where it takes the text.
    verdicts: Mapping[str, Refusal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Host:
    """A host that the user named (ssh configuration, settings, a group, a command line)."""

    name: str
    toolstack: str | None = None
    xen_release: str | None = None
    reachable: bool | None = None
    seen: float = 0.0
    #: None where nobody has asked for it.
    equipment: Equipment | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """A view of the world at one moment."""

    hosts: tuple[Host, ...] = ()
    guests: tuple[Guest, ...] = ()
    #: The domain files of the workspace, whether they are open or not; their ``host`` is empty.
    files: tuple[Guest, ...] = ()
    #: The hosts that a domain file is meant for, by its path; those under "" are meant by every file.
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Macro name to its text, per macro file; the default file's key is "default".
    macros: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Group name to its members as written.
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Where the files of macros and of groups were found, by the names they have above.
    macro_files: Mapping[str, str] = field(default_factory=dict)
    group_files: Mapping[str, str] = field(default_factory=dict)
    #: Hosts whose guests have been enumerated completely; only for these can a label be called unknown.
    complete_hosts: frozenset[str] = frozenset()
    home: str = ""


NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class ConfFacts:
    """What ctys picks out of one Xen domain file, by its own rules (ctys-facts 7.2-7.4): by pattern, first match wins.

    ``uuid`` is 32 lower-case hexadecimal digits, a MAC six lower-case pairs joined by colons; ``memory`` is in MiB.
    ``tags`` are the ``#@#KEY`` comments by upper-case key. ``is_xen`` tells whether ENUMERATE takes the file for a
    Xen guest. ``disks`` are the images and devices of the host; ``vncdisplay`` is None where none is fixed.
    """

    path: str = ""
    label: str = ""
    uuid: str | None = None
    macs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    disks: tuple[str, ...] = ()
    memory: int | None = None
    vcpus: int | None = None
    vnc: bool = False
    vncdisplay: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    is_xen: bool = False


#: Reads a guest's file: its text and its path.
ReadConf = Callable[[str, str], ConfFacts]


class Readers(NamedTuple):
    """How the files are read that facts are made of: text in, value out. The languages have them, the runtime calls them.

    ``macros`` gives the macros of a file by name, ``group`` a group's members as written (``Facts.groups``).
    """

    conf: ReadConf
    macros: Callable[[str], Mapping[str, str]]
    group: Callable[[str], tuple[str, ...]]
