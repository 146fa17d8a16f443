"""What an invocation would do, from what is known now. Pure: nothing is asked, nothing is touched.

The steps of CREATE and CANCEL are in ``plansteps``, next to what they mirror in ``actions``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctys_ls.facts import Facts, Guest
from ctys_ls.requests import (
    Address,
    Cancel,
    Create,
    Enumerate,
    Info,
    Invocation,
    Kept,
    List,
    Lookup,
    Side,
    Target,
)
from ctys_ls.runtime.actions.cancel import DESTROYING
from ctys_ls.runtime.api import Plan, PlanStep, TargetPlan
from ctys_ls.runtime.plansteps import Known, act, cancel_steps, console_of, create_steps
from ctys_ls.runtime.privilege import title
from ctys_ls.runtime.toolstacks import TOOLSTACKS


def plan(invocation: Invocation | Lookup, facts: Facts, protected: Sequence[str] = ()) -> Plan:
    """The steps for every target; a host whose toolstack is not known yet is taken for one with xl.

    ``protected`` are the hosts on which every change is confirmed first.
    """
    if isinstance(invocation, Lookup):
        return _lookup(invocation)
    targets = tuple(_target(target, facts, invocation.kept) for target in invocation.targets)
    order = "parallel" if invocation.parallel and not invocation.stacked else "sequential"
    return Plan(targets, order, invocation.detach, tuple(_asked(invocation, targets, protected)))


def _lookup(query: Lookup) -> Plan:
    terms = " ".join(query.terms)
    step = PlanStep(f"look in the inventory for {terms or 'anything'} ({query.mode}); no host is asked")
    return Plan(
        (TargetPlan("this machine", f"VHOST {terms}".strip(), "", (step,)),), "sequential", detach=False
    )


def _target(target: Target, facts: Facts, kept: Kept) -> TargetPlan:
    host = next((host for host in facts.hosts if host.name == target.host), None)
    stack = TOOLSTACKS.get((host.toolstack if host else None) or "xl", TOOLSTACKS["xl"])
    request = target.request
    unknown: list[str] = []
    if (host is None or host.toolstack is None) and isinstance(request, Create | Cancel | List):
        unknown.append(f"the toolstack of {target.host}; xl is taken")
    guest = None
    if isinstance(request, Create | Cancel) and not request.address.all:
        guest = _one(target, request.address, facts, unknown)
    known = Known(target, stack, guest)
    if target.stack:
        unknown += _level(target, facts)
    match request:
        case Create():
            steps = tuple(create_steps(known, request, unknown))
        case Cancel():
            steps = tuple(cancel_steps(known, request, unknown, _running(target, facts)))
        case List():
            steps = (
                act(
                    known,
                    "look at the guests, the machine and their addresses",
                    stack.list(stack.name).argv,
                ),
            )
        case Enumerate():
            default = "the home directory, /etc/xen, /etc/ctys.d and /mntn/vmpool"
            steps = (PlanStep(f"read the guests' files below {', '.join(request.basepath) or default}"),)
        case Info():
            steps = (PlanStep("ask for processors, memory, software and session types"),)
        case _:
            steps = (PlanStep("ask for memory, processes and health"),)
    if not isinstance(request, Create | Cancel):
        steps = (*_served(kept), *(() if kept.only else steps), *_put_away(kept))
    asks = ("sudo may ask for a password",) if target.privilege.sudo and target.user != "root" else ()
    console = console_of(target, request) if isinstance(request, Create) else None
    return TargetPlan(
        target.destination,
        _title(target),
        title(target.privilege),
        steps,
        tuple(unknown),
        guest,
        console.value if console else "",
        asks,
    )


def _served(kept: Kept) -> Iterator[PlanStep]:
    """Where -C looks before the host is asked."""
    otherwise = "; the host is not asked" if kept.only else "; else:"
    if kept.source:
        yield PlanStep(f"take the answer in the file {kept.source}, if there is one{otherwise}")
    if kept.only and not kept.source:
        yield PlanStep("take the answer that an earlier call has kept; the host is not asked")
    elif kept.lifetime is not None and not kept.only:
        yield PlanStep(
            f"take an answer that an earlier call has kept, if it is younger than {kept.lifetime} s; else:"
        )


def _put_away(kept: Kept) -> Iterator[PlanStep]:
    """What -C does with answers."""
    if kept.keep:
        yield PlanStep("keep the answer for later calls")
    if kept.sink:
        yield PlanStep(f"write the answers to the file {kept.sink}, which only you can read")


def _title(target: Target) -> str:
    request = target.request
    match request:
        case Create():
            attach = "" if request.attach.value == "NEW" else f" {request.attach.value}"
            return f"CREATE {request.address}{attach}"
        case Cancel():
            forced = " FORCE" if request.force else ""
            return f"CANCEL {request.address} {request.method.value}{forced}"
        case _:
            return type(request).__name__.upper()


def _level(target: Target, facts: Facts) -> list[str]:
    """A machine of a stack that is no host: ssh has to reach it once it runs."""
    if any(guest.label == target.host for guest in facts.guests) or target.host not in {
        h.name for h in facts.hosts
    }:
        return [f"whether ssh reaches {target.host} under this name once it runs"]
    return []


def _one(target: Target, address: Address, facts: Facts, unknown: list[str]) -> Guest | None:
    found: dict[object, Guest] = {}
    for guest in facts.guests:
        if guest.host == target.host and _fits(address, guest):
            key = guest.path or (guest.label, guest.uuid)
            if key not in found or guest.running:
                found[key] = guest
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        names = ", ".join(guest.path or guest.label for guest in found.values())
        unknown.append(f"{address} fits {len(found)} guests ({names}); it would be refused")
    else:
        unknown.append(f"which guest {address} is, only {target.host} can tell")
    return None


def _fits(address: Address, guest: Guest) -> bool:
    path = guest.path or ""
    return address.dbrecord is None and all(
        (
            address.label in (None, guest.label),
            address.pathname in (None, path),
            address.filename is None or ("/" + path).endswith("/" + address.filename.lstrip("/")),
            address.uuid is None or address.uuid == (guest.uuid or "").replace("-", "").lower(),
            address.mac is None or address.mac in {mac.lower() for mac in guest.macs},
            address.tcp is None or address.tcp in guest.addresses,
            not address.basepath or any(_below(path, folder) for folder in address.basepath),
        )
    )


def _below(path: str, folder: str) -> bool:
    """Whether a file lies below a directory; a relative one counts from any home directory."""
    return (
        path.startswith(folder.rstrip("/") + "/") if folder[:1] == "/" else f"/{folder.strip('/')}/" in path
    )


def _running(target: Target, facts: Facts) -> tuple[str, ...]:
    return tuple(guest.label for guest in facts.guests if guest.host == target.host and guest.running)


def _asked(invocation: Invocation, plans: Sequence[TargetPlan], protected: Sequence[str]) -> list[str]:
    """What is confirmed once for all targets (``actions.cancel.question``): several guests lost, a protected host."""
    named: list[str] = []
    lost = 0
    guarded: list[str] = []
    for target, made in zip(invocation.targets, plans, strict=True):
        request = target.request
        if not isinstance(request, Cancel):
            continue
        if request.side is not Side.CLIENT:
            what = (
                "every running guest"
                if request.address.all
                else made.guest.label
                if made.guest
                else str(request.address)
            )
            named.append(f"{what} on {target.host}")
            lost += (2 if request.address.all else 1) if request.method in DESTROYING else 0
        if request.include_host:
            named.append(f"{target.host} itself")
            lost += 2
        if target.host in protected:
            guarded.append(target.host)
    if lost < 2 and not guarded:
        return []
    shielded = f" (protected: {', '.join(dict.fromkeys(guarded))})" if guarded else ""
    return [f"stop {', '.join(named)}{shielded}"]
