"""The engine: plans and runs invocations on hosts. ``make_engine`` is what the server and the terminal call."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import socket
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from ctys_ls.facts import Facts
from ctys_ls.requests import (
    Cancel,
    ConsoleKind,
    Create,
    Enumerate,
    Info,
    Invocation,
    List,
    Lookup,
    Output,
    Show,
    Target,
)
from ctys_ls.runtime import probe, sessions, tables
from ctys_ls.runtime.actions import cancel as cancelling
from ctys_ls.runtime.actions.create import create
from ctys_ls.runtime.actions.listing import client_sessions, enumerate_guests, is_recent, list_sessions, tell
from ctys_ls.runtime.actions.run import AFTERMATH_SECONDS, ROOTS, Call, Run
from ctys_ls.runtime.addresses import guests
from ctys_ls.runtime.api import (
    Config,
    ConsoleSpec,
    Engine,
    HostState,
    HostStatus,
    Outcome,
    Plan,
    Progress,
    Prompter,
    SessionsChange,
    TargetOutcome,
)
from ctys_ls.runtime.consoles import console_spec
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hosts import Hosts, Place
from ctys_ls.runtime.inventory import Inventory, ssh_hosts
from ctys_ls.runtime.plan import plan
from ctys_ls.runtime.pool import Pool, nobody
from ctys_ls.runtime.registry import Client, clients
from ctys_ls.runtime.snapshot import Snapshot
from ctys_ls.runtime.store import Store, location
from ctys_ls.runtime.watch import Watcher


def make_engine(config: Config, read_conf: probe.ReadConf, *, home: Path | None = None) -> Engine:
    """An engine for ``config``; ``read_conf`` reads a guest's file (text, path).

    ``home`` is where the user's .ssh and .ctys are. The environment's CTYS_SSH_CONFIG gives the ssh configuration
    that the settings do not name. Nothing is opened before a host is used.
    """
    named = os.environ.get("CTYS_SSH_CONFIG")
    if config.ssh_config is None and named:
        config = replace(config, ssh_config=Path(named))
    return Runtime(config, read_conf, home or Path.home())


class Runtime:
    """The engine behind :class:`ctys_ls.runtime.api.Engine`."""

    def __init__(self, config: Config, read_conf: probe.ReadConf, home: Path) -> None:
        self._config = config
        self._state_dir = config.state_dir or state_dir()
        self._local = local_names(config, home)
        store = Store(location(self._state_dir, config.ssh_config), config.ssh_config)
        self._inventory = Inventory(config, home, store)
        self._inventory.load()
        self._inventory.read_files()
        self._pool = Pool(config, self._local)
        self._hosts = Hosts(self._pool, read_conf, self._saw)
        self._table = sessions.SessionTable()
        self._watcher = Watcher(self._watched, self._table.get, self._events)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._saving: set[asyncio.Task[None]] = set()
        self._ask: Prompter = nobody

    def _saw(self, destination: str, snapshot: Snapshot) -> None:
        self._inventory.saw(destination, snapshot)
        if snapshot.confs or snapshot.scanned:
            saving = asyncio.create_task(asyncio.to_thread(self._inventory.save, destination))
            self._saving.add(saving)
            saving.add_done_callback(self._saving.discard)

    # -- what is known -----------------------------------------------------------------------------------------------

    def plan(self, invocation: Invocation) -> Plan:
        """What would run, from what is known now."""
        return plan(invocation, self._inventory.facts)

    def facts(self) -> Facts:
        """What is known now."""
        return self._inventory.facts

    def lookup(self, query: Lookup) -> tuple[str, int]:
        """The answer of ctys-vhost from the guests that were seen."""
        from ctys_ls.runtime.lookup import lookup

        return lookup(query, self._inventory.snapshots.values())

    # -- running -----------------------------------------------------------------------------------------------------

    async def run(self, invocation: Invocation, report: Callable[[Progress], None], ask: Prompter) -> Outcome:
        """Do it; a cancel ends the commands and gives the outcome with what is. Every failure is a trouble."""
        self._ask = ask
        run = Run(self._hosts, self._config, report, ask, use_inventory=invocation.use_inventory)
        task = asyncio.ensure_future(self._run(run, invocation))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            task.cancel()
            try:
                outcome = await task
            except asyncio.CancelledError:
                if current is not None and current.cancelling() > 1:
                    raise
                # It was still finding out what to do: nothing ran.
                outcome = Outcome(tuple(_cancelled(Call(run, target), "") for target in invocation.targets))
            if current is not None:
                current.uncancel()
            return replace(outcome, cancelled=True)

    async def _run(self, run: Run, invocation: Invocation) -> Outcome:
        calls = [Call(run, target) for target in invocation.targets]
        if any(isinstance(target.request, Cancel) for target in invocation.targets):
            jobs = await self._cancel_jobs(run, calls)
        else:
            jobs = [self._guarded(call, self._act(call)) for call in calls]
        outcomes = await _all(jobs, parallel=invocation.parallel)
        self._hurry(invocation)
        return _outcome(invocation, outcomes)

    async def _guarded(self, call: Call, work: Coroutine[Any, Any, _Done]) -> _Done:
        """The outcome of one target whatever happens; on a cancel the host is asked, within a bound, what is."""
        try:
            return await work
        except HostError as error:
            self._note(call, error)
            return await call.failed(error), []
        except asyncio.CancelledError:
            state = await call.state() if call.ran else ""
            return _cancelled(call, state), []
        except Exception as error:  # noqa: BLE001 - a defect of ours on one host must not cost the others their outcome
            words = f"{type(error).__name__}: {error}"
            cure = "This is a defect of ctys-ls; please report it with the command line."
            return await call.failed(
                failure("internal", call.where.host, "running the call", words, cure)
            ), []

    async def _clients(self, destination: str) -> tuple[Client, ...]:
        """Consoles, viewers and tunnels, where the destination is this machine."""
        if destination not in self._local:
            return ()
        return await asyncio.to_thread(clients, self._state_dir)

    def _note(self, call: Call, error: HostError) -> None:
        if error.trouble.code in ("refused", "unreachable", "timeout"):
            self._inventory.lost(call.where.destination)

    async def _act(self, call: Call) -> _Done:
        request = call.target.request
        match request:
            case Create():
                return await create(call, request), []
            case List():
                known = self._inventory.snapshots.get(call.where.host) if call.run.use_inventory else None
                return await list_sessions(
                    call, request, known, await self._clients(call.where.destination)
                ), []
            case Enumerate():
                return await enumerate_guests(call, request)
            case Show() | Info():
                return await tell(call, request), []
            case _:
                raise failure("internal", call.where.host, "running the call", "no such action")

    async def _cancel_jobs(self, run: Run, calls: list[Call]) -> list[Coroutine[Any, Any, _Done]]:
        """CANCEL in two steps: every target is found, the user is asked once, then the stops begin."""
        stops: dict[int, cancelling.Stop] = {}
        failures: dict[int, _Done] = {}

        async def find(number: int, call: Call, request: Cancel) -> None:
            async def work() -> _Done:
                stops[number] = await cancelling.prepare(call, request)
                return TargetOutcome(call.where.host, ok=True), []

            done = await self._guarded(call, work())
            if number not in stops:
                failures[number] = done

        await _all(
            [
                find(number, call, call.target.request)
                for number, call in enumerate(calls)
                if isinstance(call.target.request, Cancel)
            ],
            parallel=True,
        )
        current = asyncio.current_task()
        if current is not None and current.cancelling():
            raise asyncio.CancelledError
        question = cancelling.question(list(stops.values()), self._config.protected_hosts)
        declined = question is not None and await run.ask(question) != "yes"

        async def stop(number: int, call: Call) -> _Done:
            if number in failures:
                return failures[number]
            if number not in stops:
                return await self._guarded(call, self._act(call))
            if declined and question is not None:
                error = failure("declined", call.where.host, question.text.rstrip("?"), "not confirmed")
                return TargetOutcome(
                    call.where.host, ok=False, state=_state_of(stops[number]), trouble=error.trouble
                ), []

            async def work() -> _Done:
                return await cancelling.cancel(stops[number]), []

            return await self._guarded(call, work())

        return [stop(number, call) for number, call in enumerate(calls)]

    def _hurry(self, invocation: Invocation) -> None:
        for target in invocation.targets:
            if isinstance(target.request, Create | Cancel):
                self._watcher.hurry(target.host)

    async def console(
        self, destination: str, label: str, kind: ConsoleKind, invocation: Invocation | None = None
    ) -> ConsoleSpec:
        """The way to a running guest's console. Raises ``HostError`` where the guest does not run."""
        target = invocation.targets[0] if invocation and invocation.targets else None
        host = destination.rpartition("@")[2]
        privilege = target.privilege if target else self._hosts.rights(destination)
        snapshot = await self._hosts.look(Place(destination, host, privilege), probe.Look(), self._ask)
        if snapshot.access is None:
            trouble = next(iter(snapshot.troubles), None)
            raise HostError(trouble) if trouble else failure("tool-missing", host, "opening a console")
        if not any(domain.name == label for domain in snapshot.domains):
            raise failure("not-running", host, f"opening the console of {label}", "it does not run")
        return console_spec(
            self._config, destination, label, kind, privilege, snapshot.name.partition(".")[0]
        )

    # -- live sessions -----------------------------------------------------------------------------------------------

    def subscribe(
        self, hosts: tuple[str, ...], listener: Callable[[SessionsChange], None]
    ) -> Callable[[], None]:
        """Keep ``listener`` told of the sessions of ``hosts``."""
        return self._watcher.subscribe(hosts, listener)

    async def refresh(self, hosts: tuple[str, ...], ask: Prompter) -> tuple[SessionsChange, ...]:
        """Ask the hosts now, all at once."""
        self._ask = ask
        await asyncio.to_thread(self._inventory.read_files)
        return tuple(await asyncio.gather(*(self._refreshed(host, ask) for host in hosts)))

    async def _refreshed(self, host: str, ask: Prompter) -> SessionsChange:
        change = await self._looked(host, ask)
        if change is not None:
            self._watcher.tell(change)
        known = change or self._table.get(host)
        return known or SessionsChange(self._table.revision, HostStatus(host, HostState.PENDING), ())

    async def _watched(self, host: str) -> SessionsChange | None:
        return await self._looked(host, nobody)

    async def _events(self, host: str, heard: Callable[[], None]) -> None:
        snapshot = self._inventory.snapshots.get(host)
        if snapshot is not None:
            with contextlib.suppress(HostError):
                await self._hosts.events(Place(host, host, self._hosts.rights(host)), snapshot, heard)

    async def _looked(self, host: str, ask: Prompter) -> SessionsChange | None:
        """Look at a host and merge; a failure is merged as the host's status."""
        known = self._inventory.snapshots.get(host)
        roots = () if known is not None and is_recent(known) else ROOTS
        where = Place(host, host, self._hosts.rights(host))
        try:
            snapshot = await self._hosts.look(where, probe.Look(probe.LISTING, directories=roots), ask)
        except HostError as error:
            self._inventory.lost(host)
            lost = error.trouble.code in ("refused", "unreachable", "timeout", "dropped")
            state = HostState.UNREACHABLE if lost else HostState.FAILED
            trouble = error.trouble
            return self._table.merge(HostStatus(host, state, time.time(), str(trouble), trouble.cure), ())
        whole = self._inventory.snapshots.get(host, snapshot)
        beside = client_sessions(snapshot, await self._clients(host))
        rows = sessions.rows(snapshot, running=guests(whole), clients=beside)
        return self._table.merge(_status(host, snapshot), rows)

    async def close(self) -> None:
        """End connections, watches and runs; nothing that was started is left."""
        await self._watcher.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._saving)
        await self._pool.close()


