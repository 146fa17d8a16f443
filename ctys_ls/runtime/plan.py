"""What an invocation would do, from what is known now. Pure: nothing is asked, nothing is touched."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ctys_ls.facts import Facts, Guest
from ctys_ls.requests import (
    Address,
    Attach,
    Cancel,
    ConsoleKind,
    Create,
    Enumerate,
    Info,
    Invocation,
    List,
    Locality,
    Method,
    Target,
)
from ctys_ls.runtime.actions.cancel import DELAY
from ctys_ls.runtime.api import Plan, PlanStep, TargetPlan
from ctys_ls.runtime.consoles import DEFAULT
from ctys_ls.runtime.hostcommand import HostCommand, quote
from ctys_ls.runtime.privilege import Method as Way
from ctys_ls.runtime.privilege import methods, title, wrap
from ctys_ls.runtime.toolstacks import TOOLSTACKS, Toolstack


def plan(invocation: Invocation, facts: Facts) -> Plan:
    """The steps for every target; a host whose toolstack is not known yet is taken for one with xl."""
    targets = tuple(_target(target, facts) for target in invocation.targets)
    return Plan(targets, "parallel" if invocation.parallel else "sequential", invocation.detach)


def _target(target: Target, facts: Facts) -> TargetPlan:
    host = next((host for host in facts.hosts if host.name == target.host), None)
    stack = TOOLSTACKS.get((host.toolstack if host else None) or "xl", TOOLSTACKS["xl"])
    unknown: list[str] = []
    if host is None or host.toolstack is None:
        unknown.append(f"the toolstack of {target.host} is not known yet; xl is taken")
    steps = tuple(_steps(target, stack, facts, unknown))
    return TargetPlan(target.host, _title(target), title(target.privilege), steps, tuple(unknown))


def _title(target: Target) -> str:
    request = target.request
    match request:
        case Create():
            return f"CREATE {request.address}"
        case Cancel():
            return f"CANCEL {request.address} {request.method.value}"
        case _:
            return type(request).__name__.upper()


def _steps(target: Target, stack: Toolstack, facts: Facts, unknown: list[str]) -> Iterator[PlanStep]:
    request = target.request
    match request:
        case Create():
            yield from _create(target, request, stack, facts, unknown)
        case Cancel():
            yield from _cancel(target, request, stack, facts, unknown)
        case List():
            yield PlanStep(
                "look at the guests, the machine and their addresses", _call(target, stack.list(stack.name))
            )
        case Enumerate():
            places = (
                ", ".join(request.basepath) or "the home directory, /etc/xen, /etc/ctys.d and /mntn/vmpool"
            )
            yield PlanStep(f"read the guests' files below {places}")
        case Info():
            yield PlanStep("ask for processors, memory, software and session types")
        case _:
            yield PlanStep("ask for memory, processes and health")


def _call(target: Target, command: HostCommand[Any]) -> str:
    """The line as it would run with the first way that -Z allows; for root it runs without it."""
    way = methods(target.privilege)[0]
    return quote(wrap(command.argv, way if target.user != "root" else Way.ROOT))


def _known(target: Target, address: Address, facts: Facts) -> list[Guest]:
    return [guest for guest in facts.guests if guest.host == target.host and _fits(address, guest)]


def _fits(address: Address, guest: Guest) -> bool:
    path = guest.path or ""
    return all(
        (
            address.label in (None, guest.label),
            address.pathname in (None, path),
            address.filename is None or ("/" + path).endswith("/" + address.filename.lstrip("/")),
            address.uuid in (None, guest.uuid),
            address.mac is None or address.mac in guest.macs,
            address.tcp is None or address.tcp in guest.addresses,
        )
    )


def _one(target: Target, address: Address, facts: Facts, unknown: list[str]) -> Guest | None:
    found = _known(target, address, facts)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(guest.path or guest.label for guest in found)
        unknown.append(f"{address} fits {len(found)} guests ({names}); it would be refused")
    else:
        unknown.append(f"which guest {address} is, only {target.host} can tell")
    return None


def _create(
    target: Target, request: Create, stack: Toolstack, facts: Facts, unknown: list[str]
) -> Iterator[PlanStep]:
    guest = _one(target, request.address, facts, unknown)
    path = (guest.path if guest else None) or request.address.pathname or "FILE"
    label = (guest.label if guest else None) or request.address.label or "LABEL"
    yield PlanStep(f"find {request.address} on {target.host}")
    start = PlanStep(f"start {label}", _call(target, stack.create(stack.name, path, request.callopts)))
    match request.attach:
        case Attach.NEW:
            yield PlanStep(f"stop here if {label} runs already")
            yield start
        case Attach.CONNECT:
            yield PlanStep(f"stop here if {label} does not run")
        case Attach.RESUME:
            state = posixpath.join(posixpath.dirname(path), request.resume_file or f"{label}.stat")
            yield PlanStep(
                f"if {label} is paused, let it go on", _call(target, stack.unpause(stack.name, label))
            )
            yield PlanStep(f"else restore {state}", _call(target, stack.restore(stack.name, state)))
        case _:
            yield PlanStep(f"if {label} does not run:")
            yield start
    for wait, means in ((request.ping, "ping"), (request.sshping, "ssh")):
        if wait is not None and wait.count:
            yield PlanStep(f"wait for {label} to answer {means}, {wait.count} times {wait.seconds} s at most")
    kind = request.console or DEFAULT
    if kind is not ConsoleKind.NONE and target.locality is not Locality.SERVER:
        yield PlanStep(f"open the console ({kind.value})", quote(stack.console(stack.name, label)))


def _cancel(
    target: Target, request: Cancel, stack: Toolstack, facts: Facts, unknown: list[str]
) -> Iterator[PlanStep]:
    if request.address.all:
        running = [guest for guest in facts.guests if guest.host == target.host and guest.running]
        names = ", ".join(guest.label for guest in running) or "not known yet"
        unknown.append(f"the guests that run on {target.host} at that moment (now: {names})")
        label, path = "LABEL", "FILE"
    else:
        guest = _one(target, request.address, facts, unknown)
        label = (guest.label if guest else None) or request.address.label or "LABEL"
        path = (guest.path if guest else None) or request.address.pathname or "FILE"
    yield PlanStep(f"find the running guest {request.address} on {target.host}")
    name = stack.name
    match request.method:
        case Method.PAUSE:
            yield PlanStep(f"pause {label}", _call(target, stack.pause(name, label)))
        case Method.SUSPEND:
            state = posixpath.join(posixpath.dirname(path), f"{label}.stat")
            yield PlanStep(f"save {label} to {state}", _call(target, stack.save(name, label, state)))
        case Method.REBOOT:
            yield PlanStep(f"reboot {label}", _call(target, stack.reboot(name, label)))
        case Method.RESET:
            yield PlanStep(f"destroy {label}", _call(target, stack.destroy(name, label)))
            yield PlanStep(f"start {label} again", _call(target, stack.create(name, path)))
        case Method.INIT:
            level = request.runlevel or "0"
            yield PlanStep(
                f"run init {level} in {label} over ssh, if it answers", f"ssh root@ADDRESS init {level}"
            )
        case _:
            delay = next((value for value in (request.delay, request.timeout) if value is not None), DELAY)
            if delay:
                yield PlanStep(f"shut {label} down", _call(target, stack.shutdown(name, label)))
                yield PlanStep(f"wait until it has gone, {delay} s at most")
                yield PlanStep("if it is still there, destroy it", _call(target, stack.destroy(name, label)))
            else:
                yield PlanStep(f"destroy {label}", _call(target, stack.destroy(name, label)))
    if request.include_host:
        yield PlanStep(f"ask, then stop {target.host} itself")
