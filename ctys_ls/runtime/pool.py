"""One way per destination, opened when first needed, shared, opened again when it broke, closed when idle."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from ctys_ls.runtime.api import Config, Prompter, Question
from ctys_ls.runtime.errors import HostError, failure
from ctys_ls.runtime.hostcommand import Completed
from ctys_ls.runtime.transports.base import Transport
from ctys_ls.runtime.transports.local import LocalTransport

if TYPE_CHECKING:
    from ctys_ls.runtime.transports.ssh import SshConnector
    from ctys_ls.runtime.transports.sshchannels import SshTransport

#: So many logins run at once; each costs both sides some milliseconds of computing.
HANDSHAKES = 16
#: An unused connection is closed after this many seconds.
IDLE = 300.0

_NAME = re.compile(r"[\w.%:\[\]][\w.%:\[\]-]*\Z")
_USER = re.compile(r"[^\s@\x00-\x1f-][^\s@\x00-\x1f]*\Z")


@dataclass(slots=True)
class _Entry:
    opening: asyncio.Task[Transport]
    users: int = 0
    idle: asyncio.TimerHandle | None = None


async def nobody(_: Question) -> None:
    """The prompter of work in the background: nobody is there to ask, every question counts as refused."""


class Pool:
    """The open ways. ``is_local`` tells which destinations are this machine."""

    def __init__(self, config: Config, local: frozenset[str]) -> None:
        self._config = config
        self._local = local
        self._entries: dict[str, _Entry] = {}
        self._handshakes = asyncio.Semaphore(HANDSHAKES)
        self._connector: SshConnector | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def run(
        self,
        destination: str,
        line: str,
        ask: Prompter,
        *,
        stdin: str = "",
        again: bool = False,
        via: str = "",
    ) -> Completed:
        """Run one command line. Raises ``HostError``.

        A connection that turns out to be dead before the command began is opened again once; ``again`` allows the same
        for one that breaks in the middle, for commands that change nothing. ``via`` is a host to go through.
        """
        try:
            return await self._run(destination, line, ask, stdin, via)
        except HostError as error:
            before = error.trouble.act == "opening a channel"
            if error.trouble.code != "dropped" or not (before or again):
                raise
        return await self._run(destination, line, ask, stdin, via)

    async def follow(
        self, destination: str, line: str, ask: Prompter, heard: Callable[[str], None]
    ) -> Completed:
        """Run a command that prints as long as it lives; each line is passed on. Raises ``HostError``."""
        async with self._way(destination, ask) as way:
            return await way.follow(line, heard)

    async def reach(self, destination: str, ask: Prompter) -> None:
        """Log in, unless that has been done. Raises ``HostError``."""
        entry = self._entry(destination, ask)
        if entry.opening.done():
            return
        entry.users += 1
        try:
            await asyncio.shield(entry.opening)
        finally:
            self._release(destination, entry)

    async def _run(self, destination: str, line: str, ask: Prompter, stdin: str, via: str) -> Completed:
        async with self._way(destination, ask, via) as way:
            return await way.run(line, stdin=stdin)

    @asynccontextmanager
    async def _way(self, destination: str, ask: Prompter, via: str = "") -> AsyncIterator[Transport]:
        via = "" if via in self._local else via
        entry = self._entry(destination, ask, via)
        destination = _key(destination, via)
        entry.users += 1
        if entry.idle is not None:
            entry.idle.cancel()
            entry.idle = None
        try:
            # Several share the opening: one who gives up must not end it for the others.
            yield await asyncio.shield(entry.opening)
        except HostError as error:
            if error.trouble.code == "dropped":
                self._forget(destination, entry)
            raise
        finally:
            self._release(destination, entry)

    def _release(self, destination: str, entry: _Entry) -> None:
        entry.users -= 1
        if entry.users or self._entries.get(destination) is not entry:
            return
        if not entry.opening.done():
            # Nobody waits for this login any more.
            self._forget(destination, entry)
            return
        loop = asyncio.get_running_loop()
        entry.idle = loop.call_later(IDLE, self._forget, destination, entry)

    def _entry(self, destination: str, ask: Prompter, via: str = "") -> _Entry:
        key = _key(destination, via)
        entry = self._entries.get(key)
        if entry is not None and _usable(entry.opening):
            return entry
        opening = asyncio.create_task(self._open(destination, ask, via), name=f"connect {key}")
        opening.add_done_callback(_retrieved)
        entry = self._entries[key] = _Entry(opening)
        return entry

    async def _open(self, destination: str, ask: Prompter, via: str) -> Transport:
        user, _, host = destination.rpartition("@")
        if not _NAME.match(host) or (user and not _USER.match(user)):
            cure = "A host is a name or an address of letters, digits, dots and hyphens that does not begin with a hyphen."
            raise failure("unreachable", destination, "connecting", "this is no name of a host", cure)
        if destination in self._local:
            return LocalTransport()
        connector = await self._ssh()
        async with self._handshakes:
            return await connector.connect(destination, ask, self._jump, via=via)

    async def _ssh(self) -> SshConnector:
        # Loading asyncssh takes a quarter of a second, in which the loop must go on.
        module = await asyncio.to_thread(import_module, "ctys_ls.runtime.transports.ssh")
        if self._connector is None:
            self._connector = module.SshConnector(self._config)
        return self._connector

    async def _jump(self, hops: str, ask: Prompter) -> SshTransport:
        """The connection to the last of ``hops`` (``[user@]host[:port],…``), itself one of the pool's."""
        from ctys_ls.runtime.transports.sshchannels import SshTransport

        before, _, last = hops.rpartition(",")
        # The semaphore is held by the caller already; a jump must not wait for a second place in it.
        entry = self._entries.get(hops)
        if entry is None or not _usable(entry.opening):
            entry = self._entries.get(f"jump {hops}")
        if entry is None or not _usable(entry.opening):
            opening = asyncio.create_task(self._hop(before, last.strip(), ask))
            opening.add_done_callback(_retrieved)
            entry = self._entries[f"jump {hops}"] = _Entry(opening)
        way = await asyncio.shield(entry.opening)
        if not isinstance(way, SshTransport):
            raise TypeError("a jump host is reached by ssh")
        return way

    async def _hop(self, before: str, last: str, ask: Prompter) -> Transport:
        return await (await self._ssh()).connect(last, ask, self._jump, via=before)

    def _forget(self, destination: str, entry: _Entry) -> None:
        if self._entries.get(destination) is entry:
            del self._entries[destination]
        task = asyncio.get_running_loop().create_task(_end(entry))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End every connection; afterwards nothing that was started is left."""
        entries = list(self._entries.values())
        self._entries.clear()
        for entry in entries:
            if entry.idle is not None:
                entry.idle.cancel()
        await asyncio.gather(*(_end(entry) for entry in entries), *self._closing)


def _key(destination: str, via: str) -> str:
    return f"{destination} via {via}" if via else destination


def _usable(opening: asyncio.Task[Transport]) -> bool:
    if not opening.done():
        return True
    return not opening.cancelled() and opening.exception() is None and opening.result().alive


def _retrieved(opening: asyncio.Task[Transport]) -> None:
    """Mark a failure as seen: its waiters get it, and with none left nobody needs it."""
    if not opening.cancelled():
        opening.exception()


async def _end(entry: _Entry) -> None:
    entry.opening.cancel()
    results = await asyncio.gather(entry.opening, return_exceptions=True)
    way = results[0]
    if not isinstance(way, BaseException):
        await way.close()
