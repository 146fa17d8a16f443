"""Terminal emulators that can stand in for the console kinds (``data/terminals.toml``)."""

from __future__ import annotations

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
