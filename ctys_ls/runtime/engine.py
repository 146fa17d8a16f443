"""The engine: plans and runs invocations on hosts. ``make_engine`` is what the server and the terminal call."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ctys_ls.facts import Facts, Readers
from ctys_ls.requests import Cancel, ConsoleKind, Create, Invocation, Lookup, Privilege, Rename
from ctys_ls.runtime import probe
from ctys_ls.runtime.addresses import did_you_mean, guests, nearest
from ctys_ls.runtime.api import (
    Config,
    ConsoleSpec,
    Engine,
    Outcome,
    Plan,
    Progress,
    Prompter,
    SessionsChange,
    Trouble,
)
from ctys_ls.runtime.consoles import console_spec
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hosts import Hosts, Place
from ctys_ls.runtime.inventory import Inventory
from ctys_ls.runtime.livetable import LiveTable
from ctys_ls.runtime.places import local_names, runtime_dir, state_dir
from ctys_ls.runtime.plan import plan
from ctys_ls.runtime.pool import Pool, nobody
from ctys_ls.runtime.registry import Client, clients, end
from ctys_ls.runtime.running import Runner
from ctys_ls.runtime.sessions import is_row_of
from ctys_ls.runtime.snapshot import Snapshot
from ctys_ls.runtime.store import Store, location
from ctys_ls.runtime.views import GuestView

#: So long what was seen waits to be kept, for others that were seen with it.
SAVE_SECONDS = 0.5


def make_engine(config: Config, readers: Readers, *, home: Path | None = None) -> Engine:
    """An engine for ``config``; ``readers`` read the files of guests, macros and groups.

    ``home`` is where the user's .ssh and .ctys are. The environment's CTYS_SSH_CONFIG gives the ssh configuration
    that the settings do not name. Nothing is opened before a host is used.
    """
    named = os.environ.get("CTYS_SSH_CONFIG")
    if config.ssh_config is None and named:
        config = replace(config, ssh_config=Path(named))
    return Runtime(config, readers, home or Path.home())


class Runtime:
    """The engine behind :class:`ctys_ls.runtime.api.Engine`."""

    def __init__(self, config: Config, readers: Readers, home: Path) -> None:
        self._config = config
        self._runtime_dir = runtime_dir(config.state_dir)
        self._local = local_names(config, home)
        store = Store(location(config.state_dir or state_dir(), config.ssh_config), config.ssh_config)
        self._inventory = Inventory(config, home, readers, store)
        self._inventory.load()
        self._inventory.read_files()
        self._pool = Pool(config, self._local)
        self._hosts = Hosts(self._pool, readers.conf, self._saw)
        self._runner = Runner(self._hosts, self._inventory, config, store, self._runtime_dir, self._clients)
        self._table = LiveTable(self._hosts, self._inventory, self._clients)
        self._saving: asyncio.Task[None] | None = None
        self._unsaved: set[str] = set()
        self._closing = asyncio.Event()
        self._ask: Prompter = nobody

    def _saw(self, destination: str, snapshot: Snapshot) -> None:
        rights = self._inventory.rights(destination)
        self._inventory.saw(destination, snapshot)
        if snapshot.confs or snapshot.scanned or self._inventory.rights(destination) != rights:
            self._unsaved.add(destination)
            if self._saving is None or self._saving.done():
                self._saving = asyncio.create_task(self._save())

    async def _save(self) -> None:
        """Keep what was seen of one host or of many in one go; hosts that were asked together answer together."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SAVE_SECONDS):
                await self._closing.wait()
        while self._unsaved:
            unsaved, self._unsaved = self._unsaved, set()
            await asyncio.to_thread(self._inventory.save, unsaved)

    async def _clients(self, destination: str) -> tuple[Client, ...]:
        """Consoles, viewers and tunnels, where the destination is this machine."""
        if destination not in self._local:
            return ()
        return await asyncio.to_thread(clients, self._runtime_dir)

    def plan(self, invocation: Invocation | Lookup) -> Plan:
        """What would run, from what is known now."""
        return plan(invocation, self._inventory.facts, self._config.protected_hosts)

    def facts(self) -> Facts:
        """What is known now."""
        return self._inventory.facts

    async def reread(self) -> None:
        """Read the user's own files again."""
        await asyncio.to_thread(self._inventory.read_files)

    def lookup(self, query: Lookup) -> tuple[str, int]:
        """The answer of ctys-vhost from the guests that were seen."""
        from ctys_ls.runtime.lookup import lookup

        return lookup(query, self._inventory.snapshots.values())

    async def run(self, invocation: Invocation, report: Callable[[Progress], None], ask: Prompter) -> Outcome:
        """Do it; a cancel ends the commands and gives the outcome with what is. Every failure is a trouble."""
        self._ask = ask
        outcome = await self._runner.run(invocation, report, ask)
        for target in invocation.targets:
            if isinstance(target.request, Create | Cancel | Rename):
                self._table.hurry(target.host)
        return outcome

    async def console(
        self, destination: str, label: str, kind: ConsoleKind, invocation: Invocation | None = None
    ) -> ConsoleSpec:
        """The way to a running guest's console. Raises ``HostError`` where the guest does not run."""
        target = invocation.targets[0] if invocation and invocation.targets else None
        host = destination.rpartition("@")[2]
        privilege = target.privilege if target else self._inventory.rights(destination)
        snapshot = await self._hosts.look(Place(destination, host, privilege), probe.Look(), self._ask)
        if snapshot.access is None:
            trouble = next(iter(snapshot.troubles), None)
            raise HostError(trouble) if trouble else failure("tool-missing", host, "opening a console")
        if not any(domain.name == label for domain in snapshot.domains):
            raise failure("not-running", host, f"opening the console of {label}", "it does not run")
        return console_spec(
            self._config, destination, label, kind, privilege, snapshot.name.partition(".")[0]
        )

    async def guest(
        self, destination: str, label: str, privilege: Privilege | None, ask: Prompter
    ) -> GuestView:
        """One running guest in detail. Raises ``HostError``."""
        host, act = destination.rpartition("@")[2], f"looking at {label}"
        rights = privilege or self._inventory.rights(destination)
        look = probe.Look(probe.GUEST, guest=label)
        snapshot = await self._hosts.look(Place(destination, host, rights), look, ask)
        if snapshot.access is None:
            trouble = next(iter(snapshot.troubles), None)
            raise HostError(trouble) if trouble else failure("tool-missing", host, act)
        if snapshot.view is None:
            near = nearest(label, {domain.name for domain in snapshot.domains})
            raise failure("not-running", host, act, "it does not run", did_you_mean(near))
        known = self._inventory.snapshots.get(host, snapshot)
        files = [guest.path for guest in guests(known) if guest.domain and guest.label == label]
        return replace(snapshot.view, conf=files[0] if len(files) == 1 else "")

    def subscribe(
        self, hosts: tuple[str, ...], listener: Callable[[SessionsChange], None]
    ) -> Callable[[], None]:
        """Keep ``listener`` told of the sessions of ``hosts``."""
        return self._table.subscribe(hosts, listener)

    async def refresh(self, hosts: tuple[str, ...], ask: Prompter) -> tuple[SessionsChange, ...]:
        """Ask the hosts now, all at once."""
        self._ask = ask
        return tuple(await asyncio.gather(*(self._table.refresh(host, ask) for host in hosts)))

    async def end_clients(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """End this machine's clients whose rows have these keys; gives the keys of those."""
        known = await asyncio.to_thread(clients, self._runtime_dir)
        ended: list[str] = []
        for key in keys:
            host = key.partition("/")[0]
            mine = [one for one in known if is_row_of(key, one, here=host in self._local)]
            for one in mine:
                await asyncio.to_thread(end, one)
            ended += [key] if mine else []
            self._table.hurry(host)
        return tuple(ended)

    async def survey(
        self,
        hosts: tuple[str, ...],
        paths: tuple[str, ...],
        privilege: Privilege | None,
        ask: Prompter,
        texts: tuple[str, ...] = (),
    ) -> tuple[Trouble, ...]:
        """What domain files are compared with, of all hosts at once; gives what could not be had."""
        look = probe.look_for(paths, texts)

        async def one(destination: str) -> tuple[Trouble, ...]:
            rights = privilege or self._inventory.rights(destination)
            where = Place(destination, destination.rpartition("@")[2], rights)
            try:
                return (await self._hosts.look(where, look, ask)).troubles
            except HostError as error:
                self._inventory.lost(destination)
                return (error.trouble,)

        found = await asyncio.gather(*map(one, hosts))
        return tuple(trouble for troubles in found for trouble in troubles)

    async def close(self) -> None:
        """End connections, watches and runs; nothing that was started is left."""
        await self._table.close()
        await self._runner.close()
        self._closing.set()
        if self._saving is not None:
            await self._saving
        await self._pool.close()
