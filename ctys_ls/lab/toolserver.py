"""The unix socket of a simulated host: its tools (``tool.py``) call here and print what they get back."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from pathlib import Path
from typing import cast

from ctys_ls.lab.tools import network, processes, xenstore
from ctys_ls.lab.tools.call import Call, Machine, Tool
from ctys_ls.lab.tools.xl import xl
from ctys_ls.lab.tools.xm import xm

TOOLS: dict[str, Tool] = {"xl": xl, "xm": xm, **xenstore.TOOLS, **network.TOOLS, **processes.TOOLS}


class ToolServer:
    """Serves the tools of one host."""

    def __init__(self, machine: Machine, path: Path) -> None:
        self._machine = machine
        self._path = path
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; only the owner can connect, through the folder's mode."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: asyncio.StreamReaderProtocol(_Reader(limit=2**20), self._accept), str(self._path)
        )

    async def stop(self) -> None:
        """End all calls and take the socket away."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._calls):
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._calls.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The tool was killed; there is nobody left to tell.
        except asyncio.CancelledError:
            pass  # The host stops. A cancelled stream callback would be logged as an error.
        finally:
            self._calls.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (size,) = struct.unpack("!I", await reader.readexactly(4))
        words = (await reader.readexactly(size)).decode(errors="surrogateescape").split("\0")
        tool, cwd, privilege, terminal, *args = words
        call = Call(tool, tuple(args), Path(cwd), privilege, bool(terminal), reader, writer, _pid(writer))
        run = asyncio.ensure_future(TOOLS[tool](self._machine, call, args))
        gone = asyncio.ensure_future(_gone(reader))
        try:
            await asyncio.wait((run, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            run.cancel()
            await asyncio.gather(run, gone, return_exceptions=True)
        if run.cancelled():
            return
        try:
            status = run.result()
        except Exception as error:
            call.err(f"{tool}: error in the simulation: {error!r}\n")
            status = 70
            with contextlib.suppress(ConnectionError):
                writer.write(b"x" + struct.pack("!I", status))
            raise
        writer.write(b"x" + struct.pack("!I", status))
        await writer.drain()


def _pid(writer: asyncio.StreamWriter) -> int:
    """The caller's process, as the kernel tells it."""
    sock = writer.get_extra_info("socket")
    (pid,) = struct.unpack("i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("i")))
    return int(pid)


class _Reader(asyncio.StreamReader):
    """Knows when the caller has closed its end, also while nobody reads."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit=limit)
        self.ended = asyncio.Event()

    def feed_eof(self) -> None:
        super().feed_eof()
        self.ended.set()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self.ended.set()


async def _gone(reader: asyncio.StreamReader) -> None:
    await cast("_Reader", reader).ended.wait()
