"""A command for a host as a value: arguments, how to read its output, what it needs. Nothing here runs anything."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended. ``status`` is None where a signal ended it; ``truncated``: there was more output."""

    status: int | None
    out: str = ""
    err: str = ""
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class HostCommand(Generic[T]):
    """One command: ``act`` says in words what it does (for errors), ``parse`` turns its output into a value.

    ``timeout`` in seconds bounds a single run; None leaves it to the user, who can cancel.
    """

    argv: tuple[str, ...]
    act: str
    parse: Callable[[Completed], T]
    needs_root: bool = True
    timeout: float | None = 60.0


def nothing(_: Completed) -> None:
    """The parser of a command whose output does not matter."""


def quote(argv: Sequence[str]) -> str:
    """The one line that makes a POSIX shell run exactly ``argv``.

    A NUL cannot be an argument on any host and is refused here rather than cut there.
    """
    for word in argv:
        if "\0" in word:
            raise ValueError("an argument holds a NUL character")
    return " ".join(map(shlex.quote, argv))
