"""The session table of one client: what it watches, and the changes it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.filestates import FileStates
from ctys_ls.handlers.prompts import prompter
from ctys_ls.handlers.results import change_fields, row_fields, status_fields
from ctys_ls.protocol import VERSION
from ctys_ls.runtime.api import Engine, HostState, HostStatus, SessionsChange

#: Seconds for which what hosts tell is gathered before open files are shown and judged by it.
SETTLE = 0.05


class Table:
    """The hosts a client watches and their rows as last told."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._stops: dict[str, Callable[[], None]] = {}
        self._changes: dict[str, SessionsChange] = {}
        self._revision = 0
        #: Hosts that are being asked anew.
        self._asked: set[str] = set()
        self._settling: asyncio.TimerHandle | None = None
        self._files = FileStates(ls)
        ls.when_opened.append(self.tell_files)

    async def handle(self, action: str, hosts: Sequence[str]) -> dict[str, Any]:
        """Carry out one action and answer with what is known now; what is asked of hosts comes by notification."""
        engine = await self._ls.engine()
        if action == "unsubscribe":
            for host in hosts:
                if stop := self._stops.pop(host, None):
                    stop()
                self._changes.pop(host, None)
            self.tell_files()
        else:
            for host in hosts:
                if host not in self._stops:
                    self._stops[host] = engine.subscribe((host,), self._changed)
        if action == "refresh":
            self._ls.background(self._refresh(tuple(hosts)))
        return self._now(hosts)

    async def move(self) -> None:
        """Watch the same hosts with the engine of now."""
        hosts, stops = tuple(self._stops), tuple(self._stops.values())
        engine = await self._ls.engine()
        for stop in stops:
            stop()
        self._stops = {host: engine.subscribe((host,), self._changed) for host in hosts}

    def _now(self, hosts: Sequence[str]) -> dict[str, Any]:
        known = [self._changes.get(host) for host in hosts]
        pending = [HostStatus(host, HostState.PENDING) for host in hosts]
        return {
            "v": VERSION,
            "revision": self._revision,
            "hosts": [
                status_fields(change.status if change else status)
                for change, status in zip(known, pending, strict=True)
            ],
            "rows": [row_fields(row) for change in known if change for row in change.rows],
        }

    async def _refresh(self, hosts: tuple[str, ...]) -> None:
        """Ask hosts anew, each on its own; one that is being asked already is not asked a second time."""
        engine = await self._ls.engine()
        hosts = tuple(host for host in dict.fromkeys(hosts) if host not in self._asked)
        if not hosts:
            return
        self._asked.update(hosts)
        try:
            await engine.reread()
        except BaseException:
            self._asked.difference_update(hosts)
            raise
        await asyncio.gather(*(self._ask(engine, host) for host in hosts))

    async def _ask(self, engine: Engine, host: str) -> None:
        try:
            (change,) = await engine.refresh((host,), prompter(self._ls))
        finally:
            self._asked.discard(host)
        known = self._changes.get(host)
        if known is None or known.revision < change.revision or known.status != change.status:
            self._changed(change)

    def _changed(self, change: SessionsChange) -> None:
        self._changes[change.status.host] = change
        self._revision = max(self._revision, change.revision)
        self._ls.outgoing.notify("ctys/sessionsChanged", change_fields(change))
        self._ls.outgoing.notify("ctys/hostStatus", {"v": VERSION} | status_fields(change.status))
        if self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(SETTLE, self._settled)

    def _settled(self) -> None:
        """Show and judge the open files by what hosts have told meanwhile: once, however many hosts that were."""
        self._settling = None
        if not self._ls.ending:
            self.tell_files()
            self._ls.facts_may_have_changed()

    def tell_files(self) -> None:
        """Tell what is running of the files that are open."""
        rows = [row for change in self._changes.values() for row in change.rows]
        self._files.tell(rows, {host: change.status.seen for host, change in self._changes.items()})
