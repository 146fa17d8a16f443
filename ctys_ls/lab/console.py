"""The console of a simulated domain: a line between the guest and at most one attached client.

As with xenconsoled's pty, what the guest prints while nobody is attached waits (up to a limit) for the next client,
and what a client has read is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

#: Bytes kept for a client that comes later; xenstore's ``console/limit`` says the same.
LIMIT = 1_048_576
_HIGH_WATER = 65_536


class ConsoleBusyError(Exception):
    """Another client holds the console; xenconsole's lock file works the same way."""


class Console:
    """Bytes from the guest to a client and back. ``closed`` is set when the domain is gone."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._typed: asyncio.Queue[bytes] = asyncio.Queue()
        self._attached = False
        self.closed = False

    # -- the guest's end

    def write(self, data: str | bytes) -> None:
        """Print; the oldest output is lost when nobody reads for too long."""
        self._pending += data.replace("\n", "\r\n").encode() if isinstance(data, str) else data
        if not self._attached and len(self._pending) > LIMIT:
            del self._pending[: len(self._pending) - LIMIT]
        self._wake.set()
        if self._attached and len(self._pending) > _HIGH_WATER:
            self._drained.clear()

    async def drain(self) -> None:
        """Wait until an attached client has read enough; at once when there is none."""
        await self._drained.wait()

    async def read(self) -> bytes:
        """What a client typed next."""
        return await self._typed.get()

    def close(self) -> None:
        """The domain ended: an attached client reads the rest and is told the end."""
        self.closed = True
        self._wake.set()
        self._drained.set()

    # -- the client's end

    def type(self, data: bytes) -> None:
        """Hand the guest what the client typed."""
        self._typed.put_nowait(data)

    async def attach(self) -> AsyncGenerator[bytes, None]:
        """The guest's output from now on, backlog first, until the domain ends. Raises ConsoleBusyError."""
        if self._attached:
            raise ConsoleBusyError
        self._attached = True
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._pending:
                    chunk = bytes(self._pending)
                    self._pending.clear()
                    self._drained.set()
                    yield chunk
                elif self.closed:
                    return
        finally:
            self._attached = False
            self._drained.set()
            self._wake.set()
