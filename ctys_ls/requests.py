"""What a command line asks for, as plain values: the seam between the languages and the runtime.

``languages.cmdline`` builds an :class:`Invocation` from text, ``handlers`` build one from command arguments, and the
runtime plans and runs it. Names follow the original's options and suboptions (docs/commands.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ConsoleKind(StrEnum):
    """CREATE's CONSOLE suboption: which terminal the guest's console appears in."""

    CLI = "CLI"
    XTERM = "XTERM"
    GTERM = "GTERM"
    EMACS = "EMACS"
    EMACSA = "EMACSA"
    EMACSM = "EMACSM"
    EMACSAM = "EMACSAM"
    VNC = "VNC"
    SDL = "SDL"
    NONE = "NONE"


class Attach(StrEnum):
    """How CREATE treats a guest that runs already."""

    NEW = "NEW"
    CONNECT = "CONNECT"
    REUSE = "REUSE"
    RECONNECT = "RECONNECT"
    RESUME = "RESUME"


class Method(StrEnum):
    """How CANCEL stops a guest."""

    POWEROFF = "POWEROFF"
    REBOOT = "REBOOT"
    RESET = "RESET"
    PAUSE = "PAUSE"
    SUSPEND = "SUSPEND"
    INIT = "INIT"


class Side(StrEnum):
    """Which processes of a session CANCEL ends."""

    CLIENT = "CLIENT"
    SERVER = "SERVER"
    BOTH = "BOTH"


class Locality(StrEnum):
    """The -L option: where client and server of a session run."""

    DISPLAY = "DF"
    CONNECTION = "CF"
    LOCAL = "LO"
    SERVER = "SO"


@dataclass(frozen=True, slots=True)
class Address:
    """A machine address: every part given must agree with the guest (ctys-facts section 2).

    ``uuid`` is 32 lower-case hex digits without hyphens; ``mac`` is lower case with colons; ``filename`` matches the
    end of an absolute path at a ``/``; ``all`` is CANCEL's ALL.
    """

    pathname: str | None = None
    filename: str | None = None
    label: str | None = None
    uuid: str | None = None
    mac: str | None = None
    tcp: str | None = None
    basepath: tuple[str, ...] = ()
    dbrecord: int | None = None
    all: bool = False

    def __bool__(self) -> bool:
        """Whether anything but a BASEPATH is given."""
        return (
            self.all
            or self.dbrecord is not None
            or any((self.pathname, self.filename, self.label, self.uuid, self.mac, self.tcp))
        )

    def __str__(self) -> str:
        """The address as suboptions, in the short letters of the use-case page."""
        parts = [("p", self.pathname), ("f", self.filename), ("l", self.label), ("u", self.uuid)]
        parts += [("m", self.mac), ("t", self.tcp), ("b", "%".join(self.basepath))]
        parts += [("dr", None if self.dbrecord is None else str(self.dbrecord))]
        return ",".join(
            [*(f"{key}:{value}" for key, value in parts if value), *(["all"] if self.all else [])]
        )


@dataclass(frozen=True, slots=True)
class Wait:
    """PING and SSHPING: try ``count`` times, ``seconds`` apart; ``Wait(0, 0)`` is OFF."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Create:
    """The CREATE action (UC-01 … UC-27). ``resume_file`` is the state file of RESUME:file."""

    address: Address
    attach: Attach = Attach.NEW
    resume_file: str | None = None
    console: ConsoleKind | None = None
    bootmode: str | None = None
    instmode: tuple[str, ...] | None = None
    ping: Wait | None = None
    sshping: Wait | None = None
    user: str | None = None
    waitc: int | None = None
    waits: int | None = None
    stackcheck: tuple[str, ...] = ()
    callopts: tuple[str, ...] = ()
    xopts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """The CANCEL action (UC-28 … UC-43). ``delay`` in seconds: None means the default of 20."""

    address: Address
    method: Method = Method.POWEROFF
    delay: int | None = None
    runlevel: str | None = None
    force: bool = False
    stack: bool = False
    include_host: bool = False
    timeout: int | None = None
    side: Side = Side.SERVER


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a TAB_GEN table: field number of the record (1-based), title, width, policy ("", "L" or "B")."""

    field: int
    title: str
    width: int = 10
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """How records are printed (ctys-facts section 6).

    ``form`` is "table", "record" (MACHINE or picked fields, ``;`` between), "rec", "spec" or "xml"; ``columns`` None
    means the action's own table, ``fields`` empty all fields of the record; ``title`` is "", "title", "titleidx" or
    "titleidxasc"; ``sort`` is "" or SORT's argument ("ALL", "EACH", "UNIQUE", column numbers, blanks between); ``names``:
    addresses as names where the host knows one (DNS) or as numbers (IP), None as the action has it.
    """

    form: str = "table"
    columns: tuple[Column, ...] | None = None
    widths: tuple[int | None, ...] = ()
    fields: tuple[int, ...] = ()
    title: str = ""
    terse: bool = False
    sort: str = ""
    show_id: bool = False
    names: bool | None = None


@dataclass(frozen=True, slots=True)
class List:
    """The LIST action (UC-18, UC-19, UC-44 … UC-48). ``sides`` are letters of S, C, T; ``types`` as in -t."""

    output: Output = field(default_factory=Output)
    sides: str = "SCT"
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enumerate:
    """The ENUMERATE action (UC-49, UC-50)."""

    output: Output = field(default_factory=Output)
    basepath: tuple[str, ...] = ()
    matchvstat: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Show:
    """The SHOW action (UC-51, UC-52)."""

    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Info:
    """The INFO action (UC-53, UC-54)."""

    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rename:
    """Another name for a running guest; no action of the original, asked for by ``ctys.rename`` alone."""

    label: str
    to: str


Request = Create | Cancel | List | Enumerate | Show | Info | Rename


@dataclass(frozen=True, slots=True)
class Privilege:
    """The -Z option: which ways of raising rights may be tried, in the order root, ksu, sudo, plain."""

    ksu: bool = False
    sudo: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One call on one host. ``session_type`` is -t in upper case, "ALL" where every plugin takes part."""

    host: str
    request: Request
    user: str | None = None
    session_type: str = "ALL"
    privilege: Privilege = field(default_factory=Privilege)
    locality: Locality | None = None
    scope: str = ""
    terse: bool = False
    #: -z: how often ssh gets ``-t`` (0, 1, 2); None leaves it to the action.
    pty: int | None = None
    #: Targets with the same number (not 0) are levels of one VMSTACK: each waits for the one before.
    stack: int = 0

    @property
    def destination(self) -> str:
        """What ssh is given: ``[user@]host``."""
        return f"{self.user}@{self.host}" if self.user else self.host


