"""LIST, ENUMERATE, SHOW and INFO: what is said about hosts; nothing is changed."""

from __future__ import annotations

import time
from importlib.resources import files

from ctys_ls import __version__
from ctys_ls.requests import Enumerate, Info, List, Show, Target
from ctys_ls.runtime import probe, sessions
from ctys_ls.runtime.actions import records
from ctys_ls.runtime.actions.run import ENUMERATE_ROOTS, ROOTS, Call
from ctys_ls.runtime.addresses import guests
from ctys_ls.runtime.api import TargetOutcome, Trouble
from ctys_ls.runtime.errors import failure, plain
from ctys_ls.runtime.registry import Client
from ctys_ls.runtime.sessions import Session
from ctys_ls.runtime.snapshot import Snapshot
from ctys_ls.runtime.views import xen_lines

#: So long the files of a host, once read, serve for its listings.
FILES_SECONDS = 300.0


def wanted(target: Target, types: tuple[str, ...]) -> tuple[str, ...]:
    """The session types that a call is about; empty for all."""
    named = types or (() if target.session_type in ("", "ALL") else (target.session_type,))
    return tuple(name.upper() for name in named)


async def list_sessions(
    call: Call, request: List, known: Snapshot | None, clients: tuple[Client, ...] = ()
) -> TargetOutcome:
    """LIST of one host. Raises ``HostError``.

    ``known`` is the last look at it, whose files need not be read again; ``clients`` run on it.
    """
    call.say("listing the sessions")
    recent = known is not None and is_recent(known)
    # What was kept by an earlier process holds no sessions.
    snapshot = call.kept(known if known is not None and known.access is not None else None)
    if snapshot is None:
        snapshot = await call.look(probe.Look(probe.LISTING, directories=() if recent else ROOTS))
    files_known = _with_confs(snapshot, known) if known is not None and recent else snapshot
    by_name = request.output.form == "table" and request.output.columns is None
    beside = client_sessions(snapshot, clients)
    found = sessions.rows(snapshot, names=by_name, running=guests(files_known), clients=beside)
    mine = sessions.of_scope(found, call.target.scope, snapshot.user, snapshot.group)
    rows = tuple(sessions.chosen(mine, wanted(call.target, request.types), request.sides))
    trouble = _trouble(call, snapshot)
    return TargetOutcome(call.where.host, ok=trouble is None, rows=rows, trouble=trouble)


def client_sessions(snapshot: Snapshot, clients: tuple[Client, ...]) -> list[Session]:
    """The clients of this machine as sessions."""
    return [
        sessions.client(
            snapshot,
            client.type,
            client.label,
            client.side,
            cport=client.cport,
            sport=client.sport,
            pid=str(client.pid),
            uid=client.user,
            gid=client.group,
        )
        for client in clients
    ]


def is_recent(known: Snapshot) -> bool:
    """Whether the guests' files were read so lately that a listing need not read them again."""
    return time.time() - known.scanned_at < FILES_SECONDS


def _with_confs(snapshot: Snapshot, known: Snapshot) -> Snapshot:
    from dataclasses import replace

    return replace(snapshot, confs=known.confs)


def _trouble(call: Call, snapshot: Snapshot) -> Trouble | None:
    """What makes a look a failure. A machine without Xen that was not asked for its guests is none."""
    if snapshot.troubles:
        return None if call.where.host == "localhost" and not snapshot.xen else snapshot.troubles[0]
    if snapshot.access is not None or call.where.host == "localhost":
        return None
    words = "neither xl nor xm is in PATH, /usr/local/sbin, /usr/sbin or /sbin"
    return failure("tool-missing", call.where.host, "listing the guests", words).trouble


async def enumerate_guests(
    call: Call, request: Enumerate, known: Snapshot | None = None
) -> tuple[TargetOutcome, list[tuple[str, ...]]]:
    """ENUMERATE of one host: the outcome and the records; ``known`` is the last look at it. Raises ``HostError``."""
    call.say("reading the guests' files")
    roots = request.basepath or ENUMERATE_ROOTS
    snapshot = call.kept(known) or await call.look(probe.Look(("net",), directories=roots))
    types = wanted(call.target, request.types)
    found: list[tuple[str, ...]] = []
    if not types or "XEN" in types:
        confs = [
            conf for conf in snapshot.confs if conf.facts.is_xen and records.shown(conf, request.matchvstat)
        ]
        found += [record for conf in confs for record in records.records(snapshot, conf)]
    if not types or "PM" in types:
        found.append(records.machine(snapshot))
    return TargetOutcome(call.where.host, ok=True), found


async def tell(call: Call, request: Show | Info) -> TargetOutcome:
    """SHOW or INFO of one host, as text (ctys-facts 10). Raises ``HostError``."""
    name = "show" if isinstance(request, Show) else "info"
    call.say("asking the host")
    script = (files("ctys_ls.runtime") / f"{name}.sh").read_text(encoding="utf-8")
    types = ",".join(wanted(call.target, request.types))
    more = await _xen(call) if isinstance(request, Info) else ()
    xen = await _as_xen_sees_it(call) if isinstance(request, Show) else ()
    argv = ("exec", "/bin/sh", "-s", "--", types, *more)
    where = call.where
    done = await call.run.hosts.plain(
        where.destination, where.host, argv, f"{name} of the host", call.run.ask, stdin=script
    )
    if done.status != 0:
        words = done.err or f"exit status {done.status}"
        raise failure("command-failed", where.host, f"{name} of the host", words, "Try it by hand: uname -a")
    text = "\n".join([*(plain_line(line) for line in done.out.splitlines()), *xen])
    return TargetOutcome(where.host, ok=True, text=text)


async def _xen(call: Call) -> tuple[str, str, str, str]:
    """What info.sh is told: the state of XEN in words, its magic word (ctys-facts 7.5), our version, "terse" or ""."""
    snapshot = await call.look(probe.Look(("domains",)))
    terse = "terse" if call.target.terse else ""
    if snapshot.access is None:
        why = snapshot.troubles[0].words if snapshot.troubles else "neither xl nor xm was found"
        return f"DISABLED ({why})", "DISABLED", __version__, terse
    how, release = snapshot.access.method.value, snapshot.xen or "of unknown release"
    state = f"ENABLED ({snapshot.access.tool}, rights: {how}, Xen {release})"
    magic = f"XEN_{release[0]}x" if release[0].isdigit() else "XEN_GENERIC"
    return state, magic, __version__, terse


async def _as_xen_sees_it(call: Call) -> list[str]:
    """What SHOW tells of Xen: memory, guests, last messages; why not, where rights do not suffice; else nothing."""
    snapshot = await call.look(probe.Look(probe.XEN))
    if snapshot.access is None or snapshot.xen_view is None:
        if snapshot.troubles and _trouble(call, snapshot) is not None:
            return ["", f"XEN: {snapshot.troubles[0]}"]
        return []
    running = [(domain.id, plain(domain.name), domain.state) for domain in snapshot.guests]
    return ["", *xen_lines(snapshot.xen_view, running)]


def plain_line(line: str) -> str:
    """A line of a host's text without anything that could steer a terminal; its blanks stay."""
    lead = line[: len(line) - len(line.lstrip(" "))]
    body = line.strip()
    return lead + (body if body.isprintable() else plain(body))
