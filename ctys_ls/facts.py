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
