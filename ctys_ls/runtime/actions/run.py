"""What every action shares: the invocation's tools, the state after a failure, and the search for a guest."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ctys_ls.requests import Address, Invocation, Kept, Target
from ctys_ls.runtime import addresses, probe, registry
from ctys_ls.runtime.addresses import Found
from ctys_ls.runtime.api import Config, Progress, Prompter, Row, TargetOutcome
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hostcommand import HostCommand, quote
from ctys_ls.runtime.hosts import GUEST_SECONDS, Hosts, Place, place
from ctys_ls.runtime.kept import Answer, Answers
from ctys_ls.runtime.snapshot import Access, Said, Snapshot
from ctys_ls.runtime.toolstacks import Domain

#: Where CREATE looks for guests' files without BASEPATH: the user's home, and where Xen itself keeps them.
ROOTS = ("", "/etc/xen")
#: Where ENUMERATE looks (ctys-facts 2).
ENUMERATE_ROOTS = ("", "/etc/xen", "/etc/ctys.d", "/mntn/vmpool")
#: How long to look, after a failure or a cancel, for what became of a guest.
AFTERMATH_SECONDS = 5.0
#: A command in a guest that takes longer may have lost its connection with the guest: its host is asked.
QUICK_SECONDS = 2.0
_ADDRESS = re.compile(r"[0-9A-Za-z][\w.:]*\Z")


def _unknown(_: str) -> None:
    return None


def _nobody(_: str, __: tuple[Domain, ...]) -> None:
    pass


@dataclass(slots=True)
class Run:
    """One running invocation."""

    hosts: Hosts
    config: Config
    report: Callable[[Progress], None]
    ask: Prompter
    invocation: Invocation = field(default_factory=lambda: Invocation(()))
    #: What is known of a host from before, by its name.
    known: Callable[[str], Snapshot | None] = _unknown
    #: Takes in which domains run on a destination.
    saw_running: Callable[[str, tuple[Domain, ...]], None] = _nobody
    #: The rows of the hosts that have answered a LIST, in the order of the answers.
    listed: dict[int, tuple[Row, ...]] = field(default_factory=dict)
    #: Where this machine's clients are noted (registry).
    runtime_dir: Path = Path()
    #: Answers of earlier calls, those of the file of FIN, and those that this call has got.
    answers: Answers = field(default_factory=dict)
    given: Answers = field(default_factory=dict)
    fresh: list[Answer] = field(default_factory=list)


@dataclass(slots=True)
class Call:
    """One target of a run: where it is, what ran there so far, which guest it is about."""

    run: Run
    target: Target
    where: Place = field(init=False)
    ran: list[str] = field(default_factory=list)
    label: str = ""
    access: Access | None = None
    #: What the user must be told beside the result.
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.where = place(self.target)

    def say(self, message: str, preview: Callable[[], str] | None = None) -> None:
        """Report a step."""
        self.run.report(Progress(self.where.host, message, preview))

    async def look(self, look: probe.Look) -> Snapshot:
        """Look at the host. Raises ``HostError``."""
        snapshot = await self.run.hosts.look(self.where, look, self.run.ask)
        self.access = snapshot.access or self.access
        return snapshot

    def search(self, address: Address, wants: tuple[str, ...] = ()) -> probe.Look:
        """The look that finds a guest by its file; ``wants`` as in ``probe.Look``. Raises ``HostError``.

        With ONLY the files that the inventory knows are all that is read.
        """
        look = look_for(address)
        look = replace(look, wants=wants or look.wants)
        if not self.run.invocation.inventory_only:
            return look
        if not self.run.invocation.use_inventory:
            words = "OFF or REMOTE leaves the inventory of this machine out, hosts keep none, and ONLY forbids a search"
            raise failure("not-found", self.where.host, f"looking for {address}", words, "Use -c LOCAL,ONLY.")
        known = self.run.known(self.where.host)
        if known is None or not known.confs:
            words = f"the inventory knows no guest of {self.where.host}, and ONLY forbids a search"
            cure = f"Fill it: ctys -a enumerate {self.where.host}; or leave ONLY out."
            raise failure("not-found", self.where.host, f"looking for {address}", words, cure)
        return replace(look, directories=(), files=tuple(conf.path for conf in known.confs))

    def answer(self, action: str, other: float = 0.0) -> Answer | None:
        """An earlier answer of the destination, where -C lets it serve again and it is younger than an ``other`` one."""
        key, wish = (self.where.destination, action), self.run.invocation.kept
        if (given := self.run.given.get(key)) is not None:
            return given
        found = self.run.answers.get(key)
        return found if found is not None and found.taken >= other and _serves(wish, found.taken) else None

    async def kept(self, action: str, known: Snapshot | None) -> Snapshot | None:
        """What the host said to an action before, where -C lets it serve again: of this process (``known``) or another.

        Raises ``HostError`` where ONLY asks for one and there is none.
        """
        wish = self.run.invocation.kept
        serves = known is not None and _serves(wish, known.taken)
        if found := self.answer(action, known.taken if known is not None and serves else 0.0):
            snapshot = await self.run.hosts.recall(self.where.host, Said(found.text, found.boundary))
            return replace(snapshot, taken=found.taken)
        if known is not None and serves:
            return known
        self.require_asking()
        return None

    def require_asking(self) -> None:
        """The host may be asked. Raises ``HostError`` where -C ONLY forbids that."""
        if self.run.invocation.kept.only:
            words, cure = "no earlier answer is kept, and -C ONLY forbids asking it", "Leave ONLY out."
            raise failure("not-found", self.where.host, "answering from what is kept", words, cure)

    def keep(self, said: Said | None, *actions: str) -> None:
        """Note what the host has said to an action, for later calls."""
        if said is not None:
            self.run.fresh += (
                Answer(self.where.destination, action, time.time(), said.text, said.boundary)
                for action in actions
            )

    def chosen(self, address: Address, found: tuple[Found, ...], snapshot: Snapshot, act: str) -> Found:
        """The one guest among ``found``, the first of several where -A allows that. Raises ``HostError`` (ambiguous)."""
        if len(found) > 1:
            if not self.run.invocation.allow_ambiguous:
                raise ambiguous(self, address, found, snapshot, act)
            others = ", ".join(guest.path or guest.label for guest in found[1:])
            self.notes.append(
                f"-A: {address} fits {len(found)} guests, the first one is taken and not {others}"
            )
        return found[0]

    async def perform(self, command: HostCommand[None]) -> None:
        """Run a toolstack call that changes something. Raises ``HostError``."""
        self.say(command.act)
        await self.run.hosts.perform(self.where, self.reached(), command, self.run.ask, self.ran)

    async def domains(self) -> tuple[Domain, ...]:
        """What runs on the host now. Raises ``HostError``."""
        access = self.reached()
        found = await self.run.hosts.perform(
            self.where, access, access.toolstack.list(access.tool), self.run.ask
        )
        self.run.saw_running(self.where.destination, found)
        return found

    def reached(self) -> Access:
        """The toolstack's access. Raises ``HostError`` where no look has proved one."""
        if self.access is None:
            raise failure("tool-missing", self.where.host, "looking for xl or xm", "no toolstack found")
        return self.access

    async def end_clients(self) -> int:
        """End this machine's consoles, viewers and tunnels of the guest; how many there were."""
        known = await asyncio.to_thread(registry.clients, self.run.runtime_dir)
        mine = [client for client in known if (client.host, client.label) == (self.where.host, self.label)]
        for client in mine:
            self.say(f"ending the client {client.type} of {client.label}")
            registry.end(client)
        return len(mine)

    async def answers(self, address: str, means: str) -> bool:
        """Whether a guest answers the host, by ping or by ssh's greeting. Raises ``HostError``."""
        if not _ADDRESS.match(address):
            return False
        argv = (
            ("ping", "-c", "1", "-W", "2", address)
            if means == "ping"
            else ("ssh-keyscan", "-T", "2", address)
        )
        done = await self.run.hosts.plain(
            self.where.destination, self.where.host, argv, f"asking {address}", self.run.ask
        )
        return done.status == 0 and (means == "ping" or bool(done.out.strip()))

    async def in_guest(self, guest: Found, argv: tuple[str, ...]) -> str:
        """Run a command as root in a guest that ssh reaches; the line that ran. Raises ``HostError``.

        A guest that goes down takes the connection along, with a word or without one: that it has gone is an end, too.
        """
        address, act = guest.addresses[0], f"running {argv[0]} in {self.label}"
        login = f"root@{address}"
        if not _ADDRESS.match(address):
            raise failure("unsupported", self.where.host, act, f"{address} is no address")
        line = f"ssh -J {self.where.destination} {login} {quote(argv)}"
        command = asyncio.create_task(self.run.hosts.in_guest(self.where, login, argv, self.run.ask))
        watch = asyncio.create_task(self._went(guest))
        try:
            await asyncio.wait({command, watch}, return_when=asyncio.FIRST_COMPLETED)
            if not command.done() and watch.result():
                return line
            done = await command
        except TimeoutError as error:
            raise failure("timeout", address, act, "the guest did not answer in time") from error
        except HostError as error:
            if error.trouble.code == "dropped" and error.trouble.act == "running a command":
                return line
            raise
        finally:
            for task in (command, watch):
                task.cancel()
            await asyncio.gather(command, watch, return_exceptions=True)
        if done.status not in (0, None):
            raise failure("command-failed", address, act, done.err or f"exit status {done.status}", "")
        return line

    async def _went(self, guest: Found) -> bool:
        """Whether a guest that is busy with a command has gone meanwhile; False where its host cannot be asked."""
        try:
            await asyncio.sleep(QUICK_SECONDS)
            return await self.gone(guest, GUEST_SECONDS)
        except HostError:
            return False

    async def gone(self, guest: Found, seconds: float) -> bool:
        """Wait until the domain has gone, looking more seldom as time goes by. Raises ``HostError``."""
        number = guest.domain.id if guest.domain is not None else -1
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + seconds, 0.2
        while True:
            domain = next((domain for domain in await self.domains() if domain.id == number), None)
            if domain is None:
                return True
            left = end - loop.time()
            if left <= 0:
                return False
            self.say(f"waiting for {guest.label} to shut down ({domain.state})")
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 1.5, 2.0)

    async def state(self) -> str:
        """The guest's state as it is now, "unknown" where the host cannot be asked in time; raises nothing."""
        if not self.label or self.access is None:
            return "unknown" if self.label else ""
        try:
            async with asyncio.timeout(AFTERMATH_SECONDS):
                domains = await self.domains()
        except (HostError, TimeoutError):
            return "unknown"
        return next((domain.state for domain in domains if domain.name == self.label), "absent")

    async def failed(self, error: HostError) -> TargetOutcome:
        """The outcome of a failure, with the state that is."""
        # Where something ran already, the host was there a moment ago.
        lost = not self.ran and error.trouble.code in (
            "refused",
            "unreachable",
            "timeout",
            "host-key",
            "auth",
        )
        state = "unknown" if lost and self.label else "" if lost else await self.state()
        return TargetOutcome(
            self.where.host, ok=False, state=state, ran=tuple(self.ran), trouble=error.trouble
        )

    def require(self, snapshot: Snapshot) -> Access:
        """The access that a snapshot proved. Raises ``HostError`` with the reason where there is none."""
        if snapshot.access is not None:
            return snapshot.access
        if snapshot.troubles:
            raise HostError(snapshot.troubles[0])
        words = "neither xl nor xm is in PATH, /usr/local/sbin, /usr/sbin or /sbin"
        raise failure("tool-missing", self.where.host, "looking for xl or xm", words)


