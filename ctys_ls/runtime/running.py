"""Running an invocation: every target gets its outcome, whatever happens to it or to the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from ctys_ls.requests import (
    Address,
    Cancel,
    Create,
    Enumerate,
    Info,
    Invocation,
    List,
    Output,
    Rename,
    Show,
    Target,
    Wait,
)
from ctys_ls.runtime import kept, tables
from ctys_ls.runtime.actions import cancel as cancelling
from ctys_ls.runtime.actions.create import create
from ctys_ls.runtime.actions.listing import enumerate_guests, list_sessions, tell
from ctys_ls.runtime.actions.rename import rename
from ctys_ls.runtime.actions.run import AFTERMATH_SECONDS, Call, Run
from ctys_ls.runtime.addresses import did_you_mean, nearest
from ctys_ls.runtime.api import Config, Outcome, Progress, Prompter, TargetOutcome
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hosts import Hosts
from ctys_ls.runtime.inventory import Inventory
from ctys_ls.runtime.lookup import numbered_records
from ctys_ls.runtime.registry import Client
from ctys_ls.runtime.store import Store

#: A target's outcome, and the records it gave (ENUMERATE).
_Done = tuple[TargetOutcome, list[tuple[str, ...]]]


class Runner:
    """Runs invocations on ``hosts``; ``clients`` gives the clients on a destination that is this machine."""

    def __init__(
        self,
        hosts: Hosts,
        inventory: Inventory,
        config: Config,
        store: Store,
        runtime_dir: Path,
        clients: Callable[[str], Coroutine[Any, Any, tuple[Client, ...]]],
    ) -> None:
        self._hosts = hosts
        self._inventory = inventory
        self._config = config
        self._store = store
        self._runtime_dir = runtime_dir
        self._told: dict[tuple[str, str], kept.Answer] = {}
        self._clients = clients
        self._tasks: set[asyncio.Task[Outcome]] = set()

    async def run(self, invocation: Invocation, report: Callable[[Progress], None], ask: Prompter) -> Outcome:
        """Do it; a cancel ends the commands and gives the outcome with what is. Every failure is a trouble."""
        run = Run(
            self._hosts,
            self._config,
            report,
            ask,
            invocation=invocation,
            known=self._inventory.snapshots.get,
            saw_running=self._inventory.listed,
            runtime_dir=self._runtime_dir,
        )
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
        try:
            await self._recall(run)
        except HostError as error:
            return _outcome(invocation, [(await call.failed(error), []) for call in calls])
        if invocation.stacked:
            waiting_between(calls)
        if any(isinstance(target.request, Cancel) for target in invocation.targets):
            jobs = await self._cancel_jobs(run, calls)
        else:
            jobs = [self._begin(call) for call in calls]
        if invocation.stacked:
            jobs = _levels(calls, jobs)
        outcomes = await _all(jobs, parallel=invocation.parallel and not invocation.stacked)
        return await self._put_away(run, _outcome(invocation, outcomes))

    async def _recall(self, run: Run) -> None:
        """Take in what -C lets serve again. Raises ``HostError`` where the file of FIN cannot be read."""
        wish = run.invocation.kept
        if all(isinstance(target.request, Create | Cancel | Rename) for target in run.invocation.targets):
            return
        if wish.source:
            run.given = kept.youngest(await asyncio.to_thread(kept.read, Path(wish.source)))
        if wish.lifetime is not None:
            destinations = [target.destination for target in run.invocation.targets]
            earlier = await asyncio.to_thread(self._store.answers, destinations)
            run.answers = kept.youngest((*earlier, *self._told.values()))

    async def _put_away(self, run: Run, outcome: Outcome) -> Outcome:
        """Keep what the hosts have said, where -C asks for that; that it could not be kept is told with the first host."""
        wish, wrong = run.invocation.kept, ""
        # What SHOW and INFO print serves this process without being asked for, as the looks of LIST do.
        self._told |= kept.youngest(answer for answer in run.fresh if not answer.boundary)
        if wish.keep and run.fresh:
            wrong = await asyncio.to_thread(self._store.keep, run.fresh)
        act = "keeping the answers for later calls"
        if wish.sink and run.fresh:
            try:
                await asyncio.to_thread(kept.write, Path(wish.sink), run.fresh)
            except OSError as error:
                wrong, act = error.strerror or str(error), f"writing the answers to {wish.sink}"
        if not wrong:
            return outcome
        trouble = failure(
            "command-failed", "this machine", act, wrong, "Make room, or name another file."
        ).trouble
        first = next((target for target in outcome.targets if target.ok), None)
        targets = tuple(
            replace(target, trouble=trouble) if target is first else target for target in outcome.targets
        )
        return replace(outcome, targets=targets)

    async def _begin(self, call: Call) -> _Done:
        return await self._guarded(call, self._act(call))

    async def _guarded(self, call: Call, work: Coroutine[Any, Any, _Done]) -> _Done:
        """The outcome of one target whatever happens; on a cancel the host is asked, within a bound, what is."""
        try:
            return await work
        except HostError as error:
            self._note(call, error)
            return await call.failed(self._meant(error)), []
        except asyncio.CancelledError:
            state = await call.state() if call.ran else ""
            return _cancelled(call, state), []
        except Exception as error:  # noqa: BLE001 - a defect of ours on one host must not cost the others their outcome
            words = f"{type(error).__name__}: {error}"
            cure = "This is a defect of ctys-ls; please report it with the command line."
            return await call.failed(
                failure("internal", call.where.host, "running the call", words, cure)
            ), []

    def _note(self, call: Call, error: HostError) -> None:
        if error.trouble.code in ("refused", "unreachable", "timeout"):
            self._inventory.lost(call.where.destination)

    def _meant(self, error: HostError) -> HostError:
        """The same with the hosts that a name may have been meant for, where nobody knows the name."""
        trouble = error.trouble
        if trouble.act != "resolving the name":
            return error
        near = nearest(trouble.host, {host.name for host in self._inventory.facts.hosts} - {trouble.host})
        cure = did_you_mean(near)
        return HostError(replace(trouble, cure=cure)) if cure else error

    def _numbered(self, target: Target, *, use_inventory: bool) -> Target:
        """A target whose DBRECORD is replaced by the path in that record. Raises ``HostError``."""
        request = target.request
        if not isinstance(request, Create | Cancel) or request.address.dbrecord is None:
            return target
        number = request.address.dbrecord
        if not use_inventory:
            words = "OFF or REMOTE leaves out the inventory, whose records DBRECORD counts"
            cure = "Leave -c and -C out, or use -c LOCAL."
            raise failure("not-found", target.host, f"looking up record {number}", words, cure)
        known = numbered_records(self._inventory.snapshots.values())
        if not 0 <= number < len(known):
            cure = (
                f"Fill the inventory: ctys -a enumerate {target.host}; then ctys-vhost -o machine shows it."
            )
            words = f"the inventory has {len(known)} records, counted from 0"
            raise failure("not-found", target.host, f"looking up record {number}", words, cure)
        host, record = known[number]
        if host != target.host:
            words = f"it is {record[2]}, a guest of {host}"
            cure = f"Name that host, or look for the right number: ctys-vhost -o machine,index {target.host}."
            raise failure("not-found", target.host, f"looking up record {number}", words, cure)
        address = Address(pathname=record[3])
        return replace(target, request=replace(request, address=address))

    async def _act(self, call: Call) -> _Done:
        call.target = self._numbered(call.target, use_inventory=call.run.invocation.use_inventory)
        request = call.target.request
        match request:
            case Create():
                return await create(call, request), []
            case List():
                known = (
                    self._inventory.snapshots.get(call.where.host)
                    if call.run.invocation.use_inventory
                    else None
                )
                listed = await list_sessions(
                    call, request, known, await self._clients(call.where.destination)
                )
                call.run.listed[id(call)] = listed.rows
                targets = call.run.invocation.targets
                if len(targets) > 1:
                    call.say("has answered", partial(_preview, call.run, request.output))
                return listed, []
            case Enumerate():
                return await enumerate_guests(call, request, call.run.known(call.where.host))
            case Rename():
                return await rename(call, request), []
            case Show() | Info():
                return await tell(call, request), []
            case _:
                raise failure("internal", call.where.host, "running the call", "no such action")

    async def _cancel_jobs(self, run: Run, calls: list[Call]) -> list[Coroutine[Any, Any, _Done]]:
        """CANCEL in two steps: every target is found, the user is asked once, then the stops begin."""
        stops: dict[int, cancelling.Stop] = {}
        failures: dict[int, _Done] = {}

        async def find(number: int, call: Call) -> None:
            async def work() -> _Done:
                call.target = self._numbered(call.target, use_inventory=run.invocation.use_inventory)
                if isinstance(call.target.request, Cancel):
                    stops[number] = await cancelling.prepare(call, call.target.request)
                return TargetOutcome(call.where.host, ok=True), []

            done = await self._guarded(call, work())
            if number not in stops:
                failures[number] = done

        await _all(
            [
                find(number, call)
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

    async def close(self) -> None:
        """End what runs."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


