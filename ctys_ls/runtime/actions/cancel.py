"""CANCEL: stop guests, gently or not (ctys-facts 4.2, 4.3). All targets are found first, then the user is asked once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from ctys_ls.requests import Address, Cancel, Method, Side
from ctys_ls.runtime import addresses
from ctys_ls.runtime.actions.create import remove, state_file
from ctys_ls.runtime.actions.run import ROOTS, Call, all_searched, ambiguous, missing
from ctys_ls.runtime.actions.stack import POWEROFF_INSIDE, REBOOT_INSIDE, told_inside
from ctys_ls.runtime.addresses import Found
from ctys_ls.runtime.api import Ask, Question, TargetOutcome
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hostcommand import HostCommand, nothing
from ctys_ls.runtime.probe import ADDRESSES, RUNNING, Look
from ctys_ls.runtime.snapshot import Snapshot

_ACT = "finding the running guest"
#: Seconds between shutdown and destroy where the line names none.
DELAY = 20
#: Methods after which the guest's memory is lost.
DESTROYING = (Method.POWEROFF, Method.REBOOT, Method.RESET, Method.INIT)


#: Methods that need the guest's file: a wrong copy would start another guest, or hide the saved state.
NEEDS_FILE = (Method.RESET, Method.SUSPEND)
#: What SELF tells the host itself; the others halt it.
_MACHINE = {Method.REBOOT: ("shutdown", "-r", "now"), Method.RESET: ("shutdown", "-r", "now")}
_DOING = {
    Method.POWEROFF: "switching off",
    Method.REBOOT: "rebooting",
    Method.RESET: "resetting",
    Method.PAUSE: "pausing",
    Method.SUSPEND: "suspending",
    Method.INIT: "running init in",
}


def propagates(request: Cancel) -> bool:
    """Whether guests are told themselves first: STACK asks for it, FORCE forbids it (ctys-facts 4.3)."""
    return (
        request.stack
        and not request.force
        and request.method in (Method.POWEROFF, Method.REBOOT, Method.RESET)
    )


@dataclass(frozen=True, slots=True)
class Stop:
    """The guests that one target stops, found and not yet touched."""

    call: Call
    request: Cancel
    guests: tuple[Found, ...]


async def prepare(call: Call, request: Cancel) -> Stop:
    """Find the guests of a target. Raises ``HostError``."""
    if call.run.config.read_only:
        raise failure("read-only", call.where.host, "cancelling a session")
    call.say(f"looking for {request.address}")
    snapshot = await _look(call, request)
    if request.include_host and (snapshot.simulated or not snapshot.dom0):
        # A simulated host shares its machine with others, a guest is not a host: only a real dom0 is ever stopped.
        cure = "Leave SELF out, and stop the machine by hand when its guests are down."
        words = "this is a simulated host" if snapshot.simulated else "this machine is no dom0 of Xen"
        raise failure("unsupported", call.where.host, "stopping the host (SELF)", words, cure)
    guests = _resolve(call, request, snapshot)
    if len(guests) == 1:
        call.label = guests[0].label
    return Stop(call, request, guests)


async def _look(call: Call, request: Cancel) -> Snapshot:
    """Look for running guests; files are read only where the address or the method needs them, or nothing was found."""
    address = request.address
    by_file = bool(address.pathname or address.filename or address.tcp or address.basepath)
    inside = request.method is Method.INIT or propagates(request)
    wants = ADDRESSES if inside or address.tcp else RUNNING
    from_file = request.method in NEEDS_FILE or inside
    if address.all and from_file:
        return await _required(call, Look(wants, directories=address.basepath or ROOTS))
    if by_file or from_file:
        return await _required(call, call.search(address, wants))
    snapshot = await _required(call, Look())
    if address.all or addresses.running(addresses.find(address, snapshot)):
        return snapshot
    return await _required(call, call.search(address))


async def _required(call: Call, look: Look) -> Snapshot:
    snapshot = await call.look(look)
    call.require(snapshot)
    return snapshot


def _resolve(call: Call, request: Cancel, snapshot: Snapshot) -> tuple[Found, ...]:
    """The running guests of the address, one unless it is ALL. Raises ``HostError``: not-found, not-running, ambiguous."""
    address = request.address
    all_searched(call, address, snapshot, _ACT)
    found = addresses.guests(snapshot) if address.all else addresses.find(address, snapshot)
    alive = addresses.running(found)
    if len(alive) > 1 and not address.all and not call.run.invocation.allow_ambiguous:
        raise ambiguous(call, address, alive, snapshot, _ACT)
    if request.method in NEEDS_FILE:
        for guest in alive:
            copies = tuple(copy for copy in found if copy.domain == guest.domain)
            if len(copies) > 1:
                act = f"finding the file of {guest.label}"
                raise ambiguous(call, Address(label=guest.label), copies, snapshot, act)
    if alive or address.all:
        return alive
    if found:
        call.label = found[0].label
        names = ", ".join(dict.fromkeys(guest.label for guest in found))
        raise failure("not-running", call.where.host, f"{_DOING[request.method]} {names}", "it does not run")
    raise missing(call, address, snapshot, _ACT)


def question(stops: Sequence[Stop], protected: Sequence[str]) -> Question | None:
    """What must be confirmed before anything is done: several guests destroyed, or any change on a protected host."""
    named = [
        (stop.call.where.host, guest.label, stop.request.method)
        for stop in stops
        if stop.request.side is not Side.CLIENT
        for guest in stop.guests
    ]
    machines = [
        (stop.call.where.host, "the host itself", stop.request.method)
        for stop in stops
        if stop.request.include_host
    ]
    named += machines
    lost = [entry for entry in named if entry[2] in DESTROYING]
    guarded = [entry for entry in named if entry[0] in protected]
    if len(lost) < 2 and not guarded and not machines:
        return None
    hosts = tuple(dict.fromkeys(host for host, _, _ in named))
    shielded = f" (protected: {', '.join(dict.fromkeys(host for host, _, _ in guarded))})" if guarded else ""
    count = len(named) - len(machines)
    parts = [] if count == 0 else [f"{count} guests"] if count > 1 else [named[0][1]]
    many = " and ".join([*parts, *(["the host itself"] if machines else [])])
    methods = "/".join(dict.fromkeys(method.value for _, _, method in named))
    detail = "\n".join(f"{host}: {label} {method.value}" for host, label, method in named)
    return Question(
        Ask.CONFIRM, ", ".join(hosts), f"{methods} {many} on {', '.join(hosts)}{shielded}?", detail
    )


async def cancel(stop: Stop) -> TargetOutcome:
    """Stop the guests of a target, one after the other. Raises ``HostError`` for a single guest's failure."""
    call, host = stop.call, stop.call.where.host
    if stop.request.include_host:
        return await _with_host(stop)
    if not stop.guests:
        return TargetOutcome(host, ok=True, state="absent", text=f"no guest runs on {host}")
    if len(stop.guests) == 1:
        state, text = await _noted(call, stop.request, stop.guests[0])
        return TargetOutcome(host, ok=True, state=state, text=text, ran=tuple(call.ran))
    return await _all(stop)


