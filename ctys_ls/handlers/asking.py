"""The commands that ask hosts and change nothing: list, enumerate, show, info, doctor, and the look-up in what is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ctys_ls.handlers.actions import host_name, jobs_of, privilege_of, start
from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.hostchecks import domain_files
from ctys_ls.handlers.jobs import Job
from ctys_ls.handlers.prompts import prompter
from ctys_ls.handlers.results import trouble_fields, view_fields
from ctys_ls.handlers.sync import path_of
from ctys_ls.handlers.tools import built
from ctys_ls.problems import Severity
from ctys_ls.protocol import (
    VERSION,
    CheckArgs,
    DoctorArgs,
    EnumerateArgs,
    GuestArgs,
    HostsArgs,
    ListArgs,
    VhostArgs,
    WrongArgumentError,
)
from ctys_ls.requests import Enumerate, Info, Invocation, List, Lookup, Request, Show, Target
from ctys_ls.runtime.api import Outcome, TargetOutcome, Trouble

if TYPE_CHECKING:
    from ctys_ls.documents import Document

_MARKS = {True: "ok", False: "BAD", None: "-"}


def list_sessions(ls: CtysServer, args: ListArgs) -> Any:
    """``ctys.list``."""
    if not args.table:
        return _ask(ls, "list", args.hosts, args.type, List())
    kind = f"-t {args.type.lower()} " if args.type else ""
    line = f"ctys {kind}-a list={args.table} {' '.join(_hosts(ls, args.hosts))}"
    return start(ls, "ctys.list", line, built(ls, line))


def enumerate_guests(ls: CtysServer, args: EnumerateArgs) -> Any:
    """``ctys.enumerate``."""
    return _ask(ls, "enumerate", args.hosts, args.type, Enumerate(basepath=args.basepath))


def show(ls: CtysServer, args: HostsArgs) -> Any:
    """``ctys.show``."""
    return _ask(ls, "show", args.hosts, args.type, Show())


def info(ls: CtysServer, args: HostsArgs) -> Any:
    """``ctys.info``."""
    return _ask(ls, "info", args.hosts, args.type, Info())


def doctor(ls: CtysServer, args: DoctorArgs) -> Any:
    """``ctys.doctor``."""
    hosts, ways = _hosts(ls, args.hosts), privilege_of(args.privilege)

    async def work(_job: Job) -> Outcome:
        from ctys_ls.handlers.config import runtime_config
        from ctys_ls.languages.xenconf.facts import read_conf
        from ctys_ls.runtime.doctor import examine

        config, ask = runtime_config(ls.settings), prompter(ls)
        found = await asyncio.gather(*(examine(host, ways, config, read_conf, ask) for host in hosts))
        targets = []
        for host, findings in zip(hosts, found, strict=True):
            lines = [host]
            for finding in findings:
                lines.append(f"  {_MARKS[finding.ok]:<4}{finding.step:<10}{finding.text}")
                lines += [f"      cure: {finding.cure}"] if finding.cure else []
            well = all(finding.ok is not False for finding in findings)
            targets.append(TargetOutcome(host, ok=well, text="\n".join(lines)))
        return Outcome(tuple(targets), "\n\n".join(target.text for target in targets))

    return {"v": VERSION, "job": jobs_of(ls).start("ctys.doctor", f"doctor {', '.join(hosts)}", work)}


def check(ls: CtysServer, args: CheckArgs) -> Any:
    """``ctys.check``."""
    documents = [one for one in domain_files(ls) if args.uri in ("", one.uri)]
    if not documents:
        raise WrongArgumentError("uri is no open domain file." if args.uri else "no domain file is open.")
    if not args.hosts:
        raise WrongArgumentError("hosts is empty; name one.")
    hosts = tuple(host_name(host, f"hosts[{number}]") for number, host in enumerate(args.hosts))

    async def work(_job: Job) -> Outcome:
        for document in documents:
            ls.world.aim(path_of(document.uri), hosts)
        ways, ask = privilege_of(args.privilege), prompter(ls)
        troubles = await ls.host_checks.survey(hosts, documents, ways, ask, judged=True)
        targets = tuple(_checked(ls, host, documents, troubles) for host in hosts)
        return Outcome(targets, "\n".join(target.text for target in targets if target.text))

    names = ", ".join(document.uri.rpartition("/")[2] for document in documents)
    title = f"check {names} against {', '.join(hosts)}"
    return {"v": VERSION, "job": jobs_of(ls).start("ctys.check", title, work, show=args.show)}


def _checked(
    ls: CtysServer, host: str, documents: Sequence[Document], troubles: Sequence[Trouble]
) -> TargetOutcome:
    """What speaks against starting the guests of these files on a host."""
    name = host.rpartition("@")[2]
    trouble = next((one for one in troubles if one.host == name), None)
    known = next((one for one in ls.facts().hosts if one.name == name), None)
    if known is None or known.equipment is None:
        return TargetOutcome(host, ok=False, trouble=trouble)
    lines = [
        f"{document.uri.rpartition('/')[2]}:{problem.span.start.line + 1}: {problem.message}"
        for document in documents
        for problem in ls.reports.problems(document)
        if problem.code.startswith("xenconf.host-") or problem.severity is Severity.ERROR
    ]
    said = "\n".join(lines) if lines else f"Nothing speaks against a start on {host}."
    return TargetOutcome(host, ok=not lines, text=said, trouble=trouble)


async def vhost(ls: CtysServer, args: VhostArgs) -> Any:
    """``ctys.vhost``."""
    engine = await ls.engine()
    text, status = engine.lookup(Lookup(args.terms))
    return {"v": VERSION, "text": text, "status": status}


async def guest(ls: CtysServer, args: GuestArgs) -> Any:
    """``ctys.guest``."""
    host = host_name(args.host, "host")
    if not args.label:
        raise WrongArgumentError("label is empty.")
    engine = await ls.engine()
    ways = privilege_of(args.privilege) if args.privilege else None
    try:
        view = await engine.guest(host, args.label, ways, prompter(ls))
    except Exception as failure:
        # The runtime's errors carry their whole story; any other is none of the host's.
        trouble = getattr(failure, "trouble", None)
        if trouble is None:
            raise
        return {"v": VERSION, "text": str(trouble), "guest": None, "trouble": trouble_fields(trouble)}
    return {"v": VERSION, "text": str(view), "guest": view_fields(view), "trouble": None}


COMMANDS: dict[str, Callable[[CtysServer, Any], Any]] = {
    "ctys.list": list_sessions,
    "ctys.enumerate": enumerate_guests,
    "ctys.show": show,
    "ctys.info": info,
    "ctys.doctor": doctor,
    "ctys.check": check,
    "ctys.vhost": vhost,
    "ctys.guest": guest,
}


def _ask(ls: CtysServer, verb: str, hosts: Sequence[str], kind: str, request: Request) -> Any:
    names = _hosts(ls, hosts)
    targets = tuple(Target(name, request, session_type=kind.upper() or "ALL") for name in names)
    return start(ls, f"ctys.{verb}", f"{verb} {', '.join(names)}", [Invocation(targets)])


def _hosts(ls: CtysServer, hosts: Sequence[str]) -> tuple[str, ...]:
    """The hosts that are named, else all that are known."""
    if found := tuple(hosts) or ls.known_hosts():
        return tuple(host_name(host, f"hosts[{number}]") for number, host in enumerate(found))
    raise WrongArgumentError("hosts is empty, and no host is known; name one.")
