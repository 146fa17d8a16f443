"""The steps of CREATE and CANCEL as a plan tells them; each mirrors what ``actions.create`` and ``actions.cancel`` do."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from ctys_ls.facts import Guest
from ctys_ls.requests import Attach, Cancel, ConsoleKind, Create, Locality, Method, Side, Target
from ctys_ls.runtime.actions.cancel import delay_of, propagates
from ctys_ls.runtime.api import PlanStep
from ctys_ls.runtime.consoles import DEFAULT
from ctys_ls.runtime.hostcommand import quote
from ctys_ls.runtime.privilege import Method as Way
from ctys_ls.runtime.privilege import as_typed, methods, wrap
from ctys_ls.runtime.toolstacks import Toolstack


@dataclass(frozen=True, slots=True)
class Known:
    """A target with the toolstack of its host and the guest that its address means, if that is known."""

    target: Target
    stack: Toolstack
    guest: Guest | None

    def path(self, request: Create | Cancel) -> str:
        """The guest's file, FILE where only the host can tell."""
        return (self.guest.path if self.guest else None) or request.address.pathname or "FILE"

    def label(self, request: Create | Cancel) -> str:
        """The guest's name, LABEL where only the host can tell."""
        return (self.guest.label if self.guest else None) or request.address.label or "LABEL"


def act(known: Known, text: str, argv: tuple[str, ...]) -> PlanStep:
    """A step that runs ``argv`` with the first way that -Z allows; for root it runs without it."""
    allowed = methods(known.target.privilege)[0]
    way = allowed if known.target.user != "root" else Way.ROOT
    return PlanStep(text, quote(wrap(argv, way)), quote(as_typed(argv, way)))


# -- CREATE ------------------------------------------------------------------------------------------------------------


def create_steps(known: Known, request: Create, unknown: list[str]) -> Iterator[PlanStep]:
    """CREATE: find, start or attach, wait, open the console."""
    stack, label = known.stack, known.label(request)
    yield PlanStep(f"find {request.address} on {known.target.host}")
    window = stack.sdl_words("DISPLAY", "XAUTHORITY") if draws_window(known.target, request) else ()
    extra = (*request.callopts, *window)
    start = act(known, f"start {label}", stack.create(stack.name, known.path(request), extra).argv)
    if window:
        host = known.target.host
        yield PlanStep(
            f"if {label} is started: ask {host} for a display of this machine, and whether its device model and {label} can draw on it"
        )
    match request.attach:
        case Attach.NEW:
            yield PlanStep(f"stop here if {label} runs already")
            yield start
        case Attach.CONNECT:
            yield PlanStep(f"stop here if {label} does not run")
        case Attach.RESUME:
            yield from _resume(known, request)
        case Attach.RECONNECT:
            yield PlanStep(f"if {label} runs, end the consoles, viewers and tunnels of it that are open here")
            yield PlanStep("else:")
            yield start
        case Attach.REUSE:
            yield PlanStep(f"if {label} does not run:")
            yield start
    if request.attach is not Attach.CONNECT and known.guest is not None and known.guest.running is None:
        unknown.append(f"whether {label} runs already")
    yield from _waits(request, label)
    yield from _console(known, request, label, unknown)


def _resume(known: Known, request: Create) -> Iterator[PlanStep]:
    stack, label = known.stack, known.label(request)
    folder = posixpath.dirname(known.path(request))
    state = posixpath.join(folder, request.resume_file or f"{label}.stat")
    yield act(known, f"if {label} is paused, let it go on", stack.unpause(stack.name, label).argv)
    yield act(known, f"else restore {state}", stack.restore(stack.name, state).argv)
    if request.resume_file is None:
        yield act(known, "and take the state away, which is used up", ("rm", "-f", "--", state))


def _waits(request: Create, label: str) -> Iterator[PlanStep]:
    if request.waits:
        yield PlanStep(f"wait {request.waits} s")
    for wait, means in ((request.ping, "ping"), (request.sshping, "ssh")):
        if wait is not None and wait.count:
            yield PlanStep(f"wait for {label} to answer {means}, {wait.count} times {wait.seconds} s at most")


def console_of(target: Target, request: Create) -> ConsoleKind | None:
    """The console that is opened; None where the line wants none."""
    kind = request.console or DEFAULT
    return None if kind is ConsoleKind.NONE or target.locality is Locality.SERVER else kind


def draws_window(target: Target, request: Create) -> bool:
    """Whether the guest's device model is asked for a window here as the guest starts (``actions.sdl``)."""
    starts = request.attach not in (Attach.CONNECT, Attach.RESUME)
    here = target.locality is Locality.DISPLAY or target.host == "localhost"
    return starts and here and request.console is ConsoleKind.SDL


