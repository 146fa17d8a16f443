"""The TCP port of a simulated host, in front of its ssh server: here the network's faults happen.

Between port and ssh server every byte passes through a pair of pumps that can be frozen (a dead network), while the
kernel's own answers go on, as with a machine that hangs.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

#: Speaks ssh on a connected socket until it ends; the event asks for the connection to be cut.
Serve = Callable[[socket.socket, asyncio.Event], Awaitable[None]]

#: Seconds in which what was sent before a cut still passes.
_LAST_BYTES = 0.03
_ABORT = struct.pack("ii", 1, 0)


class Gate:
    """One port. ``refuse`` and ``freeze`` follow the faults; ``connections`` counts what is open."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._open: dict[asyncio.Task[None], socket.socket] = {}
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.port = 0

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._open)

    def open(self) -> None:
        """Listen; on the port of before, if there was one."""
        if self._listener is not None:
            return
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(128)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._accepting = asyncio.ensure_future(self._accept(self._listener))

    def refuse(self) -> None:
        """Listen no more and cut what is connected."""
        if self._accepting is not None:
            self._accepting.cancel()
        if self._listener is not None:
            self._listener.close()
        self._listener = self._accepting = None
        self.cut()

    def freeze(self, stop: bool) -> None:
        """Let no byte through (True), or let them flow again."""
        if stop:
            self._flowing.clear()
        else:
            self._flowing.set()

    def cut(self) -> None:
        """Break all connections with a reset."""
        for task, sock in tuple(self._open.items()):
            _reset(sock)
            task.cancel()

    async def close(self) -> None:
        """End everything; the port is free again."""
        self.refuse()
        self._flowing.set()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(listener)
            task = asyncio.ensure_future(self._connection(sock))
            self._open[task] = sock
            task.add_done_callback(lambda task: self._open.pop(task, None))

    async def _connection(self, outside: socket.socket) -> None:
        outside.setblocking(False)
        outside.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inside, far = socket.socketpair()
        inside.setblocking(False)
        cut = asyncio.Event()
        tasks = [
            asyncio.ensure_future(work)
            for work in (
                self._pump(outside, inside),
                self._pump(inside, outside),
                _until(cut),
            )
        ]
        server = asyncio.ensure_future(self._serve(far, cut))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if cut.is_set():
                await asyncio.sleep(_LAST_BYTES)
                _reset(outside)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            inside.close()
            outside.close()
            await asyncio.gather(server, return_exceptions=True)

    async def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(source, 65_536):
                await self._flowing.wait()
                await loop.sock_sendall(sink, data)


async def _until(event: asyncio.Event) -> None:
    await event.wait()


def _reset(sock: socket.socket) -> None:
    """Make close() send a reset in place of an orderly end."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