#: How a level of a stack is waited for where the line does not say (ctys-facts 4.1: PING, SSHPING).
LEVEL_WAIT = Wait(20, 2)


def waiting_between(calls: list[Call]) -> None:
    """Make every level of a stack but its last one answer ping and ssh, unless the line says OFF."""
    for call, above in pairwise(calls):
        request = call.target.request
        if isinstance(request, Create) and call.target.stack == above.target.stack:
            waiting = replace(request, ping=request.ping or LEVEL_WAIT, sshping=request.sshping or LEVEL_WAIT)
            call.target = replace(call.target, request=waiting)


def _levels(calls: list[Call], jobs: list[Coroutine[Any, Any, _Done]]) -> list[Coroutine[Any, Any, _Done]]:
    """The same jobs, but where a level has failed, those above it in its stack are not begun.

    A target outside any VMSTACK is a stack of its own where another one is, else (-b STACK) all are one.
    """
    several = any(call.target.stack for call in calls)
    failed: dict[int, str] = {}

    async def level(call: Call, job: Coroutine[Any, Any, _Done]) -> _Done:
        stack = call.target.stack
        if stack in failed:
            job.close()
            words = f"the level below it on {failed[stack]} failed"
            error = failure("declined", call.where.host, "going on with the stack", words)
            return TargetOutcome(call.where.host, ok=False, trouble=error.trouble), []
        done = await job
        if not done[0].ok and (stack or not several):
            failed[stack] = call.where.host
        return done

    return [level(call, job) for call, job in zip(calls, jobs, strict=True)]


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


