"""The commands that act on hosts: each becomes an invocation, each invocation a job."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.jobs import Job, Jobs
from ctys_ls.handlers.prompts import prompter
from ctys_ls.handlers.results import console_fields
from ctys_ls.handlers.tools import built
from ctys_ls.protocol import (
    VERSION,
    AddressArgs,
    CancelArgs,
    CancelJobArgs,
    ConsoleArgs,
    CreateArgs,
    EndClientsArgs,
    RenameArgs,
    RunArgs,
    TargetArgs,
    WrongArgumentError,
)
from ctys_ls.requests import (
    Address,
    Attach,
    Cancel,
    ConsoleKind,
    Create,
    Invocation,
    Lookup,
    Method,
    Privilege,
    Rename,
    Request,
    Target,
)
from ctys_ls.runtime.api import Outcome, TargetOutcome

_NAME = re.compile(r"[A-Za-z0-9_][-A-Za-z0-9_.]*")


def run(ls: CtysServer, args: RunArgs) -> Any:
    """``ctys.run``."""
    invocations = built(ls, args.command_line)
    return start(ls, "ctys.run", args.command_line, invocations, confirmed=args.confirmed, show=args.show)


def create(ls: CtysServer, args: CreateArgs) -> Any:
    """``ctys.create``."""
    request = Create(
        _address(args.address, "address"),
        attach=Attach(args.attach) if args.attach else Attach.NEW,
        console=ConsoleKind(args.console) if args.console else None,
    )
    return _act(ls, "ctys.create", "create", [(args.host, request)], args.privilege, confirmed=args.confirmed)


def cancel(ls: CtysServer, args: CancelArgs) -> Any:
    """``ctys.cancel``."""
    if not args.targets:
        raise WrongArgumentError("targets names no guest.")
    method = Method(args.method) if args.method else Method.POWEROFF
    pairs = [
        (target.host, Cancel(_target(target, number), method=method, delay=args.delay, force=args.force))
        for number, target in enumerate(args.targets)
    ]
    return _act(ls, "ctys.cancel", "cancel", pairs, args.privilege, confirmed=args.confirmed)


def rename(ls: CtysServer, args: RenameArgs) -> Any:
    """``ctys.rename``."""
    if not args.label:
        raise WrongArgumentError("label is empty.")
    if not _NAME.fullmatch(args.to) or args.to.isdigit():
        # xl takes digits for an id, and the layout of guests' files makes names parts of paths.
        raise WrongArgumentError(
            f"to is no name for a guest: {args.to!r}; letters, digits, - _ and . make one, and not digits alone."
        )
    host = host_name(args.host, "host")
    target = Target(host, Rename(args.label, args.to), privilege=privilege_of(args.privilege))
    title = f"rename {args.label} on {host} to {args.to}"
    return start(ls, "ctys.rename", title, [Invocation((target,))], confirmed=args.confirmed)


def console(ls: CtysServer, args: ConsoleArgs) -> Any:
    """``ctys.console``."""
    if not args.label:
        raise WrongArgumentError("label is empty.")
    host, kind = host_name(args.host, "host"), ConsoleKind(args.kind or "CLI")
    request = Create(Address(label=args.label), attach=Attach.CONNECT, console=kind)
    invocation = Invocation((Target(host, request, privilege=privilege_of(args.privilege)),))

    async def work(_job: Job) -> Outcome:
        engine = await ls.engine()
        try:
            spec = await engine.console(host, args.label, kind, invocation)
        except Exception as failure:
            # The runtime's errors carry their whole story; any other is none of the host's.
            trouble = getattr(failure, "trouble", None)
            if trouble is None:
                raise
            return Outcome((TargetOutcome(host, ok=False, trouble=trouble),), str(trouble))
        return Outcome((TargetOutcome(host, ok=True, state="running", console=spec),))

    title = f"console of {args.label} on {host}"
    return {"v": VERSION, "job": jobs_of(ls).start("ctys.console", title, _telling_consoles(ls, work, [0]))}


async def end_clients(ls: CtysServer, args: EndClientsArgs) -> Any:
    """``ctys.endClients``."""
    engine = await ls.engine()
    ended = await engine.end_clients(args.keys)
    return {"v": VERSION, "ended": list(ended), "left": [key for key in args.keys if key not in ended]}


def cancel_job(ls: CtysServer, args: CancelJobArgs) -> Any:
    """``ctys.cancelJob``."""
    return {"v": VERSION, "known": jobs_of(ls).cancel(args.job)}


COMMANDS: dict[str, Callable[[CtysServer, Any], Any]] = {
    "ctys.run": run,
    "ctys.create": create,
    "ctys.cancel": cancel,
    "ctys.rename": rename,
    "ctys.console": console,
    "ctys.endClients": end_clients,
    "ctys.cancelJob": cancel_job,
}


def _act(
    ls: CtysServer,
    command: str,
    verb: str,
    pairs: Sequence[tuple[str, Request]],
    privilege: Sequence[str],
    *,
    confirmed: bool,
) -> Any:
    targets = tuple(
        Target(host_name(host, "host"), request, privilege=privilege_of(privilege)) for host, request in pairs
    )
    names = ", ".join(f"{target.request.address} on {target.host}" for target in targets)  # type: ignore[union-attr]
    return start(ls, command, f"{verb} {names}", [Invocation(targets)], confirmed=confirmed)


def start(
    ls: CtysServer,
    command: str,
    title: str,
    invocations: Sequence[Invocation | Lookup],
    *,
    confirmed: bool = False,
    show: bool = False,
) -> Any:
    """Begin a job that runs ``invocations`` one after the other, and answer with its id."""

    async def work(job: Job) -> Outcome:
        engine, ask = await ls.engine(), prompter(ls, confirmed=confirmed)
        parts = []
        for invocation in invocations:
            if isinstance(invocation, Lookup):
                parts.append(_looked_up(*engine.lookup(invocation)))
            else:
                parts.append(await engine.run(invocation, job.report, ask))
            if parts[-1].cancelled:
                break
        return _joined(parts)

    told = _telling_consoles(ls, work, _waits(invocations))
    return {"v": VERSION, "job": jobs_of(ls).start(command, title, told, show=show)}


def _waits(invocations: Sequence[Invocation | Lookup]) -> list[int]:
    """Seconds to wait behind each target's console (WAITC), in the order of the outcome's targets."""
    asked = [
        (target.request for target in one.targets) if isinstance(one, Invocation) else (one,)
        for one in invocations
    ]
    return [
        request.waitc or 0 if isinstance(request, Create) else 0 for requests in asked for request in requests
    ]


def _looked_up(text: str, status: int) -> Outcome:
    """The outcome of a ctys-vhost query, which touches no host."""
    return Outcome((TargetOutcome("", ok=status == 0, text=text),), text)


def _telling_consoles(ls: CtysServer, work: Any, waits: Sequence[int]) -> Any:
    async def told(job: Job) -> Outcome:
        outcome: Outcome = await work(job)
        for target, seconds in zip(
            outcome.targets, waits, strict=False
        ):  # A cancelled job has fewer outcomes.
            if target.console:
                ls.outgoing.notify("ctys/consoleReady", console_fields(job.ident, target.console))
                try:
                    await asyncio.sleep(seconds)
                except asyncio.CancelledError:
                    return replace(outcome, cancelled=True)
        return outcome

    return told


def _joined(parts: Sequence[Outcome]) -> Outcome:
    if len(parts) == 1:
        return parts[0]
    return Outcome(
        tuple(target for part in parts for target in part.targets),
        "\n".join(part.text for part in parts if part.text),
        cancelled=any(part.cancelled for part in parts),
    )


def jobs_of(ls: CtysServer) -> Jobs:
    """The server's jobs."""
    if ls.jobs is None:
        ls.jobs = Jobs(ls)
    return ls.jobs


def host_name(name: str, where: str) -> str:
    """A name that is fit to be a host's; raises :class:`WrongArgumentError`."""
    if not name or name.startswith("-") or not name.isprintable() or any(char.isspace() for char in name):
        raise WrongArgumentError(f"{where} is no host name: {name!r}.")
    return name


def _target(target: TargetArgs, number: int) -> Address:
    return _address(target.address, f"targets[{number}].address")


def _address(args: AddressArgs, where: str) -> Address:
    address = Address(
        pathname=args.pathname,
        filename=args.filename,
        label=args.label,
        uuid=args.uuid.replace("-", "").lower() if args.uuid else None,
        mac=args.mac.lower() if args.mac else None,
        tcp=args.tcp,
    )
    if not address:
        raise WrongArgumentError(f"{where} is empty; give a label, pathname, filename, uuid, mac or tcp.")
    return address


def privilege_of(ways: Sequence[str]) -> Privilege:
    """The ways of raising rights that are allowed."""
    return Privilege(ksu="KSU" in ways, sudo="SUDO" in ways)