async def _with_host(stop: Stop) -> TargetOutcome:
    """SELF: the guests first, then the machine they ran on. A guest that stays keeps the machine up."""
    call, host = stop.call, stop.call.where.host
    outcome = await _all(stop) if stop.guests else TargetOutcome(host, ok=True, state="absent")
    if not outcome.ok:
        return outcome
    argv: tuple[str, ...] = _MACHINE.get(stop.request.method, ("shutdown", "-h", "now"))
    if stop.request.method is Method.INIT:
        argv = ("init", stop.request.runlevel or "0")
    try:
        await call.perform(HostCommand(argv, f"stopping the host {host}", nothing))
    except HostError as error:
        # The machine takes the connection along as it goes down.
        if error.trouble.code != "dropped":
            raise
    lines = [outcome.text, f"{host} was told: {' '.join(argv)}"]
    return TargetOutcome(
        host, ok=True, state=outcome.state, text="\n".join(filter(None, lines)), ran=tuple(call.ran)
    )


async def _all(stop: Stop) -> TargetOutcome:
    """Several guests of one host: one that fails does not keep the others."""
    call, lines, states = stop.call, [], []
    first: HostError | None = None
    for guest in stop.guests:
        call.label = guest.label
        try:
            state, text = await _noted(call, stop.request, guest)
        except HostError as error:
            first = first or error
            state, text = await call.state(), str(error.trouble)
        states.append(state)
        lines.append(text)
    summary = states[0] if len(set(states)) == 1 else "mixed"
    return TargetOutcome(
        call.where.host,
        ok=first is None,
        state=summary,
        text="\n".join(lines),
        ran=tuple(call.ran),
        trouble=first.trouble if first else None,
    )


