"""What the languages are told of the world: what the engine knows of hosts, and the domain files of the workspace.

An open file is as it stands in the editor, all others are as they lie on the disk. Files are read by the index and, when
typing pauses, here; each change makes a new frozen value, and only a change that other files can notice makes them be
judged anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from ctys_ls.facts import NOTHING, Facts, Guest, Mark

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.handlers.base import CtysServer

#: Seconds after the last change of a document at which it is read again, and the length beyond which it is not read.
PAUSE, LONGEST = 0.3, 256 << 10


class World:
    """The facts of one server. All methods are for the event loop's thread."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._open: dict[str, Guest | None] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        #: When typing in a document has paused, if nothing more is typed.
        self._paused: dict[str, float] = {}
        self._files: tuple[Guest, ...] = ()
        self._targets: dict[str, tuple[str, ...]] = {}
        self._merged: tuple[Facts, Facts] | None = None

    def facts(self, engine: Facts | None) -> Facts:
        """What is known now; the same value as long as nothing has changed."""
        base = engine or NOTHING
        if self._merged is None or self._merged[0] is not base:
            whole = replace(base, files=self._files, targets=self._targets)
            self._merged = (base, whole if self._files or self._targets else base)
        return self._merged[1]

    def targets(self, path: str) -> tuple[str, ...]:
        """The hosts that a file is checked against."""
        return tuple(dict.fromkeys((*self._targets.get("", ()), *self._targets.get(path, ()))))

    def aim(self, path: str, hosts: tuple[str, ...]) -> None:
        """From now on a file (all files: "") is checked against these hosts."""
        if self._targets.get(path, ()) != hosts:
            self._targets = {**self._targets, path: hosts}
            self._merged = None

    def changed(self, uri: str) -> None:
        """A document was opened or edited: read it once typing pauses."""
        document = self._ls.documents.get(uri)
        if document is not None and document.language_id == "xenconf":
            loop = asyncio.get_running_loop()
            self._paused[uri] = loop.time() + PAUSE
            if uri not in self._timers:
                self._timers[uri] = loop.call_later(PAUSE, self._pause, uri)
        elif timer := self._timers.pop(uri, None):
            timer.cancel()

    def _pause(self, uri: str) -> None:
        """A timer has run out; what was typed meanwhile only moved the moment at which it counts."""
        loop, until = asyncio.get_running_loop(), self._paused[uri]
        if loop.time() < until:
            self._timers[uri] = loop.call_at(until, self._pause, uri)
        else:
            self._ls.background(self._read(uri))

    def closed(self, uri: str) -> None:
        """A document speaks for itself no more: its file does."""
        self._paused.pop(uri, None)
        if timer := self._timers.pop(uri, None):
            timer.cancel()
        if uri in self._open:
            del self._open[uri]
            self._ls.background(self.renew())

    async def renew(self) -> None:
        """Put together anew what the files say; judge anew what they say it about."""
        index = self._ls.index
        on_disk = index.guests() if index is not None else {}
        in_editor = dict(self._open)
        files, affected = await asyncio.to_thread(_put_together, on_disk, in_editor, self._files)
        if in_editor != self._open:
            # Somebody was faster; what he puts together is newer.
            return
        self._files, self._merged = files, None
        if affected:
            self._ls.reports.everything_changed()
            if self._ls.workspace_reports is not None:
                self._ls.workspace_reports.forget(affected)

    async def _read(self, uri: str) -> None:
        self._timers.pop(uri, None)
        document = self._ls.documents.get(uri)
        if document is None or self._ls.ending:
            return
        self._ls.host_checks.read(document)
        guest = await asyncio.to_thread(_guest, document)
        if self._ls.documents.get(uri) is document and self._open.get(uri, _UNREAD) != guest:
            self._open[uri] = guest
            await self.renew()


_UNREAD = Guest("", "")


def _guest(document: Document) -> Guest | None:
    from ctys_ls.handlers.index import guest_in
    from ctys_ls.handlers.sync import path_of

    text = document.text
    return guest_in(text, path_of(document.uri) or document.uri) if len(text) <= LONGEST else None


def _put_together(
    on_disk: dict[str, Guest], in_editor: dict[str, Guest | None], before: tuple[Guest, ...]
) -> tuple[tuple[Guest, ...], frozenset[str]]:
    """All guests, and the paths of the files for which something has changed."""
    from ctys_ls.handlers.sync import path_of
    from ctys_ls.languages.xenconf.known import by_mark_after

    now = dict(on_disk)
    for uri, guest in in_editor.items():
        now.pop(path_of(uri), None)
        if guest is not None:
            now[guest.path or uri] = guest
    # Of thousands of guests one has changed; only this one is looked at.
    guests = {guest.path or "": guest for guest in before}
    changes: dict[str, tuple[Guest | None, Guest | None]] = {
        path: (guests.get(path), guest) for path, guest in now.items() if guests.get(path) is not guest
    }
    for path in guests.keys() - now.keys():
        changes[path] = guests[path], None
    if not changes:
        return before, frozenset()
    added = now.keys() - guests.keys()
    guests |= {path: new for path, (_, new) in changes.items() if new is not None}
    in_order = sorted(guests) if added else list(guests)
    files = tuple(guests[path] for path in in_order if path in now)
    known = by_mark_after(before, files, changes.values())
    affected: set[str | None] = set()
    for path, (one, other) in changes.items():
        if one == other:
            continue
        for mark in {*_marks(one), *_marks(other)}:
            # Whoever has the same mark, now or until now, has a clash more or less, or one that has moved.
            holders = known.get(mark, ())
            affected.update(guest.path for guest in holders if len(holders) > 1 or guest.path != path)
    return files, frozenset(path for path in affected if path)


def _marks(guest: Guest | None) -> tuple[Mark, ...]:
    return tuple(guest.marks()) if guest is not None else ()
