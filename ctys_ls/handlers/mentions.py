"""Names of macros, groups, hosts and labels in files that are not open: scripts, texts, macro files, group files.

A thread reads them after the domain files; what is kept of a file are its names. When somebody asks, the files that
mention the name are read again, so that places and text belong together.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctys_ls.handlers.index import LARGEST, MOST_FILES, PAUSE, files_below
from ctys_ls.languages import for_language
from ctys_ls.languages.cmdline.shelves import NOWHERE, Shelves, place_of
from ctys_ls.settings import own_shelves
from ctys_ls.text import split_lines

if TYPE_CHECKING:
    from ctys_ls.languages.answers import Name, Symbol

#: What is read of a workspace besides domain files; a script without a suffix is known by its first line.
SUFFIXES = {
    ".ctys": "ctys",
    **dict.fromkeys((".sh", ".bash", ".ksh", ".zsh"), "shellscript"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    ".org": "org",
}
DOMAIN_FILES = (".conf", ".cfg")


@dataclass(frozen=True)
class Source:
    """A text and the names in it, open in an editor (``version``) or on the disk (None). ``tree`` is its language's."""

    path: str
    lines: Sequence[str]
    language: Any
    tree: Any
    version: int | None = None
    uri: str = ""

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Its names. A long text has thousands, which take their time: not for the thread that serves the client."""
        offer = getattr(self.language, "names", None)
        return tuple(offer(self.tree)) if offer is not None else ()

    @cached_property
    def symbols(self) -> list[Symbol]:
        """Its outline, in order of place; the same holds."""
        found: list[Symbol] = self.language.symbols(self.tree)
        return found


class Mentions:
    """The names of files by path. All methods may be called from any thread; those that read block."""

    def __init__(self, own: Shelves = NOWHERE) -> None:
        #: The user's own macros and groups, whatever the workspace is.
        self._own = own
        self._names: dict[str, tuple[tuple[int, int], tuple[Name, ...]]] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Read no further."""
        self._stopped.set()

    def read(self, folders: Iterable[str]) -> None:
        """Read all folders and the user's own files."""
        for number, path in enumerate(path for folder in folders for path in files_below(folder, _wanted)):
            if self._stopped.is_set() or number >= MOST_FILES:
                return
            self.update([path])
            time.sleep(PAUSE)
        self.update(self._own_files())

    def update(self, paths: Iterable[str]) -> None:
        """Read files again that have changed since; those that are gone are forgotten."""
        for path in paths:
            stamp = _stamp(path)
            known = self._names.get(path)
            if stamp is None:
                self._names.pop(path, None)
            elif known is None or known[0] != stamp:
                source = load(path)
                self._names[path] = (stamp, source.names if source is not None else ())

    def refresh(self) -> None:
        """Read again what has changed of the files that are known, and the user's own."""
        self.update([*self._names, *self._own_files()])

    def names(self) -> dict[str, tuple[Name, ...]]:
        """The names of every file, as they were when it was read."""
        return {path: names for path, (_, names) in list(self._names.items())}

    def _own_files(self) -> list[str]:
        """The files that count: of two with one name the first."""
        found: dict[tuple[int, str], str] = {}
        for kind, folders in enumerate(self._own):
            for folder in folders:
                for path in files_below(folder, _any_name):
                    found.setdefault((kind, path.removeprefix(folder)), path)
        return [*found.values()]


def language_of(path: str) -> str:
    """The language of a file by its path, "" for one that is none of ours."""
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 - called for every file of a workspace
    if suffix in DOMAIN_FILES:
        return "xenconf"
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if place_of(path, own_shelves())[0]:
        return "ctys"
    return "" if suffix else "shellscript"


def load(path: str) -> Source | None:
    """A file with its names; None for one that cannot be read or has nothing for us. Blocks."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace", newline="") as file:
            text = file.read(LARGEST + 1)
    except OSError:
        return None
    language = language_of(path)
    package: Any = for_language(language)
    if len(text) > LARGEST or package is None or (language in _TEXTS and "ctys" not in text):
        return None
    lines = split_lines(text)
    options = package.Options(shelves=own_shelves()) if language == "ctys" else None
    tree = package.parse(lines, options, path=path)
    return Source(path, lines, package, tree)


def load_all(paths: Iterable[str]) -> list[Source]:
    """Several files; those that cannot be read are left out. Blocks."""
    return [source for path in paths if (source := load(path)) is not None]


_TEXTS = frozenset({"shellscript", "markdown", "org"})


def _wanted(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name.startswith(".") or name.endswith("~"):
        return False
    if os.path.splitext(name)[1]:  # noqa: PTH122 - as above
        return language_of(entry.path) not in ("", "xenconf")
    return language_of(entry.path) == "ctys" or (os.access(entry.path, os.X_OK) and _is_script(entry.path))


def _is_script(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            first = file.readline(100)
    except OSError:
        return False
    return first.startswith(b"#!") and b"sh" in first


def _any_name(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and not entry.name.endswith("~")


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a call for every file
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
