"""The session table of one client: what it watches, and the changes it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.filestates import FileStates
from ctys_ls.handlers.prompts import prompter
from ctys_ls.handlers.results import change_fields, row_fields, status_fields
from ctys_ls.protocol import VERSION
from ctys_ls.runtime.api import HostState, HostStatus, SessionsChange


class Table:
    """The hosts a client watches and their rows as last told."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._stops: dict[str, Callable[[], None]] = {}
        self._changes: dict[str, SessionsChange] = {}
        self._revision = 0
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
        engine = await self._ls.engine()
        for change in await engine.refresh(hosts, prompter(self._ls)):
            known = self._changes.get(change.status.host)
            if known is None or known.revision < change.revision or known.status != change.status:
                self._changed(change)

    def _changed(self, change: SessionsChange) -> None:
        self._changes[change.status.host] = change
        self._revision = max(self._revision, change.revision)
        self._ls.outgoing.notify("ctys/sessionsChanged", change_fields(change))
        self._ls.outgoing.notify("ctys/hostStatus", {"v": VERSION} | status_fields(change.status))
        self.tell_files()
        self._ls.facts_may_have_changed()

    def tell_files(self) -> None:
        """Tell what is running of the files that are open."""
        rows = [row for change in self._changes.values() for row in change.rows]
        self._files.tell(rows, {host: change.status.seen for host, change in self._changes.items()})
