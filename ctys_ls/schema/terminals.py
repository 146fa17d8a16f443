"""Terminal emulators that can stand in for the console kinds (``data/terminals.toml``)."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cache

from ctys_ls.requests import ConsoleKind
from ctys_ls.schema.tables import table


@dataclass(frozen=True, slots=True)
class Emulator:
    """A terminal emulator: what stands between its name and the program that runs in it."""

    program: str
    kinds: tuple[ConsoleKind, ...]
    template: tuple[str, ...]

    def arguments(self, title: str) -> list[str]:
        """The arguments before the program, with the window's title filled in."""
        return [part.replace("{title}", title) for part in self.template]


@cache
def _emulators() -> tuple[Emulator, ...]:
    return tuple(
        Emulator(row["program"], tuple(map(ConsoleKind, row["kinds"])), tuple(row["arguments"]))
        for row in table("terminals")["terminal"]
    )


def emulators(kind: ConsoleKind) -> tuple[Emulator, ...]:
    """The emulators for a console kind, the one it is named for first."""
    return tuple(emulator for emulator in _emulators() if kind in emulator.kinds)


def named(command: str) -> Emulator:
    """A user's own emulator command: a known program, or words before the program to run. Raises ValueError."""
    words = shlex.split(command)
    if not words:
        raise ValueError("the terminal emulator's command is empty")
    known = next((row for row in _emulators() if row.program == words[0].rpartition("/")[2]), None)
    template = tuple(words[1:]) or (known.template if known else ("-e",))
    return Emulator(words[0], (ConsoleKind.XTERM, ConsoleKind.GTERM), template)
