"""The faults that a simulated host can have, switched on and off while it runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

#: Kind to what it does and which arguments it takes; the text of ``ctys-ls lab fault --help``.
KINDS: dict[str, str] = {
    "slow": "[SECONDS [PATTERN]]  every command starts so much later (default 2 s); PATTERN: only matching commands",
    "refused": "connections are refused, existing ones are cut, as if the machine were down",
    "silent": "connections are accepted, then nothing more is said; existing ones freeze (until cleared)",
    "dropped": "[BYTES [PATTERN]]  the connection is cut once a command has printed so much (default: as it starts)",
    "garbage": "[PATTERN]  commands print random bytes and succeed",
    "changed-key": "the host shows another host key than the one in known_hosts",
    "unknown-key": "known_hosts has no line for this host",
    "missing": "[COMMAND ...]  these tools are not installed (default: xl and xm)",
    "denied": "[plain|ksu|sudo|all|password]  xl refuses an ordinary user (plain, the default); ksu, sudo: these refuse"
    " as well; password: ksu refuses and sudo asks (the answer is: simulated)",
    "older": "xl knows no guests of type pvh, as before Xen 4.10, and refuses their files",
    "full": "nothing can be written on the host's disk",
}

#: The password that sudo wants under ``denied password``.
PASSWORD = "simulated"
_DENIALS = ("plain", "ksu", "sudo", "all", "password")


class FaultError(Exception):
    """A fault that does not exist, or wrong arguments for it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is on: ``number`` is seconds or bytes, ``words`` a denial or the missing tools."""

    kind: str
    number: float = 0.0
    pattern: str = ""
    words: tuple[str, ...] = ()

    def hits(self, command: str) -> bool:
        """Whether it concerns this command line."""
        return re.search(self.pattern, command) is not None


class Faults:
    """The faults of one host. ``changed`` is called after every change."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._on: dict[str, Fault] = {}
        self._listeners = [changed]

    def also(self, changed: Callable[[], None]) -> None:
        """Call this one too after every change."""
        self._listeners.append(changed)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()

    def set(self, kind: str, *args: object) -> Fault:
        """Switch a fault on (again: with new arguments); see KINDS. Raises FaultError."""
        fault = _fault(kind, [str(arg) for arg in args])
        self._on[kind] = fault
        self._changed()
        return fault

    def clear(self, kind: str | None = None) -> None:
        """Switch one fault or all of them off."""
        if kind is not None and kind not in KINDS:
            raise FaultError(_unknown(kind))
        for name in [kind] if kind else list(self._on):
            self._on.pop(name, None)
        self._changed()

    def get(self, kind: str) -> Fault | None:
        """The fault of this kind if it is on."""
        return self._on.get(kind)

    def active(self) -> tuple[Fault, ...]:
        """All that are on."""
        return tuple(self._on.values())

    @property
    def denial(self) -> str:
        """The word of ``denied``; empty where nothing is denied."""
        fault = self._on.get("denied")
        return fault.words[0] if fault else ""

    def refuses(self, privilege: str) -> bool:
        """Whether the toolstack refuses a caller who came by "" (as he is), "ksu" or "sudo"."""
        return bool(self.denial) and privilege == ""


def _unknown(kind: str) -> str:
    return f"no fault is called {kind!r}; there are: {', '.join(KINDS)}; clear ends all"


def _fault(kind: str, args: list[str]) -> Fault:
    if kind not in KINDS:
        raise FaultError(_unknown(kind))
    if kind == "missing":
        return Fault(kind, words=tuple(args) or ("xl", "xm"))
    if kind == "denied":
        word = args[0] if args else "plain"
        if word not in _DENIALS or args[1:]:
            raise FaultError(f"denied takes one of: {', '.join(_DENIALS)}")
        return Fault(kind, words=(word,))
    number = {"slow": 2.0, "dropped": 0.0}.get(kind)
    value = 0.0
    if number is not None:
        try:
            value = float(args.pop(0)) if args else number
        except ValueError:
            raise FaultError(f"{kind}: the first argument is a number; {KINDS[kind]}") from None
    if len(args) > (kind in ("slow", "dropped", "garbage")):
        raise FaultError(f"{kind} has too many arguments; {kind} {KINDS[kind]}")
    pattern = args[0] if args else ""
    try:
        re.compile(pattern)
    except re.error as error:
        raise FaultError(f"{kind}: {pattern!r} is no regular expression: {error}") from None
    return Fault(kind, value, pattern)