_WINDOWS = {
    ConsoleKind.CLI: "in this terminal",
    ConsoleKind.XTERM: "in an xterm",
    ConsoleKind.GTERM: "in a GNOME terminal",
    ConsoleKind.EMACS: "in Emacs, in a shell buffer *{label}*",
    ConsoleKind.EMACSA: "in Emacs, in an ansi-term buffer *{label}*",
    ConsoleKind.EMACSM: "in Emacs: *{label}* above, a shell of {host} below in *{host}*",
    ConsoleKind.EMACSAM: "in Emacs, in ansi-term: *{label}* above, a shell of {host} below in *{host}*",
}
_VIEWERS = {
    Locality.DISPLAY: "run a viewer on {host} for the screen of {label}, its window here over ssh",
    Locality.CONNECTION: "run a viewer here for the screen of {label}, through an ssh tunnel to {host}",
    Locality.LOCAL: "run a viewer here for the screen of {label}, through an ssh tunnel to {host}",
}
_ANY_VIEWER = (
    "run a viewer for the screen of {label}: on {host} if it has one and its windows come here, else here"
)


def _console(known: Known, request: Create, label: str, unknown: list[str]) -> Iterator[PlanStep]:
    target, kind = known.target, console_of(known.target, request)
    if kind is None:
        return
    if request.waitc:
        yield PlanStep(f"wait {request.waitc} s behind the console")
    if kind in (ConsoleKind.VNC, ConsoleKind.SDL):
        viewer = _ANY_VIEWER if target.locality is None else _VIEWERS[target.locality]
        unknown.append(f"the port of {label}'s screen")
        if kind is ConsoleKind.SDL:
            way = "" if draws_window(target, request) else ", and only with -L DF"
            yield PlanStep(
                f"the device model opens its own window (SDL), as {label} starts{way}; where it does not:"
            )
        yield PlanStep(viewer.format(label=label, host=target.host))
        return
    terminal = {0: ", without a terminal on the host (-z)", 1: ", with ssh -t", 2: ", with ssh -t -t"}
    where = _WINDOWS[kind].format(label=label, host=target.host)
    pty = terminal.get(target.pty, "") if target.pty is not None else ""
    yield act(
        known, f"open the console of {label} {where}{pty}", known.stack.console(known.stack.name, label)
    )


# -- CANCEL ------------------------------------------------------------------------------------------------------------


def cancel_steps(
    known: Known, request: Cancel, unknown: list[str], running: tuple[str, ...]
) -> Iterator[PlanStep]:
    """CANCEL: find, end the clients, stop the guest, stop the host."""
    target, label = known.target, known.label(request)
    if request.address.all:
        now = f" (now: {', '.join(running)})" if running else ""
        unknown.append(f"the guests that run on {target.host} at that moment{now}")
        yield PlanStep(f"find every running guest on {target.host}; for each LABEL of them:")
    else:
        yield PlanStep(f"find the running guest {request.address} on {target.host}")
    if request.side is not Side.SERVER:
        yield PlanStep(f"end the consoles, viewers and tunnels of {label} that are open here")
    if request.side is not Side.CLIENT:
        yield from _stop(known, request, label)
    if request.include_host:
        yield PlanStep(f"when its guests have gone, stop {target.host} itself")


def _stop(known: Known, request: Cancel, label: str) -> Iterator[PlanStep]:
    stack, name, path = known.stack, known.stack.name, known.path(request)
    if propagates(request):
        yield PlanStep(
            f"if {label} answers ssh, let it stop what runs in it and itself; the rest only if it does not:"
        )
    match request.method:
        case Method.PAUSE:
            yield act(known, f"pause {label}", stack.pause(name, label).argv)
        case Method.SUSPEND:
            state = posixpath.join(posixpath.dirname(path), f"{label}.stat")
            yield act(known, f"save {label} to {state}", stack.save(name, label, state).argv)
        case Method.REBOOT:
            yield act(known, f"reboot {label}", stack.reboot(name, label).argv)
        case Method.RESET:
            yield act(known, f"destroy {label}", stack.destroy(name, label).argv)
            yield act(known, f"start {label} again", stack.create(name, path).argv)
        case Method.INIT if request.force and request.runlevel == "6":
            yield act(known, f"reboot {label}", stack.reboot(name, label).argv)
        case Method.INIT if request.force and request.runlevel not in (None, "0"):
            yield PlanStep(
                f"refuse: with FORCE the hypervisor alone acts, and it knows no level {request.runlevel}"
            )
        case Method.INIT if not request.force:
            yield from _init(known, request, label)
        case _:
            yield from _power_off(known, request, label)


def _init(known: Known, request: Cancel, label: str) -> Iterator[PlanStep]:
    level = request.runlevel or "0"
    address = known.guest.addresses[0] if known.guest and known.guest.addresses else "ADDRESS"
    yield PlanStep(
        f"run init {level} in {label}, if ssh reaches it from {known.target.host}",
        f"ssh -J {known.target.destination} root@{address} init {level}",
    )


def _power_off(known: Known, request: Cancel, label: str) -> Iterator[PlanStep]:
    stack, name = known.stack, known.stack.name
    delay = delay_of(request)
    destroy = stack.destroy(name, label).argv
    if not delay:
        yield act(known, f"destroy {label}", destroy)
        return
    yield act(known, f"shut {label} down", stack.shutdown(name, label).argv)
    yield PlanStep(f"wait until it has gone, {delay} s at most")
    yield act(known, "if it is still there, destroy it", destroy)
