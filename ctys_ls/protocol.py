"""What ctys-ls adds to the Language Server Protocol: commands, notifications, one request. docs/protocol.md in Python.

Arguments of commands come from outside and are read strictly (:func:`read`): unknown fields are passed over, a missing or
ill-typed one is refused with a sentence that names it.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from ctys_ls.text import camel

VERSION = 1

#: The longest text that an argument may have: a command line of this length is no command line.
MAX_TEXT = 64 << 10

Kind = TypeVar("Kind")


class WrongArgumentError(ValueError):
    """An argument cannot be used; the text is a sentence that names the field."""


@dataclass(frozen=True, slots=True)
class RunArgs:
    """``ctys.run``: a command line as in a terminal. ``confirmed``: the user has already been asked."""

    command_line: str
    confirmed: bool = False
    show: bool = False


@dataclass(frozen=True, slots=True)
class PlanArgs:
    """``ctys.plan``: what a command line would run; nothing is run."""

    command_line: str
    show: bool = False


@dataclass(frozen=True, slots=True)
class ExplainArgs:
    """``ctys.explain``: a command line in words."""

    command_line: str
    show: bool = False


@dataclass(frozen=True, slots=True)
class AddressArgs:
    """A machine address; every part that is given must agree with the guest."""

    label: str | None = None
    pathname: str | None = None
    filename: str | None = None
    uuid: str | None = None
    mac: str | None = None
    tcp: str | None = None


@dataclass(frozen=True, slots=True)
class CreateArgs:
    """``ctys.create``: start a guest or attach to a running one."""

    host: str
    address: AddressArgs
    console: (
        Literal["CLI", "XTERM", "GTERM", "EMACS", "EMACSA", "EMACSM", "EMACSAM", "VNC", "SDL", "NONE"] | None
    ) = None
    attach: Literal["NEW", "CONNECT", "REUSE", "RECONNECT", "RESUME"] | None = None
    privilege: tuple[Literal["KSU", "SUDO"], ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class TargetArgs:
    """One guest on one host."""

    host: str
    address: AddressArgs


@dataclass(frozen=True, slots=True)
class CancelArgs:
    """``ctys.cancel``: stop guests. ``delay`` in seconds."""

    targets: tuple[TargetArgs, ...]
    method: Literal["POWEROFF", "REBOOT", "RESET", "PAUSE", "SUSPEND", "INIT"] | None = None
    delay: int | None = None
    force: bool = False
    privilege: tuple[Literal["KSU", "SUDO"], ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class ListArgs:
    """``ctys.list``: the sessions of hosts as a printed table and as rows."""

    hosts: tuple[str, ...] = ()
    type: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class EnumerateArgs:
    """``ctys.enumerate``: the configured guests of hosts, found below ``basepath``."""

    hosts: tuple[str, ...] = ()
    type: str = ""
    basepath: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostsArgs:
    """``ctys.show`` and ``ctys.info``: what hosts can and what they are."""

    hosts: tuple[str, ...] = ()
    type: str = ""


@dataclass(frozen=True, slots=True)
class DoctorArgs:
    """``ctys.doctor``: why hosts can or cannot be managed."""

    hosts: tuple[str, ...] = ()
    privilege: tuple[Literal["KSU", "SUDO"], ...] = ()


@dataclass(frozen=True, slots=True)
class CheckArgs:
    """``ctys.check``: open domain files against hosts; without ``uri`` all of them."""

    hosts: tuple[str, ...]
    uri: str = ""
    privilege: tuple[Literal["KSU", "SUDO"], ...] = ("KSU", "SUDO")
    show: bool = False


@dataclass(frozen=True, slots=True)
class VhostArgs:
    """``ctys.vhost``: guests by regular expressions over their records; no host is asked."""

    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsoleArgs:
    """``ctys.console``: the way to a running guest's console."""

    host: str
    label: str
    kind: Literal["CLI", "XTERM", "GTERM", "EMACS", "EMACSA", "EMACSM", "EMACSAM", "VNC", "SDL"] | None = None
    privilege: tuple[Literal["KSU", "SUDO"], ...] = ()


@dataclass(frozen=True, slots=True)
class GuestArgs:
    """``ctys.guest``: one running guest in detail. Without ``privilege``: the rights its host was last asked with."""

    host: str
    label: str
    privilege: tuple[Literal["KSU", "SUDO"], ...] = ()


