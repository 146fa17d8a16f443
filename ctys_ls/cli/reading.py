"""One file's text as it was at one moment, or the reason why there is none."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from ctys_ls.text import LARGEST

_BINARY = 1 << 13
#: A file that is being written is read again, so often.
_TRIES = 3


class UnusableError(Exception):
    """A path cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What tells whether a file is still the one that was read. Standard input has none."""

    file: int
    size: int
    changed: int


def read(path: str) -> tuple[str, Moment | None]:
    """The text of a file, "-" for standard input; bytes that are no UTF-8 are lone surrogates in it.

    Raises OSError and, where it is no text, too large, or does not hold still, :class:`UnusableError`.
    """
    if path == "-":
        return _decoded(sys.stdin.buffer.read(LARGEST + 1)), None
    for _ in range(_TRIES):
        with Path(path).open("rb") as source:
            before = os.fstat(source.fileno())
            if stat.S_ISREG(before.st_mode) and before.st_size > LARGEST:
                raise _too_large(before.st_size)
            # A device or a pipe may have no end, and tells no size.
            data = source.read(LARGEST + 1)
            after = os.fstat(source.fileno())
        if not stat.S_ISREG(before.st_mode):
            return _decoded(data), None
        if _moment(before) == _moment(after) and len(data) == after.st_size:
            return _decoded(data), _moment(after)
    raise UnusableError("somebody is writing the file; try again when it is complete")


def unchanged(path: str, moment: Moment | None) -> bool:
    """Whether a file is still as it was when it was read."""
    return moment is None or _moment(Path(path).stat()) == moment


def _moment(state: os.stat_result) -> Moment:
    return Moment(state.st_ino, state.st_size, state.st_mtime_ns)


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _too_large(None)
    if _binary(data[:_BINARY]):
        raise UnusableError("this is no text file")
    return data.decode("utf-8", "surrogateescape")


def _too_large(size: int | None) -> UnusableError:
    much = f"{size / 1e6:.1f} MB are" if size else "this is"
    return UnusableError(f"{much} too much for a file of this kind: at most {LARGEST / 1e6:.1f} MB are read")


def _binary(head: bytes) -> bool:
    """Whether this is no text: NUL bytes, and either many of them or bytes that are no UTF-8 besides."""
    if b"\0" not in head:
        return False
    return head.count(b"\0") * 100 > len(head) or "\ufffd" in head[:-4].decode("utf-8", "replace")