@dataclass(frozen=True, slots=True)
class Kept:
    """-C: whether answers of LIST, ENUMERATE, SHOW and INFO are taken from earlier calls, and kept for later ones.

    ``lifetime``: seconds for which an answer may be used again; None asks anew. ``only``: what is not kept is not asked
    for. ``keep``: "" for nothing, "KEEP" for this action's answer, "KEEPALL" for all that LIST and ENUMERATE need.
    ``source`` and ``sink``: files that answers are read from (FIN, at any age) and written to (FOUT).
    """

    lifetime: int | None = None
    only: bool = False
    keep: str = ""
    source: str = ""
    sink: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A whole command line. ``text`` is the line as the user wrote it; ``dry_run`` is -n."""

    targets: tuple[Target, ...]
    text: str = ""
    dry_run: bool = False
    detach: bool = True
    parallel: bool = True
    allow_ambiguous: bool = False
    use_inventory: bool = True
    message: str = ""
    #: VMSTACK: each target must answer before the next one begins, and a failure ends the rest.
    stacked: bool = False
    #: -c …,ONLY: a guest whose file the inventory does not know is not searched for.
    inventory_only: bool = False
    kept: Kept = field(default_factory=Kept)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A ctys-vhost query (UC-30): regular expressions over the records; ``mode`` is -M in upper case."""

    terms: tuple[str, ...]
    output: Output = field(default_factory=Output)
    mode: str = "ALL"
    quiet: bool = False
