"""The domain files of the workspace: read once in the background, one again when it changes, and what they are about.

A thread reads them, with a pause after each file, so that typing goes on meanwhile; what is kept of a file is a few
words. Folders of version control and the like are passed over, and so is whatever is too large to be a domain file.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ctys_ls.facts import Guest

#: At most this many files, none larger than this many bytes, and none deeper than this many folders.
MOST_FILES, LARGEST, DEEPEST = 20_000, 256 << 10, 24
SUFFIXES = (".conf", ".cfg")
PAUSE = 0.0002
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "proc", "sys"})
_NAME = re.compile(r"^[ \t]*name[ \t]*=", re.MULTILINE)


class _Entry(NamedTuple):
    """A guest and how it is looked for: its words in folded case behind a NUL each."""

    guest: Guest
    label: str
    words: str


class Index:
    """The entries by path; complete once :attr:`ready` is set. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._stop = threading.Event()
        self.ready = threading.Event()

    def start(self, folders: Iterable[str], done: Callable[[], None]) -> None:
        """Read all folders in a thread of its own; ``done`` is called in that thread."""
        thread = threading.Thread(
            target=self._read_all, args=(tuple(folders), done), name="ctys-index", daemon=True
        )
        thread.start()

    def stop(self) -> None:
        """Read no further."""
        self._stop.set()

    def update(self, path: str) -> None:
        """Read one file again; one that is gone or no domain file any more is forgotten."""
        entry = read_entry(path)
        if entry is None:
            self._entries.pop(path, None)
        else:
            self._entries[path] = _folded(entry)

    def update_all(self, paths: Iterable[str]) -> None:
        """The same for several."""
        for path in paths:
            self.update(path)

    def paths(self) -> list[str]:
        """All files in it, in order."""
        return sorted(self._entries)

    def guests(self) -> dict[str, Guest]:
        """All of them by path, as they are now."""
        return {path: entry.guest for path, entry in self._entries.copy().items()}

    def find(self, query: str, most: int = 200) -> list[Guest]:
        """The guests of which a word begins with, contains or is spelled by ``query``, the best first."""
        wanted = query.casefold()
        ranked = (
            (rank, entry.guest.label, path, entry)
            for path, entry in self._entries.copy().items()
            if (rank := _rank(wanted, entry)) is not None
        )
        return [entry.guest for *_, entry in nsmallest(most, ranked)]

    def __len__(self) -> int:
        return len(self._entries)

    def _read_all(self, folders: tuple[str, ...], done: Callable[[], None]) -> None:
        for number, path in enumerate(path for folder in folders for path in domain_files(folder)):
            if self._stop.is_set() or number >= MOST_FILES:
                break
            self.update(path)
            time.sleep(PAUSE)
        self.ready.set()
        if not self._stop.is_set():
            done()


def domain_files(folder: str) -> Iterator[str]:
    """The files below ``folder`` that may be domain files."""
    return files_below(folder, lambda entry: entry.name.endswith(SUFFIXES))


def files_below(folder: str, wanted: Callable[[os.DirEntry[str]], bool]) -> Iterator[str]:
    """The files below ``folder`` that are wanted and not too large; links to folders are not followed."""
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST and entry.name not in _SKIPPED and not entry.name.startswith("."):
                        waiting.append((entry.path, depth + 1))
                elif wanted(entry) and entry.stat().st_size <= LARGEST:
                    yield entry.path
            except OSError:
                continue


def read_entry(path: str) -> Guest | None:
    """What a file is about; None where it is no Xen guest's, or cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return guest_in(text, path)


def guest_in(text: str, path: str) -> Guest | None:
    """The guest whose domain file a text is; None where it is none."""
    from ctys_ls.languages.xenconf.facts import as_guest, read_conf

    facts = read_conf(text, path)
    # ctys's own rule wants more of a file than some short ones have; a name and a part of a machine will do here.
    if not facts.is_xen and not (_NAME.search(text) and (facts.memory or facts.disks or facts.macs)):
        return None
    return as_guest(facts, text)


def line_of(guest: Guest) -> int:
    """The line of its file where a guest's name stands."""
    return next((where.start.line for (kind, _), where in guest.places if kind == "name"), 0)


def _folded(guest: Guest) -> _Entry:
    words = (guest.label, guest.uuid, *guest.macs, *guest.addresses, guest.path)
    return _Entry(guest, guest.label.casefold(), "".join(f"\0{word.casefold()}" for word in words if word))


def _rank(wanted: str, entry: _Entry) -> int | None:
    if wanted in entry.words:
        return 0 if not wanted or f"\0{wanted}" in entry.words else 1
    place = 0
    for letter in wanted:
        place = entry.label.find(letter, place) + 1
        if not place:
            return None
    return 2