_Done = tuple[TargetOutcome, list[tuple[str, ...]]]


async def _all(jobs: list[Coroutine[Any, Any, Any]], *, parallel: bool) -> list[Any]:
    """Run the jobs at once or one after the other. On a cancel each of them still says what is."""
    if not parallel:
        return await _in_turn(jobs)
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return list(await asyncio.gather(*tasks))
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        return list(await asyncio.gather(*tasks))


async def _in_turn(jobs: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    results = []
    current = asyncio.current_task()
    for job in jobs:
        if current is not None and current.cancelling():
            # The job before took the cancel as its own end; those after it must not begin.
            current.cancel()
        results.append(await job)
    return results


def _cancelled(call: Call, state: str) -> TargetOutcome:
    error = failure("declined", call.where.host, "cancelled", "", _aftermath(call, state))
    return TargetOutcome(call.where.host, ok=False, state=state, ran=tuple(call.ran), trouble=error.trouble)


def _aftermath(call: Call, state: str) -> str:
    if not call.ran:
        return "Nothing was changed."
    if state in ("", "unknown"):
        return f"The host did not say within {AFTERMATH_SECONDS:g} s what became of it: ctys -a list {call.where.host}."
    return f"{call.label} is {state} now."


def _state_of(stop: cancelling.Stop) -> str:
    states = {guest.state for guest in stop.guests}
    return states.pop() if len(states) == 1 else "mixed" if states else "absent"


def _status(host: str, snapshot: Snapshot) -> HostStatus:
    if snapshot.troubles:
        trouble = snapshot.troubles[0]
        return HostStatus(host, HostState.FAILED, snapshot.taken, str(trouble), trouble.cure)
    if snapshot.access is None and host != "localhost":
        trouble = failure("tool-missing", host, "listing the guests", "neither xl nor xm was found").trouble
        return HostStatus(host, HostState.FAILED, snapshot.taken, str(trouble), trouble.cure)
    return HostStatus(host, HostState.OK, snapshot.taken)


def _outcome(invocation: Invocation, outcomes: list[_Done]) -> Outcome:
    targets = tuple(outcome for outcome, _ in outcomes)
    return Outcome(targets, _text(invocation.targets, outcomes))


def _text(targets: tuple[Target, ...], outcomes: list[_Done]) -> str:
    """The printed output: one table over all hosts for LIST and ENUMERATE, else what each target says."""
    request = next((target.request for target in targets), None)
    if isinstance(request, List | Enumerate):
        action = "LIST" if isinstance(request, List) else "ENUMERATE"
        listed = [row.record for outcome, _ in outcomes for row in outcome.rows]
        found = [record for _, records in outcomes for record in records]
        return tables.render(listed + found, _output(request.output, targets), action)
    return "\n".join(outcome.text for outcome, _ in outcomes if outcome.text)


def _output(output: Output, targets: tuple[Target, ...]) -> Output:
    return replace(output, terse=True) if any(target.terse for target in targets) else output


def state_dir() -> Path:
    """Where the inventory is kept: CTYS_STATE_DIR, else the system's place for a user's state."""
    import platformdirs

    named = os.environ.get("CTYS_STATE_DIR")
    return Path(named) if named else Path(platformdirs.user_state_dir("ctys-ls"))


def local_names(config: Config, home: Path) -> frozenset[str]:
    """The destinations that are this machine: they run without ssh, unless the ssh configuration names them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    own = {"localhost", "127.0.0.1", "::1", socket.gethostname(), socket.gethostname().partition(".")[0]} - {
        ""
    }
    ssh_config = config.ssh_config or home / ".ssh" / "config"
    plain = own - set(ssh_hosts(ssh_config, home))
    return frozenset(plain | {f"{user}@{name}" for name in plain})
