"""Domain files against the hosts they are meant for: the hosts are asked in the background, typing never waits for one.

A file is meant for the hosts of the setting ``ctys.xenconf.hosts``, and for those it was last checked against by
``ctys.check``. They are asked when a file is opened or saved, when it names a path that was not asked for yet, and when
what is known is older than :data:`STALE` seconds and a file is typed in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from ctys_ls.handlers.base import CtysServer, log
from ctys_ls.handlers.sync import path_of

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.requests import Privilege
    from ctys_ls.runtime.api import Prompter, Trouble

#: Seconds after which what is known of a host is old.
STALE = 60.0


def register(ls: CtysServer) -> None:
    """Ask the hosts as files are opened, saved and typed in."""
    ls.host_checks = HostChecks(ls)


class HostChecks:
    """What hosts were asked for, and when."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._asked: dict[str, tuple[float, set[str]]] = {}
        self._running: set[str] = set()

    def read(self, document: Document) -> None:
        """A file has been opened, or has changed and typing pauses."""
        for host in self._ls.world.targets(path_of(document.uri)):
            when, paths = self._asked.get(host, (float("-inf"), set()))
            if monotonic() - when > STALE or not paths.issuperset(paths_in(document)):
                self._look(host)

    def saved(self, uri: str) -> None:
        """A file was saved: its guest may be started now."""
        for host in self._ls.world.targets(path_of(uri)):
            self._look(host)

    def aimed(self) -> None:
        """Other hosts are meant now: ask them for what is open."""
        for document in domain_files(self._ls):
            self.read(document)

    def _look(self, host: str) -> None:
        if host not in self._running and not self._ls.ending:
            self._running.add(host)
            self._ls.background(self._look_quietly(host))

    async def _look_quietly(self, host: str) -> None:
        from ctys_ls.runtime.pool import nobody

        try:
            meant = [
                document
                for document in domain_files(self._ls)
                if host in self._ls.world.targets(path_of(document.uri))
            ]
            for trouble in await self.survey((host,), meant, None, nobody):
                log.info("The files could not be checked: %s", trouble)
        finally:
            self._running.discard(host)

    async def survey(
        self,
        hosts: Sequence[str],
        documents: Sequence[Document],
        privilege: Privilege | None,
        ask: Prompter,
        *,
        judged: bool = False,
    ) -> tuple[Trouble, ...]:
        """Ask hosts for what these files are compared with; the open files are judged by it when this ends.

        ``judged``: the hosts' own ``xl create -n`` looks at the texts, too.
        """
        engine = await self._ls.engine()
        paths = {path for document in documents for path in paths_in(document)}
        for host in hosts:
            _, before = self._asked.get(host, (0.0, set()))
            self._asked[host] = (monotonic(), before | paths)
        texts = tuple(text for document in documents if (text := _for_xl(document))) if judged else ()
        troubles = await engine.survey(tuple(hosts), tuple(sorted(paths)), privilege, ask, texts)
        self._ls.facts_may_have_changed()
        # Whoever waits for this sees the files as they are judged now.
        await asyncio.sleep(0)
        return troubles


def domain_files(ls: CtysServer) -> list[Document]:
    """The open domain files that lie, or are to lie, on a disk."""
    return [one for one in ls.documents if one.language_id == "xenconf" and path_of(one.uri)]


def _for_xl(document: Document) -> str:
    """The text of a file that xl can be asked about; "" for one of Python, which only xm could read, by running it."""
    from ctys_ls.languages.xenconf import text_for_xl

    return text_for_xl(document.tree)


def paths_in(document: Document) -> set[str]:
    """The paths that a file wants to be on its host."""
    from ctys_ls.languages.xenconf import links

    return {link.target for link in links(document.tree)}