async def _noted(call: Call, request: Cancel, guest: Found) -> tuple[str, str]:
    """The guest's state afterwards, and what is to be said."""
    state, text = await _stop(call, request, guest)
    notes, call.notes = call.notes, []
    return state, "\n".join([text, *(f"note: {note}" for note in notes)])


async def _stop(call: Call, request: Cancel, guest: Found) -> tuple[str, str]:
    """The guest's state afterwards, and a sentence."""
    host, label = call.where.host, guest.label
    if request.side in (Side.CLIENT, Side.BOTH):
        count = await call.end_clients()
        if request.side is Side.CLIENT:
            return guest.state, f"{count} clients of {label} ended here; it runs on"
    access = call.reached()
    tool, stack = access.tool, access.toolstack
    match request.method:
        case Method.PAUSE:
            if guest.state == "paused":
                return "paused", f"{label} is paused already on {host}"
            await call.perform(stack.pause(tool, label))
            return await call.state(), f"{label} paused on {host}; CREATE with RESUME goes on"
        case Method.SUSPEND:
            return await _suspend(call, guest)
        case Method.REBOOT:
            if propagates(request) and await told_inside(call, guest, REBOOT_INSIDE):
                return await call.state(), f"{label} was told to reboot with all that runs in it"
            await call.perform(stack.reboot(tool, label))
            return await call.state(), f"{label} reboots on {host}"
        case Method.RESET:
            path = _file_of(call, guest, "resetting")
            if not (propagates(request) and await _ended_inside(call, request, guest)):
                await call.perform(stack.destroy(tool, label))
            await call.perform(stack.create(tool, path))
            return await call.state(), f"{label} reset on {host}"
        case Method.INIT:
            return await _init(call, request, guest)
        case _:
            return await _power_off(call, request, guest)


async def _power_off(call: Call, request: Cancel, guest: Found) -> tuple[str, str]:
    """Shut down, wait at most the delay, destroy what is left. A delay of 0 destroys at once."""
    host, label = call.where.host, guest.label
    access = call.reached()
    if propagates(request) and await _ended_inside(call, request, guest):
        return "absent", f"{label} shut itself down on {host}, with all that ran in it"
    delay = delay_of(request)
    if delay > 0 and guest.state != "paused":
        left = await _shut_down(call, label, delay)
        if await call.gone(guest, left):
            return "absent", f"{label} shut down on {host}"
        call.say(f"{label} did not shut down within {delay} s")
    try:
        await call.perform(access.toolstack.destroy(access.tool, label))
    except HostError:
        # It may have gone by itself in the meantime: what counts is what is.
        if await call.state() != "absent":
            raise
    state = await call.state()
    if state not in ("absent", "unknown"):
        words = f"it is still there ({state})"
        raise failure("command-failed", host, f"destroying {label}", words, f"See xl list on {host}.")
    return state, f"{label} switched off on {host}"


