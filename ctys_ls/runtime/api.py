"""The runtime as its users see it: values, and the :class:`Engine` that plans and runs invocations.

``handlers`` and ``cli`` use nothing else of the runtime than this module and ``engine.make_engine``; tests put a fake
engine in its place.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ctys_ls.facts import Facts, Guest
from ctys_ls.requests import ConsoleKind, Invocation, Lookup, Privilege
from ctys_ls.runtime.views import GuestView


@dataclass(frozen=True, slots=True)
class Config:
    """What the runtime takes from settings and environment."""

    ssh_config: Path | None = None
    known_hosts: Path | None = None
    connect_timeout: float = 8.0
    hosts: tuple[str, ...] = ()
    read_only: bool = False
    protected_hosts: tuple[str, ...] = ()
    state_dir: Path | None = None
    #: Where files of macros and of groups are looked for, in order; empty: below ``.ctys`` in the user's home.
    macro_path: tuple[Path, ...] = ()
    groups_path: tuple[Path, ...] = ()


# -- what a user is asked ------------------------------------------------------------------------------------------


class Ask(StrEnum):
    """Kinds of question; ``CONFIRM`` and ``HOST_KEY`` are answered by "yes" or None."""

    PASSWORD = "password"
    PASSPHRASE = "passphrase"
    HOST_KEY = "hostKey"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the user. ``detail`` holds the fingerprint or the names of what would be destroyed."""

    kind: Ask
    host: str
    text: str
    detail: str = ""

    @property
    def secret(self) -> bool:
        """Whether the answer must never be shown, logged or stored."""
        return self.kind in (Ask.PASSWORD, Ask.PASSPHRASE)


#: Puts a question to the user; None is a refusal (or nobody there to ask).
Prompter = Callable[[Question], Awaitable[str | None]]


# -- what is running -----------------------------------------------------------------------------------------------


class HostState(StrEnum):
    """Whether a host answered when it was last asked."""

    PENDING = "pending"
    OK = "ok"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HostStatus:
    """One host's state in the session table; ``message`` and ``cure`` are empty for ``OK``."""

    host: str
    state: HostState
    seen: float = 0.0
    message: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One session: ``record`` holds the 22 fields of the LIST record as text (ctys-facts 6.1), index 0 is field 1.

    ``key`` names the session for as long as it lives (host, type, label, side, pid); ``state`` is one of running,
    blocked, paused, shutdown, crashed, dying or ""; ``conf`` is the guest's configuration file where it is known.
    """

    key: str
    host: str
    record: tuple[str, ...]
    state: str = ""
    conf: str = ""


@dataclass(frozen=True, slots=True)
class SessionsChange:
    """All rows of one host as they are now; ``revision`` grows with every change of the table."""

    revision: int
    status: HostStatus
    rows: tuple[Row, ...]


# -- what runs and what became of it -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a running invocation: what is being done on which host.

    ``preview`` makes the output as far as it is known, where several hosts are listed and one has just answered.
    """

    host: str
    message: str
    preview: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something failed: ``act`` is what was tried, ``words`` the tool's own, ``cure`` what to do about it.

    ``code`` is a stable word: refused, unreachable, timeout, host-key, auth, privilege, tool-missing, command-failed,
    dropped, garbage, ambiguous, not-found, exists, not-running, read-only, declined, unsupported, internal.
    """

    code: str
    host: str
    act: str
    words: str = ""
    cure: str = ""
    #: The candidates of an ambiguous address, each in its shortest unambiguous form.
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One sentence: host, act, the tool's words, the cure."""
        said = f": {self.words}" if self.words else ""
        sentence = f"{self.host}: {self.act}{said}"
        if not self.cure:
            return sentence
        whole = sentence.rstrip(".")
        return f"{whole} {self.cure}" if whole.endswith(("!", "?")) else f"{whole}. {self.cure}"


