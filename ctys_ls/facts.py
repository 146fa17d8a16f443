"""What is known of the world, as one frozen value: hosts, guests, macros, groups.

The languages read it, the runtime makes it. What is unknown is absent and never causes a false alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True, slots=True)
class Host:
    """A host that the user named (ssh configuration, settings, a group, a command line)."""

    name: str
    toolstack: str | None = None
    xen_release: str | None = None
    reachable: bool | None = None
    seen: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """A view of the world at one moment."""

    hosts: tuple[Host, ...] = ()
    guests: tuple[Guest, ...] = ()
    #: Macro name to its text, per macro file; the default file's key is "default".
    macros: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Group name to its members as written.
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