def _outcome(invocation: Invocation, outcomes: list[_Done]) -> Outcome:
    targets = tuple(outcome for outcome, _ in outcomes)
    text = _text(invocation.targets, outcomes)
    return Outcome(targets, f"{invocation.message}\n{text}" if invocation.message else text)


def _text(targets: tuple[Target, ...], outcomes: list[_Done]) -> str:
    """The printed output: one table over all hosts for LIST and ENUMERATE, else what each target says."""
    request = next((target.request for target in targets), None)
    if isinstance(request, List | Enumerate):
        action = "LIST" if isinstance(request, List) else "ENUMERATE"
        listed = [row.record for outcome, _ in outcomes for row in outcome.rows]
        found = [record for _, records in outcomes for record in records]
        return tables.render(listed + found, _output(request.output, targets), action)
    return "\n".join(outcome.text for outcome, _ in outcomes if outcome.text)


def _preview(run: Run, output: Output) -> str:
    """The table of the hosts that have answered so far, in the order of the answers."""
    records = [row.record for rows in run.listed.values() for row in rows]
    return tables.render(records, _output(output, run.invocation.targets), "LIST") if records else ""


def _output(output: Output, targets: tuple[Target, ...]) -> Output:
    return replace(output, terse=True) if any(target.terse for target in targets) else output
