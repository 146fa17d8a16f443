"""Commands on this machine, without ssh: they are child processes in their own group."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

from ctys_ls.runtime.hostcommand import Completed
from ctys_ls.runtime.transports.base import OUTPUT_LIMIT


class LocalTransport:
    """Runs command lines with /bin/sh here."""

    def __init__(self) -> None:
        self._running: set[asyncio.subprocess.Process] = set()

    @property
    def alive(self) -> bool:
        return True

    async def run(self, line: str, *, stdin: str = "") -> Completed:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            line,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._running.add(process)
        try:
            (out, more_out), (err, more_err), _ = await asyncio.gather(
                _read(process.stdout), _read(process.stderr), _feed(process.stdin, stdin)
            )
            status = await process.wait()
        finally:
            self._running.discard(process)
            if process.returncode is None:
                await _end(process)
        return Completed(status if status >= 0 else None, out, err, more_out or more_err)

    async def follow(self, line: str, heard: Callable[[str], None]) -> Completed:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._running.add(process)
        try:
            while process.stdout is not None and (text := await process.stdout.readline()):
                heard(text.decode(errors="replace").rstrip("\n"))
            status = await process.wait()
        finally:
            self._running.discard(process)
            if process.returncode is None:
                await _end(process)
        return Completed(status if status >= 0 else None)

    async def close(self) -> None:
        for process in tuple(self._running):
            await _end(process)


async def _feed(pipe: asyncio.StreamWriter | None, text: str) -> None:
    if pipe is None:
        return
    # A command that does not read its input closes the pipe first; that is its right.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(text.encode())
        await pipe.drain()
    pipe.close()


async def _read(pipe: asyncio.StreamReader | None) -> tuple[str, bool]:
    """The stream's text up to the limit; the rest is read and dropped, so that the command can end."""
    kept, size = [], 0
    while pipe is not None and (piece := await pipe.read(65536)):
        if size < OUTPUT_LIMIT:
            kept.append(piece)
        size += len(piece)
    return b"".join(kept).decode(errors="replace"), size > OUTPUT_LIMIT


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(2):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
