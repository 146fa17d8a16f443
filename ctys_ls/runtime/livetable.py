"""The session table of the watched hosts: each look is merged, what changed is told."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from ctys_ls.runtime import probe, sessions
from ctys_ls.runtime.actions.listing import client_sessions, is_recent
from ctys_ls.runtime.actions.run import ROOTS
from ctys_ls.runtime.addresses import guests
from ctys_ls.runtime.api import HostState, HostStatus, Prompter, SessionsChange, Trouble
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hosts import Hosts, Place
from ctys_ls.runtime.inventory import Inventory
from ctys_ls.runtime.pool import nobody
from ctys_ls.runtime.registry import Client
from ctys_ls.runtime.snapshot import Snapshot
from ctys_ls.runtime.watch import Listener, Watcher

#: The look after an event: whatever is left out makes the new row come sooner.
_BRIEF = probe.Look(("brief", "domains"))
#: The look at rest: also what no event tells.
_LIGHT = probe.Look(("brief", "domains", "processes"))


class LiveTable:
    """Sessions of hosts, kept up to date while somebody looks."""

    def __init__(
        self,
        hosts: Hosts,
        inventory: Inventory,
        clients: Callable[[str], Coroutine[Any, Any, tuple[Client, ...]]],
    ) -> None:
        self._hosts = hosts
        self._inventory = inventory
        self._clients = clients
        self._table = sessions.SessionTable()
        self._watcher = Watcher(self._watched, self._table.get, self._events)

    def subscribe(self, hosts: tuple[str, ...], listener: Listener) -> Callable[[], None]:
        """Keep ``listener`` told of the sessions of ``hosts`` until the function returned is called."""
        return self._watcher.subscribe(hosts, listener)

    def hurry(self, host: str) -> None:
        """Something was done on a host."""
        self._watcher.hurry(host)

    async def close(self) -> None:
        """End every watch."""
        await self._watcher.close()

    async def refresh(self, host: str, ask: Prompter) -> SessionsChange:
        """Ask a host now."""
        change = await self._looked(host, ask)
        if change is not None:
            self._watcher.tell(change)
        known = change or self._table.get(host)
        return known or SessionsChange(self._table.revision, HostStatus(host, HostState.PENDING), ())

    async def _watched(self, host: str, *, hurried: bool) -> SessionsChange | None:
        return await self._looked(host, nobody, _BRIEF if hurried else _LIGHT)

    async def _events(self, host: str, heard: Callable[[], None]) -> None:
        snapshot = self._inventory.snapshots.get(host)
        if snapshot is not None:
            with contextlib.suppress(HostError):
                await self._hosts.events(Place(host, host, self._inventory.rights(host)), snapshot, heard)

    async def _looked(self, host: str, ask: Prompter, short: probe.Look = _LIGHT) -> SessionsChange | None:
        """Look at a host and merge; a failure is merged as the host's status."""
        try:
            return await self._merged(host, ask, short)
        except HostError as error:
            self._inventory.lost(host)
            lost = error.trouble.code in ("refused", "unreachable", "timeout", "dropped")
            return self._lost(host, HostState.UNREACHABLE if lost else HostState.FAILED, error)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not end the watch without a word
            words = f"{type(error).__name__}: {error}"
            cure = "Please report this defect of ctys-ls."
            defect = failure("internal", host, "looking at the host", words, cure)
            return self._lost(host, HostState.FAILED, defect)

    async def _merged(self, host: str, ask: Prompter, short: probe.Look) -> SessionsChange | None:
        """A short look where only states may differ; else a whole one, after what the short one showed was told."""
        known = self._inventory.snapshots.get(host)
        where = Place(host, host, self._inventory.rights(host))
        recent = known is not None and is_recent(known)
        looked = await self._hosts.look(where, short, ask) if recent else None
        if looked is None or known is None or not _same_domains(looked, known):
            if looked is not None and (change := await self._told_now(host, looked)):
                self._watcher.tell(change)
            look = probe.Look(probe.LISTING, directories=() if recent else ROOTS)
            looked = await self._hosts.look(where, look, ask)
        return await self._told_now(host, looked)

    async def _told_now(self, host: str, looked: Snapshot) -> SessionsChange | None:
        """The change that a look makes."""
        # The inventory has put together what this look and those before it brought.
        whole = replace(
            self._inventory.snapshots.get(host, looked), access=looked.access, troubles=looked.troubles
        )
        if looked.access is None:
            whole = replace(whole, domains=looked.domains)
        beside = client_sessions(whole, await self._clients(host))
        rows = sessions.rows(whole, running=guests(whole), clients=beside)
        return self._table.merge(_status(host, whole), rows)

    def _lost(self, host: str, state: HostState, error: HostError) -> SessionsChange | None:
        return self._table.merge(_told(host, state, time.time(), error.trouble), ())


def _same_domains(new: Snapshot, old: Snapshot) -> bool:
    """Whether the same domains run, so that all but their states is known."""
    return {(domain.id, domain.name) for domain in new.domains} == {
        (domain.id, domain.name) for domain in old.domains
    }


def _status(host: str, snapshot: Snapshot) -> HostStatus:
    if snapshot.troubles:
        trouble = snapshot.troubles[0]
        return _told(host, HostState.FAILED, snapshot.taken, trouble)
    if snapshot.access is None and host != "localhost":
        trouble = failure("tool-missing", host, "listing the guests", "neither xl nor xm was found").trouble
        return _told(host, HostState.FAILED, snapshot.taken, trouble)
    return HostStatus(host, HostState.OK, snapshot.taken)


def _told(host: str, state: HostState, seen: float, trouble: Trouble) -> HostStatus:
    """A status that says what is wrong; the cure stands for itself."""
    return HostStatus(host, state, seen, str(replace(trouble, cure="")), trouble.cure)