def _serves(wish: Kept, taken: float) -> bool:
    return wish.only or (wish.lifetime is not None and time.time() - taken < wish.lifetime)


def look_for(address: Address, *, details: bool = True, scan: bool = True) -> probe.Look:
    """The look that brings what is needed to find ``address`` among guests' files."""
    wants: tuple[str, ...] = ("domains",)
    if details:
        wants = probe.ADDRESSES if address.tcp else probe.RUNNING
    if address.pathname and not any(
        (address.label, address.filename, address.uuid, address.mac, address.tcp)
    ):
        return probe.Look(wants, files=(address.pathname,))
    files = (address.pathname,) if address.pathname else ()
    return probe.Look(wants, directories=(address.basepath or ROOTS) if scan else (), files=files)


def all_searched(call: Call, address: Address, snapshot: Snapshot, act: str) -> None:
    """Every directory of BASEPATH is on the host, as in the original. Raises ``HostError`` (not-found).

    A misspelt one would hide a copy of what was found in another.
    """
    for path in address.basepath:
        if _is_missing(path, snapshot):
            raise failure("not-found", call.where.host, act, f"{path}: there is no such directory")


def _is_missing(path: str | None, snapshot: Snapshot) -> bool:
    return path is not None and any(gone in (path, f"{snapshot.home}/{path}") for gone in snapshot.missing)