@dataclass(frozen=True, slots=True)
class RenameArgs:
    """``ctys.rename``: another name for a running guest."""

    host: str
    label: str
    to: str
    privilege: tuple[Literal["KSU", "SUDO"], ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class SessionsArgs:
    """``ctys.sessions``: begin or stop watching the session table, or ask the hosts now."""

    action: Literal["subscribe", "unsubscribe", "refresh"]
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndClientsArgs:
    """``ctys.endClients``: end consoles, viewers and tunnels of this machine, by the keys of their rows."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompleteArgs:
    """``ctys.complete``: completion of a command line outside of any document; ``cursor`` in UTF-16 units."""

    line: str
    cursor: int


@dataclass(frozen=True, slots=True)
class CancelJobArgs:
    """``ctys.cancelJob``: end a running job."""

    job: str


#: Command to its argument; the order is that of docs/protocol.md.
COMMANDS: dict[str, type] = {
    "ctys.run": RunArgs,
    "ctys.plan": PlanArgs,
    "ctys.create": CreateArgs,
    "ctys.cancel": CancelArgs,
    "ctys.rename": RenameArgs,
    "ctys.list": ListArgs,
    "ctys.enumerate": EnumerateArgs,
    "ctys.show": HostsArgs,
    "ctys.info": HostsArgs,
    "ctys.doctor": DoctorArgs,
    "ctys.check": CheckArgs,
    "ctys.vhost": VhostArgs,
    "ctys.guest": GuestArgs,
    "ctys.console": ConsoleArgs,
    "ctys.sessions": SessionsArgs,
    "ctys.endClients": EndClientsArgs,
    "ctys.complete": CompleteArgs,
    "ctys.explain": ExplainArgs,
    "ctys.cancelJob": CancelJobArgs,
}

#: Commands that answer with a job's id and go on by themselves.
JOB_COMMANDS = frozenset(
    f"ctys.{name}"
    for name in (
        "run",
        "create",
        "cancel",
        "rename",
        "list",
        "enumerate",
        "show",
        "info",
        "doctor",
        "check",
        "console",
    )
)

NOTIFICATIONS = ("ctys/job", "ctys/sessionsChanged", "ctys/consoleReady", "ctys/hostStatus", "ctys/fileState")
REQUESTS = ("ctys/prompt",)


def read(kind: type[Kind], raw: object, where: str = "") -> Kind:
    """``raw`` JSON as a ``kind``; raises :class:`WrongArgumentError`. ``where`` is the path to it within the argument."""
    if not isinstance(raw, dict):
        raise WrongArgumentError(f"{where or 'The argument'} must be an object.")
    version = raw.get("v", VERSION)
    if not where and version != VERSION:
        raise WrongArgumentError(f"v is {version!r}; this server speaks version {VERSION}.")
    found: dict[str, Any] = {}
    for name, (wire, hint, required) in _shape(cast("Any", kind)).items():
        path = f"{where}.{wire}" if where else wire
        if raw.get(wire) is None:
            if required:
                raise WrongArgumentError(f"{path} is missing.")
            continue
        found[name] = _value(hint, raw[wire], path)
    return kind(**found)


@cache
def _shape(kind: Any) -> dict[str, tuple[str, Any, bool]]:
    """Field to its name on the wire, its type, and whether it must be there."""
    hints = get_type_hints(kind)
    return {
        entry.name: (
            camel(entry.name),
            hints[entry.name],
            entry.default is MISSING and entry.default_factory is MISSING,
        )
        for entry in fields(kind)
    }


def _value(hint: Any, value: object, path: str) -> Any:
    if get_origin(hint) is UnionType or NoneType in get_args(hint):
        return _value(next(part for part in get_args(hint) if part is not NoneType), value, path)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise WrongArgumentError(f"{path} must be a list.")
        return tuple(
            _value(get_args(hint)[0], item, f"{path}[{number}]") for number, item in enumerate(value)
        )
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise WrongArgumentError(f"{path} must be one of {', '.join(get_args(hint))}.")
        return value
    if is_dataclass(hint):
        return read(cast("type[Any]", hint), value, path)
    if hint is str:
        return _text(value, path)
    if hint is int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise WrongArgumentError(f"{path} must be a whole number, 0 or more.")
        return value
    if not isinstance(value, bool):
        raise WrongArgumentError(f"{path} must be true or false.")
    return value


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise WrongArgumentError(f"{path} must be a text.")
    if len(value) > MAX_TEXT:
        raise WrongArgumentError(f"{path} has {len(value)} characters; at most {MAX_TEXT} are taken.")
    if "\0" in value:
        raise WrongArgumentError(f"{path} contains a NUL character.")
    return value
