"""Looking at hosts and running toolstack calls on them, with the rights that -Z allows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from ctys_ls.facts import ReadConf
from ctys_ls.requests import Privilege, Target
from ctys_ls.runtime import answer, probe
from ctys_ls.runtime.api import Ask, Prompter, Question
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hostcommand import Completed, HostCommand, quote
from ctys_ls.runtime.pool import Pool, nobody
from ctys_ls.runtime.privilege import Method, flags, methods, wrap
from ctys_ls.runtime.snapshot import Access, Said, Snapshot

T = TypeVar("T")

#: A look at a host takes at most this long, the login not counted.
LOOK_SECONDS = 60.0
#: A guest is reached and does what it is told within this many seconds.
GUEST_SECONDS = 30.0
#: xenstore's own watches for domains that come and go.
_EVENTS = ("@introduceDomain", "@releaseDomain")
#: A longer answer is taken apart in a thread, so that typing goes on.
_LARGE = 50_000
_WRONG_PASSWORD = ("incorrect password", "Sorry, try again", "no password was provided")


@dataclass(frozen=True, slots=True)
class Place:
    """A host as an invocation names it: ``destination`` for ssh, ``host`` for people, the rights that may be used."""

    destination: str
    host: str
    privilege: Privilege


def place(target: Target) -> Place:
    """Where a target's calls run."""
    return Place(target.destination, target.host, target.privilege)


@dataclass(slots=True)
class _Shared:
    """A look under way and how many wait for it."""

    task: asyncio.Task[Snapshot]
    users: int = 0


class Hosts:
    """The hosts behind the pool. Passwords for sudo stay in memory, by destination, and nowhere else."""

    def __init__(self, pool: Pool, read_conf: ReadConf, seen: Callable[[str, Snapshot], None]) -> None:
        self._pool = pool
        self._read_conf = read_conf
        self._seen = seen
        self._looks: dict[tuple[str, Privilege, probe.Look], _Shared] = {}
        self._passwords: dict[str, str] = {}
        self._turn = asyncio.Lock()

    async def _in_turn(self) -> None:
        """Go on when it is this one's turn: many hosts that answer at once are taken one in each round of the loop.

        So a keystroke waits for the work on one answer at most, however many hosts are asked.
        """
        async with self._turn:
            await asyncio.sleep(0)

    async def look(self, where: Place, look: probe.Look, ask: Prompter = nobody) -> Snapshot:
        """Look at a host; equal looks that are under way are shared. Raises ``HostError``."""
        key = (where.destination, where.privilege, look)
        shared = self._looks.get(key)
        if shared is None or shared.task.done():
            task = asyncio.create_task(self._look(where, look, ask), name=f"look at {where.destination}")
            shared = self._looks[key] = _Shared(task)
        shared.users += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.users -= 1
            if not shared.users:
                # The last one who waited for it is gone or has it.
                if self._looks.get(key) is shared:
                    del self._looks[key]
                shared.task.cancel()

    async def _look(self, where: Place, look: probe.Look, ask: Prompter) -> Snapshot:
        ways = methods(where.privilege)
        password = self._passwords.get(where.destination, "")
        if password and where.privilege.sudo:
            ways = tuple(Method.SUDO_PASSWORD if way is Method.SUDO else way for way in ways)
        snapshot = await self._probe(where, look, ways, password, ask)
        for attempt in range(3):
            wrong = Method.SUDO_PASSWORD in ways and snapshot.access is None and _refused_password(snapshot)
            if not (snapshot.needs_password or wrong):
                break
            question = Question(
                Ask.PASSWORD,
                where.host,
                f"sudo on {where.host} asks for the password",
                "again" if attempt else "",
            )
            answer = await ask(question)
            if answer is None:
                self._passwords.pop(where.destination, None)
                break
            password, ways = answer, (Method.SUDO_PASSWORD,)
            snapshot = await self._probe(where, look, ways, password, ask)
        if snapshot.access is not None:
            if snapshot.access.method is Method.SUDO_PASSWORD:
                self._passwords[where.destination] = password
            snapshot = replace(snapshot, rights=flags(where.privilege))
        self._seen(where.destination, replace(snapshot, said=None))
        return snapshot

    async def recall(self, host: str, said: Said) -> Snapshot:
        """What a host once said, read again. Raises ``HostError`` (garbage)."""
        return await asyncio.to_thread(answer.parse, said.text, said.boundary, host, self._read_conf)

    async def _probe(
        self, where: Place, look: probe.Look, ways: tuple[Method, ...], password: str, ask: Prompter
    ) -> Snapshot:
        call = probe.call(look, ways, password)
        await self._in_turn()
        done = await self._bounded(
            where, call.line, call.stdin, LOOK_SECONDS, "looking at the host", ask, again=True
        )
        await self._in_turn()
        read = partial(
            answer.parse, done.out, call.boundary, where.host, self._read_conf, call.texts, look.guest
        )
        found = read() if len(done.out) < _LARGE else await asyncio.to_thread(read)
        return replace(found, said=Said(done.out, call.boundary))

    async def perform(
        self,
        where: Place,
        access: Access,
        command: HostCommand[T],
        ask: Prompter,
        ran: list[str] | None = None,
    ) -> T:
        """Run a toolstack call; its line is appended to ``ran`` before it starts. Raises ``HostError``."""
        argv = wrap(command.argv, access.method) if command.needs_root else command.argv
        line = quote(argv)
        stdin = ""
        if access.method is Method.SUDO_PASSWORD:
            stdin = self._passwords.get(where.destination, "") + "\n"
        if ran is not None:
            ran.append(line)
        done = await self._bounded(where, line, stdin, command.timeout, command.act, ask)
        if done.status != 0:
            words = access.toolstack.first_words(done.err) or access.toolstack.first_words(done.out)
            ended = "ended by a signal" if done.status is None else f"exit status {done.status}"
            raise failure(
                "command-failed", where.host, command.act, words or ended, cure_for(words, where.host)
            )
        try:
            return command.parse(done)
        except ValueError as error:
            raise failure("garbage", where.host, command.act, f"{error}: {done.out.strip()[:200]}") from error

    async def events(self, where: Place, snapshot: Snapshot, heard: Callable[[], None]) -> None:
        """Call ``heard`` whenever a domain comes or goes, as long as the host can tell. Raises ``HostError``.

        Without xenstore-watch, or where only a password gives the rights, this returns at once.
        """
        tool, access = snapshot.tools.get("xenstore-watch"), snapshot.access
        if tool is None or access is None or access.method is Method.SUDO_PASSWORD:
            return
        line = quote(wrap((tool, *_EVENTS), access.method))
        await self._pool.follow(where.destination, line, nobody, lambda _: heard())

    async def plain(
        self, destination: str, host: str, argv: tuple[str, ...], act: str, ask: Prompter, *, stdin: str = ""
    ) -> Completed:
        """Run a command with the user's own rights, whatever its exit status. Raises ``HostError``."""
        where = Place(destination, host, Privilege())
        return await self._bounded(where, quote(argv), stdin, LOOK_SECONDS, act, ask)

    async def in_guest(self, where: Place, guest: str, argv: tuple[str, ...], ask: Prompter) -> Completed:
        """Run a command in a guest, ``user@address``, that is reached through its host. Raises ``HostError``."""
        async with asyncio.timeout(GUEST_SECONDS):
            return await self._pool.run(guest, quote(argv), ask, via=where.destination)

    async def _bounded(
        self,
        where: Place,
        line: str,
        stdin: str,
        seconds: float | None,
        act: str,
        ask: Prompter,
        *,
        again: bool = False,
    ) -> Completed:
        """Run a line; the bound begins once the host is logged in to, for the login has its own."""
        await self._pool.reach(where.destination, ask)
        try:
            async with asyncio.timeout(seconds):
                return await self._pool.run(where.destination, line, ask, stdin=stdin, again=again)
        except TimeoutError as error:
            cure = (
                f"Log in to {where.host} and see what hangs: xl does where xenstored has ended (xenstore-ls)."
            )
            raise failure("timeout", where.host, act, f"no end within {seconds:g} s", cure) from error
        except HostError as error:
            if error.trouble.code == "dropped":
                raise failure("dropped", where.host, act, error.trouble.words) from error
            raise


