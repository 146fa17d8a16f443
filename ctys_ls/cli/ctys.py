"""``ctys``: the original's command line, run on hosts by the engine that the editors use.

Exit status: 0 all went well; 1 a call failed or the command line is wrong; 2 what the original calls internal errors,
an unknown action among them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence

from ctys_ls import __version__
from ctys_ls.cli.consoles import Opening, open_console, say
from ctys_ls.cli.runtime import engine, new_engine
from ctys_ls.cli.terminal import Asker, Status, report, restored
from ctys_ls.facts import Guest
from ctys_ls.languages.cmdline.build import Built, build_argv
from ctys_ls.problems import Problem, Severity
from ctys_ls.requests import Cancel, ConsoleKind, Create, Invocation, Lookup
from ctys_ls.runtime.api import Engine, HostState, Outcome

_USAGE = """\
usage: ctys [OPTIONS] [-a ACTION[=SUBOPTIONS]] [--] ['(GLOBAL OPTIONS)'] [HOST['(OPTIONS)']]...

  ctys -t xen -a create=l:tst100,CONSOLE:cli lab00'(-Z KSU)'    start a guest, attach its console
  ctys -t xen -a cancel=l:tst100,POWEROFF:30 lab00              shut it down, power it off after 30 s
  ctys -a list lab00 lab01                                      what runs there
  ctys -a enumerate lab00                                       what is configured there
  ctys -n ...                                                   show what would run, run nothing

Actions: create, cancel, list, enumerate, show, info. An editor with ctys-ls explains and completes the rest.
"""
#: The exit status of ctys-vhost where -M unique finds several records or none.
AMBIGUOUS = 11
_INTERNAL = frozenset({"ctys.unknown-action"})
#: Seconds for the look at the hosts after a cancel.
_AFTER_CANCEL = 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line given as words; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in ("-h", "-H", "--help"):
        print(_USAGE, end="")
        return 0
    if words and words[0] in ("-V", "-v", "--version"):
        print(f"ctys {__version__}")
        return 0
    if not words:
        print(_USAGE, end="", file=sys.stderr)
        return 1
    with restored():
        try:
            return run_words("ctys", words)
        except KeyboardInterrupt:
            return 1
        except BrokenPipeError:
            # The reader of our output (head, less) has gone: no error, and nothing more to flush.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1


def run_words(program: str, words: Sequence[str]) -> int:
    """Check, plan or run one command line."""
    planner = new_engine(os.environ)
    built = build_argv([program, *words], planner.facts(), os.environ)
    status = complain(built, program)
    if status or not built.invocations:
        return status or 1
    for request in built.invocations:
        if isinstance(request, Lookup):
            text, status = planner.lookup(request)
            if not request.quiet and status == AMBIGUOUS:
                say("-M unique: not exactly one record fits; -M all shows those that do", program)
            if not request.quiet:
                say(ages(planner.facts().guests, time.time()), program)
            print(text, end="" if not text or text.endswith("\n") else "\n")
        elif request.dry_run:
            print(planner.plan(request))
        else:
            status = asyncio.run(_run(request))
    return status


def ages(guests: Iterable[Guest], now: float) -> str:
    """How old what the inventory says is, host by host: the oldest record of each counts."""
    oldest: dict[str, float] = {}
    for guest in guests:
        oldest[guest.host] = min(guest.seen or 0.0, oldest.get(guest.host, now))
    if not oldest:
        return "the inventory is empty; fill it: ctys -a enumerate HOST"
    return "read " + ", ".join(f"{host} {_ago(now - seen)} ago" for host, seen in sorted(oldest.items()))


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def complain(built: Built, program: str = "ctys") -> int:
    """Print errors and warnings of a command line; returns the exit status that they mean, 0 for none."""
    for problem in built.problems:
        if problem.severity <= Severity.WARNING:
            kind = "" if problem.severity is Severity.ERROR else "warning: "
            say(kind + problem.message + _hint(problem), program)
    return status_of(built)


def status_of(built: Built) -> int:
    """The exit status that a command line's problems mean: 0, 1, or 2 for what the original calls internal."""
    errors = [problem for problem in built.problems if problem.severity is Severity.ERROR]
    if not errors:
        return 0
    return 2 if any(problem.code in _INTERNAL for problem in errors) else 1


def _hint(problem: Problem) -> str:
    return f" ({problem.fixes[0].title})" if problem.fixes else ""


async def _run(invocation: Invocation) -> int:
    status = Status()
    async with engine(os.environ) as runner:
        work = asyncio.ensure_future(runner.run(invocation, status, Asker(status)))
        interrupted = _on_interrupt(work)
        try:
            outcome = await work
        except asyncio.CancelledError:
            outcome = None
        finally:
            status.clear()
        if outcome is None or (interrupted.is_set() and outcome.cancelled):
            await _say_what_is(runner, invocation, outcome)
            return 1
        report(outcome)
    return _consoles(outcome, invocation)


def _on_interrupt(work: asyncio.Future[Outcome]) -> asyncio.Event:
    """Ctrl-C cancels the work; the event tells that it was pressed. A second one ends the program."""
    pressed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        if pressed.is_set():
            loop.remove_signal_handler(signal.SIGINT)
        pressed.set()
        work.cancel()

    loop.add_signal_handler(signal.SIGINT, cancel)
    return pressed


async def _say_what_is(runner: Engine, invocation: Invocation, outcome: Outcome | None) -> None:
    """After a cancel: what was found on the hosts, for a half-done start or stop may have had its effect."""
    if outcome is not None:
        report(outcome)
        return
    say("cancelled")
    changing = {target.host for target in invocation.targets if isinstance(target.request, Create | Cancel)}
    if not changing:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_AFTER_CANCEL):
            for change in await runner.refresh(tuple(sorted(changing)), Asker(Status())):
                names = ", ".join(row.record[2] for row in change.rows) or "nothing"
                known = change.status.state is HostState.OK
                say(f"{change.status.host}: {f'running: {names}' if known else change.status.message}")
        return
    say("what the hosts run now could not be found out in time")


def _consoles(outcome: Outcome, invocation: Invocation) -> int:
    """Open the consoles that were asked for; the one in this terminal comes last, for it takes it over.

    With -b SYNC this program ends when their windows have ended: one after the other (SEQ) or all together (PAR).
    """
    wanted = [
        (target.console, asked.request)
        for target, asked in zip(outcome.targets, invocation.targets, strict=True)
        if target.console and isinstance(asked.request, Create)
    ]
    status = outcome.exit_status
    windows: list[subprocess.Popen[bytes]] = []
    for spec, request in sorted(wanted, key=lambda pair: pair[0].kind is ConsoleKind.CLI):
        opening = Opening(request.xopts)
        status = max(status, min(1, open_console(spec, opening)))
        if request.waitc:
            time.sleep(request.waitc)
        windows += opening.started
        if not invocation.detach and not invocation.parallel:
            _await(windows)
    if not invocation.detach:
        _await(windows)
    return status


def _await(windows: list[subprocess.Popen[bytes]]) -> None:
    for window in windows:
        window.wait()
    windows.clear()