def delay_of(request: Cancel) -> int:
    """Seconds that a guest has to end by itself."""
    return next((value for value in (request.delay, request.timeout) if value is not None), DELAY)


async def _ended_inside(call: Call, request: Cancel, guest: Found) -> bool:
    """STACK: whether the guest was reached, told to stop what runs in it and itself, and did so in time."""
    if not await told_inside(call, guest, POWEROFF_INSIDE):
        return False
    return await call.gone(guest, delay_of(request) or DELAY)


async def _shut_down(call: Call, label: str, seconds: float) -> float:
    """Tell the guest to shut down; the seconds that are left of those it gets.

    xl waits up to a minute for a guest to take notice: one that never does must not keep the delay from ending.
    """
    access, loop = call.reached(), asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        async with asyncio.timeout(seconds):
            await call.perform(access.toolstack.shutdown(access.tool, label))
    except TimeoutError:
        call.say(f"{label} takes no notice of the shutdown")
    except HostError as error:
        if error.trouble.code != "command-failed":
            raise
        call.say(f"{label} takes no notice of the shutdown: {error.trouble.words}")
    return max(0.0, end - loop.time())


async def _suspend(call: Call, guest: Found) -> tuple[str, str]:
    _file_of(call, guest, "suspending")
    path = state_file(guest)
    access = call.reached()
    try:
        await call.perform(access.toolstack.save(access.tool, guest.label, path))
    except HostError:
        # The guest goes on; what was written of its memory is of no use and may fill the disk.
        with contextlib.suppress(HostError):
            await call.perform(remove(path))
        raise
    return (
        await call.state(),
        f"{guest.label} saved on {call.where.host} to {path}; CREATE with RESUME restores it",
    )


def _file_of(call: Call, guest: Found, doing: str) -> str:
    if guest.path:
        return guest.path
    cure = "Name the guest's file: p:/PATH/TO/FILE.conf, or its directory: b:DIRECTORY."
    raise failure(
        "not-found", call.where.host, f"{doing} {guest.label}", "its configuration file was not found", cure
    )


async def _init(call: Call, request: Cancel, guest: Found) -> tuple[str, str]:
    """INIT goes through the guest: ssh to it as root, if it answers. With FORCE the hypervisor does what it can."""
    host, label, level = call.where.host, guest.label, request.runlevel or "0"
    act = f"INIT {level} in {label}"
    if request.force:
        return await _forced_init(call, request, guest, level)
    cure = "Use POWEROFF or REBOOT, which need nothing in the guest."
    if not guest.addresses:
        raise failure("unsupported", host, act, "the guest's address is not known", cure)
    try:
        line = await call.in_guest(guest, ("init", level))
    except HostError as error:
        raise failure(
            "unsupported", host, act, f"{error.trouble.act}: {error.trouble.words}", cure
        ) from error
    call.ran.append(line)
    if level == "0" and await call.gone(guest, delay_of(request)):
        return "absent", f"init 0 ran in {label}, which has gone from {host}"
    return await call.state(), f"init {level} ran in {label}"


async def _forced_init(call: Call, request: Cancel, guest: Found, level: str) -> tuple[str, str]:
    """FORCE leaves the guest's inside alone: run levels 0 and 6 are a shutdown and a reboot to the hypervisor."""
    access, label = call.reached(), guest.label
    if level == "0":
        return await _power_off(call, request, guest)
    if level == "6":
        await call.perform(access.toolstack.reboot(access.tool, label))
        return await call.state(), f"{label} reboots on {call.where.host}"
    words = "with FORCE the hypervisor alone acts, and it knows the run levels 0 and 6 only"
    raise failure("unsupported", call.where.host, f"INIT {level} in {label}", words, "Leave FORCE out.")
