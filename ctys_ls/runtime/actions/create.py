"""CREATE: start a guest, or attach to one that runs (ctys-facts 4.1)."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath

from ctys_ls.requests import Attach, ConsoleKind, Create, Locality, Wait
from ctys_ls.runtime import addresses, probe
from ctys_ls.runtime.actions import sdl
from ctys_ls.runtime.actions.run import Call, all_searched, missing
from ctys_ls.runtime.addresses import Found
from ctys_ls.runtime.api import ConsoleSpec, TargetOutcome
from ctys_ls.runtime.consoles import DEFAULT, console_spec
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hostcommand import HostCommand, nothing
from ctys_ls.runtime.snapshot import Snapshot

_ACT = "finding the guest"
#: Attaching to a guest that runs, without a change to it.
ATTACHING = (Attach.CONNECT, Attach.REUSE, Attach.RECONNECT)
_NO_WINDOW = sdl.Window()


async def create(call: Call, request: Create) -> TargetOutcome:
    """Start or attach. Raises ``HostError``."""
    host = call.where.host
    if call.run.config.read_only and request.attach is not Attach.CONNECT:
        raise failure("read-only", host, "creating a session")
    call.say(f"looking for {request.address}")
    snapshot = await _look(call, request)
    guest = _resolve(call, request, snapshot)
    call.label = guest.label
    if guest.domain is not None:
        return await _running(call, request, guest, snapshot)
    match request.attach:
        case Attach.CONNECT:
            cure = "Start it: leave CONNECT out, or use REUSE."
            raise failure("not-running", host, f"connecting to {guest.label}", "it does not run", cure)
        case Attach.RESUME:
            await _restore(call, request, guest, snapshot)
            verb = "resumed"
        case _:
            _name_is_free(call, guest, snapshot)
            window = await _start(call, request, guest)
            return await _done(call, request, guest, snapshot, "started", window)
    return await _done(call, request, guest, snapshot, verb)


async def _look(call: Call, request: Create) -> Snapshot:
    """Look for the guest; to attach to one that runs, its file need not be found. Raises ``HostError``."""
    address = request.address
    by_file = bool(address.pathname or address.filename or address.tcp or address.basepath)
    if request.attach is not Attach.NEW and not by_file:
        snapshot = await call.look(probe.Look())
        call.require(snapshot)
        if addresses.running(addresses.find(address, snapshot)):
            return snapshot
    snapshot = await call.look(call.search(address))
    call.require(snapshot)
    return snapshot


def _resolve(call: Call, request: Create, snapshot: Snapshot) -> Found:
    """The one guest of the address. Raises ``HostError``: not-found, ambiguous."""
    all_searched(call, request.address, snapshot, _ACT)
    found = addresses.find(request.address, snapshot)
    if request.attach is Attach.NEW:
        started = [guest for guest in found if guest.conf is not None]
        found = tuple(started) or found
    elif request.attach in ATTACHING:
        # Copies of one file are the same guest where only its running domain counts.
        found = addresses.running(found) or found
    if not found:
        raise missing(call, request.address, snapshot, _ACT)
    return call.chosen(request.address, found, snapshot, _ACT)


async def _running(call: Call, request: Create, guest: Found, snapshot: Snapshot) -> TargetOutcome:
    host, label = call.where.host, guest.label
    if request.attach is Attach.NEW:
        cure = "Use REUSE to attach to it or start it, or CONNECT to attach only."
        paused = " and is paused" if guest.state == "paused" else ""
        raise failure("exists", host, f"starting {label}", f"it runs already{paused}", cure)
    verb = "is running"
    if request.attach is Attach.RECONNECT:
        await call.end_clients()
    if request.attach is Attach.RESUME and guest.state == "paused":
        access = call.reached()
        await call.perform(access.toolstack.unpause(access.tool, label))
        verb = "resumed"
    return await _done(call, request, guest, snapshot, verb)


def _name_is_free(call: Call, guest: Found, snapshot: Snapshot) -> None:
    """Nothing else of that name runs. Raises ``HostError`` (exists)."""
    if any(domain.name == guest.label for domain in snapshot.guests):
        words = f"another guest of that name runs, which was not started from {guest.path}"
        cure = f"Stop that one first, or connect to it: create=l:{guest.label},CONNECT."
        raise failure("exists", call.where.host, f"starting {guest.label}", words, cure)


async def _start(call: Call, request: Create, guest: Found) -> sdl.Window:
    access = call.reached()
    window = await sdl.window(call, request, guest)
    extra = (*request.callopts, *window.words)
    try:
        await call.perform(access.toolstack.create(access.tool, guest.path, extra))
    except BaseException:
        window.give_up()
        raise
    return window


def state_file(guest: Found, name: str | None = None) -> str:
    """Where SUSPEND saves a guest and RESUME finds it: ``<label>.stat`` beside its file, or the given name there."""
    return posixpath.join(posixpath.dirname(guest.path), name or f"{guest.label}.stat")


async def _restore(call: Call, request: Create, guest: Found, snapshot: Snapshot) -> None:
    """Bring back what SUSPEND saved. The state is used once: guest and disks go on from it (as virsh's managedsave)."""
    path = state_file(guest, request.resume_file)
    if path not in snapshot.states:
        looked = await call.look(probe.Look(("domains",), states=(path,)))
        if path not in looked.states:
            cure = f"Start it instead: leave RESUME out, or name the file: RESUME:FILE (beside {guest.path})."
            raise failure(
                "not-found", call.where.host, f"resuming {guest.label}", f"no saved state {path}", cure
            )
    access = call.reached()
    await call.perform(access.toolstack.restore(access.tool, path))
    if request.resume_file is None:
        # Restored again later, the old memory would meet newer disks. A failure is told with the next start.
        with contextlib.suppress(HostError):
            await call.perform(remove(path))


def remove(path: str) -> HostCommand[None]:
    """Take a state file away."""
    return HostCommand(("rm", "-f", "--", path), f"removing {path}", nothing)


async def _done(
    call: Call,
    request: Create,
    guest: Found,
    snapshot: Snapshot,
    verb: str,
    window: sdl.Window = _NO_WINDOW,
) -> TargetOutcome:
    """Look at what is now, wait as asked, and give the way to the console."""
    domain = guest.domain
    if call.ran:
        domains = await call.domains()
        domain = next((domain for domain in domains if domain.name == guest.label), None)
        if domain is None:
            words = "it was started and is gone again"
            cure = f"See why: xl dmesg on {call.where.host}, or start it with CONSOLE:CLI."
            raise failure("not-running", call.where.host, f"starting {guest.label}", words, cure)
    state = domain.state if domain is not None else "unknown"
    number = f" (domain {domain.id})" if domain is not None else ""
    lines = [f"{guest.label} {verb} on {call.where.host}{number}"]
    if verb == "started" and (stale := state_file(guest)) in snapshot.states:
        lines.append(f"note: {stale} holds an older state, which this start has made out of date")
    if ignored := _ignored(request):
        lines.append(f"note: {', '.join(ignored)} not used: the guest's file says how it boots")
    lines += [f"note: {note}" for note in (*call.notes, window.note) if note]
    await _waits(call, request, guest)
    return TargetOutcome(
        call.where.host,
        ok=True,
        state=state,
        text="\n".join(lines),
        ran=tuple(call.ran),
        console=None if window.drawn else _console(call, request, guest, snapshot),
    )


def _ignored(request: Create) -> list[str]:
    """Suboptions of the original's start wrapper that xl and xm have no use for."""
    given = {
        "BOOTMODE": request.bootmode not in (None, "VHDD"),
        "INSTMODE": request.instmode is not None,
        "STACKCHECK": bool(request.stackcheck),
    }
    return [name for name, wanted in given.items() if wanted]


def _console(call: Call, request: Create, guest: Found, snapshot: Snapshot) -> ConsoleSpec | None:
    kind = request.console or DEFAULT
    if kind is ConsoleKind.NONE or call.target.locality is Locality.SERVER:
        return None
    where = call.where
    return console_spec(
        call.run.config,
        where.destination,
        guest.label,
        kind,
        where.privilege,
        snapshot.name.partition(".")[0],
        locality=call.target.locality,
        login=_login(request, guest),
        take=request.attach is Attach.RECONNECT,
    )


def _login(request: Create, guest: Found) -> str:
    """Who logs in to the guest, and where, as far as USER says so and the guest's address is known."""
    user = (request.user or "").partition("%")[0]
    address = request.address.tcp or next(iter(guest.addresses), "")
    return f"{user}@{address}" if user and address else ""


async def _waits(call: Call, request: Create, guest: Found) -> None:
    """WAITS, PING and SSHPING: wait until the guest answers, as far as the line asks for it. Raises ``HostError``."""
    if request.waits and call.ran:
        call.say(f"waiting {request.waits} s for {guest.label}")
        await asyncio.sleep(request.waits)
    for wait, words in ((request.ping, "ping"), (request.sshping, "ssh")):
        if wait is not None and wait.count > 0:
            await _answers(call, guest, wait, words)


async def _answers(call: Call, guest: Found, wait: Wait, means: str) -> None:
    """Wait until the guest answers; where its file names no address, until it shows one and answers there."""
    act = f"waiting for {guest.label} to answer {means}"
    address = guest.addresses[0] if guest.addresses else ""
    for number in range(wait.count):
        call.say(f"{act} ({number + 1} of {wait.count})")
        address = address or await _shown_address(call)
        if address and await call.answers(address, means):
            return
        if number + 1 < wait.count:
            await asyncio.sleep(wait.seconds)
    tries = f"within {wait.count} tries of {wait.seconds} s"
    if not address:
        words = f"no address of it was seen {tries}, neither in its file, in xenstore nor behind the bridge"
        cure = 'The guest runs. Give its file a tag #@#IP0 = "ADDRESS", or leave PING and SSHPING out.'
        raise failure("timeout", call.where.host, act, words, cure)
    words = f"{address} did not answer {tries}"
    raise failure("timeout", call.where.host, act, words, "The guest runs; look at its console.")


async def _shown_address(call: Call) -> str:
    """The address that the running guest shows by now, "" while it shows none."""
    snapshot = await call.look(probe.Look(probe.ADDRESSES))
    domain = next((domain for domain in snapshot.domains if domain.name == call.label), None)
    return domain.addresses[0] if domain is not None and domain.addresses else ""