@dataclass(frozen=True, slots=True)
class ConsoleSpec:
    """How to open a console: ``argv`` runs in the editor's terminal; ``shell_argv`` in the lower window of the M kinds.

    ``guest_buffer`` and ``host_buffer`` are the documented names without asterisks (LABEL and HOST). ``window``: argv
    opens a window of its own and needs no terminal; ``page_argv`` serves a screen for a browser (VNC, and SDL in its place).
    """

    session: str
    kind: ConsoleKind
    host: str
    label: str
    argv: tuple[str, ...]
    shell_argv: tuple[str, ...]
    guest_buffer: str
    host_buffer: str
    env: Mapping[str, str] = field(default_factory=dict)
    page_argv: tuple[str, ...] = ()
    window: bool = False


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """What became of one target: ``ran`` are the exact commands, ``text`` what the action prints.

    ``state`` is what *is* now (running, paused, absent, unknown …), not what was wished. ``ok`` with a ``trouble``: it was
    done, and something beside it failed (what was said could not be kept).
    """

    host: str
    ok: bool
    state: str = ""
    text: str = ""
    ran: tuple[str, ...] = ()
    trouble: Trouble | None = None
    console: ConsoleSpec | None = None
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an invocation. ``text`` is the whole printed output (one table over all hosts for LIST)."""

    targets: tuple[TargetOutcome, ...]
    text: str = ""
    cancelled: bool = False

    @property
    def exit_status(self) -> int:
        """0: all went well; 1: at least one target failed, or something beside it (product contract section 5)."""
        return int(self.cancelled or any(not target.ok or target.trouble for target in self.targets))


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a plan: a sentence, and the command that would run (empty for waits and questions).

    ``typed`` is the command as a person would type it, where what runs is longer (``privilege.wrap``).
    """

    text: str
    command: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """What would happen for one target, in order; ``unknown`` names what can only be known by running.

    ``guest`` is the one that the address means as far as is known now; ``console`` is the kind that is opened, empty
    for none; ``asks`` are the questions that come before anything is done.
    """

    host: str
    title: str
    privilege: str
    steps: tuple[PlanStep, ...]
    unknown: tuple[str, ...] = ()
    guest: Guest | None = None
    console: str = ""
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an invocation would do: ``order`` is "parallel" or "sequential". ``asks``: once for all targets."""

    targets: tuple[TargetPlan, ...]
    order: str
    detach: bool
    asks: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The plan as text, a block per target."""
        blocks = [_plan_block(number, target) for number, target in enumerate(self.targets, 1)]
        several = len(self.targets) > 1
        order = {"parallel": "All at the same time:", "sequential": "One after the other:"}[self.order]
        asks = [f"Asked once for all: {question}?" for question in self.asks]
        return "\n".join([*asks, *([order] if several else []), *blocks])


#: Where long sentences of a plan are broken.
WIDTH = 88


def _plan_block(number: int, target: TargetPlan) -> str:
    from textwrap import wrap

    rights = f" ({target.privilege})" if target.privilege else ""
    lines = [f"{number}. {target.host}: {target.title}{rights}"]
    if target.guest is not None:
        guest = target.guest
        lines.append(f"   guest: {', '.join(filter(None, (guest.label, guest.path)))}")
        if marks := [mark for mark in (guest.uuid, *guest.macs, *guest.addresses) if mark]:
            lines.append(f"          {', '.join(marks)}")
    lines += [f"   asked: {question}" for question in target.asks]
    for step in target.steps:
        lines.append(f"   - {step.text}")
        if step.command:
            lines.append(f"       {step.typed or step.command}")
    for unknown in target.unknown:
        lines += wrap(
            f"not known yet: {unknown}",
            WIDTH,
            initial_indent="   ",
            subsequent_indent="       ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


class Engine(Protocol):
    """Plans and runs. One engine per process; every coroutine can be cancelled and then says what *is*."""

    def plan(self, invocation: Invocation | Lookup) -> Plan:
        """What would run, from what is known now; touches no host."""

    async def run(self, invocation: Invocation, report: Callable[[Progress], None], ask: Prompter) -> Outcome:
        """Do it. Raises nothing but CancelledError: every failure is a ``Trouble`` in the outcome."""

    async def console(
        self, destination: str, label: str, kind: ConsoleKind, invocation: Invocation | None = None
    ) -> ConsoleSpec:
        """The way to a running guest's console."""

    def lookup(self, query: Lookup) -> tuple[str, int]:
        """The printed answer of ctys-vhost and its exit status."""

    def facts(self) -> Facts:
        """What is known now; never waits."""

    async def reread(self) -> None:
        """Read the user's own files (hosts, macros, groups) again."""

    async def guest(
        self, destination: str, label: str, privilege: Privilege | None, ask: Prompter
    ) -> GuestView:
        """One running guest in detail, from one look at its host. Raises an error that carries a ``trouble``.

        ``privilege`` None: the rights that the host was last asked with.
        """

    def subscribe(
        self, hosts: tuple[str, ...], listener: Callable[[SessionsChange], None]
    ) -> Callable[[], None]:
        """Keep ``listener`` told of the sessions of ``hosts``; call the returned function to stop."""

    async def refresh(self, hosts: tuple[str, ...], ask: Prompter) -> tuple[SessionsChange, ...]:
        """Ask the hosts now; a host that does not answer gives a change with its status."""

    async def end_clients(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Ask consoles, viewers and tunnels of this machine, by the keys of their rows, to end.

        Gives the keys of those that were asked: what other machines or other programs run is left alone.
        """

    async def survey(
        self,
        hosts: tuple[str, ...],
        paths: tuple[str, ...],
        privilege: Privilege | None,
        ask: Prompter,
        texts: tuple[str, ...] = (),
    ) -> tuple[Trouble, ...]:
        """Find out what domain files are compared with: the hosts' guests, equipment, and whether ``paths`` are there.

        ``texts`` are domain files, in xl's own dialect and no other, that each host's ``xl create -n`` shall judge.
        What is found is in :meth:`facts` then. ``privilege`` None: the rights that a host was last asked with.
        """

    async def close(self) -> None:
        """End connections and everything that was started; no process is left."""
