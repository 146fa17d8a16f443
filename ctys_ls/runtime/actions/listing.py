"""LIST, ENUMERATE, SHOW and INFO: what is said about hosts; nothing is changed."""

from __future__ import annotations

import time
from dataclasses import replace
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
from ctys_ls.runtime.snapshot import Said, Snapshot
from ctys_ls.runtime.views import xen_lines

#: The actions whose answers one look can give.
WHOLE = ("LIST", "ENUMERATE")
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
    # What was known before this process holds no sessions.
    snapshot = await call.kept("LIST", known if known is not None and known.access is not None else None)
    confs = snapshot.confs if snapshot is not None else ()
    if snapshot is None:
        # An answer that is kept is whole.
        recent = known is not None and is_recent(known) and not keeps(call)
        snapshot = await _look(call, "LIST", probe.LISTING, () if recent else ROOTS)
        confs = known.confs if known is not None and recent else snapshot.confs
    standard = request.output.form == "table" and request.output.columns is None
    by_name = request.output.names if request.output.names is not None else standard
    beside = client_sessions(snapshot, clients)
    found = sessions.rows(
        snapshot, names=by_name, running=guests(replace(snapshot, confs=confs)), clients=beside
    )
    mine = sessions.of_scope(found, call.target.scope, snapshot.user, snapshot.group)
    rows = tuple(sessions.chosen(mine, wanted(call.target, request.types), request.sides))
    trouble = _trouble(call, snapshot)
    return TargetOutcome(call.where.host, ok=trouble is None, rows=rows, trouble=trouble)


def keeps(call: Call) -> bool:
    """Whether what the hosts say is kept for later calls."""
    wish = call.run.invocation.kept
    return bool(wish.keep or wish.sink)


async def _look(call: Call, action: str, wants: tuple[str, ...], directories: tuple[str, ...]) -> Snapshot:
    """Ask the host and keep what it says as far as -C wants that; for KEEPALL it is asked for more. Raises ``HostError``."""
    actions: tuple[str, ...] = (action,)
    if call.run.invocation.kept.keep == "KEEPALL" and action in WHOLE:
        wants, directories, actions = probe.LISTING, ENUMERATE_ROOTS, WHOLE
    snapshot = await call.look(probe.Look(wants, directories=directories))
    if keeps(call) and not snapshot.troubles:
        call.keep(snapshot.said, *actions)
    return snapshot


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
    action = " ".join(("ENUMERATE", *request.basepath))
    # What is known is of all places, not of some directories.
    files_known = replace(known, taken=known.scanned_at) if known and not request.basepath else None
    snapshot = await call.kept(action, files_known)
    if snapshot is None:
        snapshot = await _look(call, action, ("net", "names"), roots)
    types = wanted(call.target, request.types)
    found: list[tuple[str, ...]] = []
    if not types or "XEN" in types:
        confs = [
            conf for conf in snapshot.confs if conf.facts.is_xen and records.shown(conf, request.matchvstat)
        ]
        found += [record for conf in confs for record in records.records(snapshot, conf)]
    if not types or "PM" in types:
        found.append(records.machine(snapshot))
    if request.output.names:
        found = [records.named(record, snapshot.names) for record in found]
    return TargetOutcome(call.where.host, ok=True), found


async def tell(call: Call, request: Show | Info) -> TargetOutcome:
    """SHOW or INFO of one host, as text (ctys-facts 10). Raises ``HostError``."""
    name = "show" if isinstance(request, Show) else "info"
    types = ",".join(wanted(call.target, request.types))
    terse = "terse" if call.target.terse else ""
    action = " ".join(filter(None, (name.upper(), types, terse)))
    if (earlier := call.answer(action)) is not None:
        return TargetOutcome(call.where.host, ok=True, text=earlier.text)
    call.require_asking()
    call.say("asking the host")
    script = (files("ctys_ls.runtime") / f"{name}.sh").read_text(encoding="utf-8")
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
    call.keep(Said(text, ""), action)
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
