"""What one look at a host showed, as a frozen value."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from ctys_ls.facts import ConfFacts, Equipment
from ctys_ls.runtime.api import Trouble
from ctys_ls.runtime.privilege import Method
from ctys_ls.runtime.processes import Process
from ctys_ls.runtime.toolstacks import TOOLSTACKS, Domain, Toolstack
from ctys_ls.runtime.views import GuestView, XenView


@dataclass(frozen=True, slots=True)
class Conf:
    """A guest's configuration file on the host and what was read in it."""

    path: str
    facts: ConfFacts
    #: When it was read, and how it was come by: "scan" of a directory, or "named" by its path.
    seen: float = field(default=0.0, compare=False)
    source: str = field(default="scan", compare=False)

    @property
    def label(self) -> str:
        """The guest's name; a file without one is named after itself, as the layout of the page has it."""
        return self.facts.label or posixpath.splitext(posixpath.basename(self.path))[0]


@dataclass(frozen=True, slots=True)
class Access:
    """How the toolstack of a host is called: its path there and the way to the rights it needs."""

    toolstack: Toolstack
    tool: str
    method: Method


@dataclass(frozen=True, slots=True)
class Said:
    """What a host said to a look, as it came; ``boundary`` stands between its parts."""

    text: str
    boundary: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A host at one moment. ``host`` is its name as the user gave it; ``name`` and ``fqdn`` are its own.

    ``troubles`` are the pieces that could not be had; the others are true nevertheless. ``scanned``: the directories
    whose files are all in ``confs``; ``states``: files that ``SUSPEND`` saved; ``names``: its /etc/hosts, by address.
    """

    host: str
    name: str = ""
    fqdn: str = ""
    user: str = ""
    group: str = ""
    uid: int | None = None
    home: str = ""
    system: str = ""
    release: str = ""
    machine: str = ""
    xen: str = ""
    dom0: bool = False
    simulated: bool = False
    tools: Mapping[str, str] = field(default_factory=dict)
    access: Access | None = None
    needs_password: bool = False
    domains: tuple[Domain, ...] = ()
    confs: tuple[Conf, ...] = ()
    scanned: tuple[str, ...] = ()
    #: Directories that were too large to be searched to the end.
    unfinished: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    mac: str = ""
    #: VNC servers and viewers, consoles and tunnels that run on it; None where the look did not ask for them.
    processes: tuple[Process, ...] | None = None
    troubles: tuple[Trouble, ...] = ()
    #: The flags of -Z that were allowed when the toolstack answered last, in capitals with commas.
    rights: str = ""
    taken: float = 0.0
    #: When directories were last scanned for files, 0 for never in this process.
    scanned_at: float = 0.0
    #: None where no look has asked for it.
    equipment: Equipment | None = None
    #: One guest in detail, and the host as Xen sees it; None where the look did not ask for it.
    view: GuestView | None = None
    xen_view: XenView | None = None
    #: What all of this was read from; only who has looked gets it.
    said: Said | None = None

    @property
    def guests(self) -> tuple[Domain, ...]:
        """The running guests, Domain-0 left out."""
        return tuple(domain for domain in self.domains if domain.id != 0)


def access_from(kind: str, tools: Mapping[str, str], way: str) -> Access:
    """The access that a successful listing proved."""
    return Access(TOOLSTACKS[kind], tools.get(kind, kind), Method(way))