def missing(call: Call, address: Address, snapshot: Snapshot, act: str) -> HostError:
    """The error for an address that fits nothing, with near names."""
    if _is_missing(address.pathname, snapshot):
        return failure("not-found", call.where.host, act, f"{address.pathname}: there is no such file")
    if address.pathname in snapshot.unreadable:
        words = f"{address.pathname} cannot be read as {snapshot.user}"
        return failure(
            "not-found", call.where.host, act, words, "Make the file readable, or log in as its owner."
        )
    near = addresses.near(address, snapshot)
    if snapshot.unfinished and not near:
        words = f"no guest fits {address}; {', '.join(snapshot.unfinished)} is too large to be searched to the end"
        instead = "Name the directory: b:DIRECTORY, or the file: p:/PATH."
        return failure("not-found", call.where.host, act, words, instead)
    return failure(
        "not-found", call.where.host, act, f"no guest fits {address}", addresses.did_you_mean(near), near
    )


def _whole(host: str, guest: Found) -> str:
    """A guest with all that tells it from its copies."""
    alive = "running" if guest.domain is not None else "not running"
    uuid = f", uuid {guest.uuid}" if guest.uuid else ""
    return f"{alive}, {host}:{guest.path or guest.label}{uuid}"


def ambiguous(
    call: Call, address: Address, found: tuple[Found, ...], snapshot: Snapshot, act: str
) -> HostError:
    """The error for an address that fits several guests, with the short way to name each."""
    others = addresses.guests(snapshot)
    ways = [addresses.shortest(guest, others) for guest in found]
    choices = tuple(
        f"{way} ({_whole(call.where.host, guest)})" for way, guest in zip(ways, found, strict=True)
    )
    words = f"{address} fits {len(found)} guests: {', '.join(ways)}"
    return failure("ambiguous", call.where.host, act, words, choices=choices)