def _refused_password(snapshot: Snapshot) -> bool:
    return any(word in trouble.words for trouble in snapshot.troubles for word in _WRONG_PASSWORD)


def cure_for(words: str, host: str) -> str:
    """What to do about a toolstack's words, where they are known."""
    lower = words.lower()
    for sign, cure in _CURES:
        if sign in lower:
            return cure.format(host=host)
    return ""


#: Signs in the tools' words (lower case) and their cure; the first that is found counts.
_CURES = (
    ("already exists", "A guest of that name runs: use REUSE or CONNECT."),
    ("no space left", "Make room on {host}, or save to another file."),
    ("segment kernel too large", "Give the guest more memory: the kernel does not fit."),
    ("out of memory", "Free memory on {host} (xl info: free_memory), or give the guest less."),
    ("cannot allocate memory", "Free memory on {host} (xl info: free_memory), or give the guest less."),
    ("could not find bridge", "Create the bridge on {host}, or name an existing one in vif."),
    ("failed to open file", "Correct the path of the kernel in the guest's file."),
    ("failed to stat", "Correct the path of the disk in the guest's file."),
    (
        "device model",
        "Install the device model on {host} (package qemu-system-xen), or leave vnc and vfb out.",
    ),
    ("hap nor shadow paging", 'This host runs paravirtual guests only: use type = "pv".'),
    ("config parsing error", "Correct the line that is named."),
    ("kernel nor bootloader", "Add kernel or bootloader to the guest's file."),
    ("name must be specified", "Add name to the guest's file."),
    ("permission denied", "Use -Z KSU or SUDO, or log in as root."),
    ("wrong magic number", "The file is no saved guest of this toolstack."),
    ("invalid domain identifier", "The guest is gone: look with ctys -a list {host}."),
    ("command not found", "Install Xen's tools on {host} (package xen-utils)."),
)
