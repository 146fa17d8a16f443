"""Commands on one ssh connection of asyncssh."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

import asyncssh

from ctys_ls.runtime.errors import failure
from ctys_ls.runtime.hostcommand import Completed, quote
from ctys_ls.runtime.transports.base import OUTPUT_LIMIT

_KILL_SECONDS = 5.0
_NOTICE_SECONDS = 0.3
#: Commands at once on one connection. sshd allows ten (MaxSessions), and counts one that has ended until it has read all
#: that was sent: as many may be ending as begin, beside a watch and the end of one that was given up.
CHANNELS = 4


class SshTransport:
    """One ssh connection; commands run on channels of it."""

    def __init__(self, host: str, connection: asyncssh.SSHClientConnection) -> None:
        self._host = host
        self._connection = connection
        self._enders: set[asyncio.Task[None]] = set()
        self._channels = asyncio.Semaphore(CHANNELS)

    @property
    def alive(self) -> bool:
        return not self._connection.is_closed()

    @property
    def connection(self) -> asyncssh.SSHClientConnection:
        """For jumps through this host."""
        return self._connection

    async def run(self, line: str, *, stdin: str = "") -> Completed:
        async with self._channels:
            return await self._run(line, stdin)

    async def _run(self, line: str, stdin: str) -> Completed:
        act = "running a command"
        mark = f"ctys-{secrets.token_hex(8)}"
        try:
            process = await self._connection.create_process(
                _told(mark, line), encoding=None, env={}, request_pty=False
            )
        except asyncssh.ChannelOpenError as error:
            # A connection that has just been lost refuses too, a moment before it is known to be closed.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._connection.wait_closed(), _NOTICE_SECONDS)
            if not self.alive:
                raise failure("dropped", self._host, "opening a channel", str(error)) from error
            # The connection stands and others use it: only this command was refused.
            cure = f"Raise MaxSessions in sshd_config of {self._host}, or let fewer programs share the connection."
            raise failure("command-failed", self._host, "opening a channel", str(error), cure) from error
        except (asyncssh.Error, OSError) as error:
            raise failure("dropped", self._host, "opening a channel", str(error)) from error
        out, err = _Output(), _Output()
        try:
            # A command that ends without reading its input closes the channel first; that is its right.
            with contextlib.suppress(BrokenPipeError, ConnectionError):
                process.stdin.write(stdin.encode())
                process.stdin.write_eof()
            await asyncio.gather(out.read(process.stdout), err.read(process.stderr))
            await process.wait_closed()
        except (asyncssh.Error, OSError) as error:
            raise failure("dropped", self._host, act, str(error)) from error
        except asyncio.CancelledError:
            # Closing the channel does not end what runs there, and OpenSSH takes no signals for root's commands.
            self._end(out.group(mark))
            process.close()
            raise
        if process.exit_status is None and process.exit_signal is None:
            raise failure("dropped", self._host, act, "the connection was lost")
        status = process.exit_status if process.exit_signal is None else None
        return Completed(status, out.text(mark), err.text(mark), out.more or err.more)

    async def follow(self, line: str, heard: Callable[[str], None]) -> Completed:
        mark = f"ctys-{secrets.token_hex(8)}"
        group: int | None = None
        try:
            process = await self._connection.create_process(
                _told(mark, line),
                stdin=asyncssh.DEVNULL,
                stderr=asyncssh.DEVNULL,
                env={},
                request_pty=False,
            )
            try:
                async for text in process.stdout:
                    found = re.match(rf"{mark} (\d+)$", text.rstrip())
                    group = int(found[1]) if found else group
                    if not found:
                        heard(text.rstrip("\n"))
                await process.wait_closed()
            except asyncio.CancelledError:
                if group is None:
                    self._in_background(self._end_late(process, mark))
                else:
                    self._end(group)
                    process.close()
                raise
        except (asyncssh.Error, OSError, UnicodeDecodeError) as error:
            raise failure("dropped", self._host, "following a command", str(error)) from error
        return Completed(process.exit_status)

    def _end(self, group: int | None) -> None:
        """End a command's process group on the host, in the background and within a bound."""
        if group is None:
            return
        self._in_background(self._kill(group))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"end a command on {self._host}")
        self._enders.add(task)
        task.add_done_callback(self._enders.discard)

    async def _end_late(self, process: asyncssh.SSHClientProcess[str], mark: str) -> None:
        """End a command that was given up before it had told its process group."""
        with contextlib.suppress(asyncssh.Error, OSError, TimeoutError, UnicodeDecodeError):
            async with asyncio.timeout(_KILL_SECONDS):
                async for text in process.stdout:
                    if found := re.match(rf"{mark} (\d+)$", text.rstrip()):
                        await self._kill(int(found[1]))
                        break
        process.close()

    async def _kill(self, group: int) -> None:
        # A command with another user's rights cannot be ended by this one; what became of it is looked at anyway.
        with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):
            async with asyncio.timeout(_KILL_SECONDS):
                await self._connection.run(f"kill -TERM -- -{group}", stdin=asyncssh.DEVNULL, encoding=None)

    async def close(self) -> None:
        await asyncio.gather(*self._enders)
        self._connection.close()
        try:
            async with asyncio.timeout(2):
                await self._connection.wait_closed()
        except TimeoutError:
            self._connection.abort()


class _Output:
    """A stream's bytes up to the limit; the rest is read and dropped, so that the command can end."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._size = 0

    async def read(self, stream: asyncssh.SSHReader[bytes]) -> None:
        while piece := await stream.read(65536):
            if self._size < OUTPUT_LIMIT:
                self._kept.append(piece)
            self._size += len(piece)

    @property
    def more(self) -> bool:
        return self._size > OUTPUT_LIMIT

    def _all(self) -> str:
        return b"".join(self._kept).decode(errors="replace")

    def group(self, mark: str) -> int | None:
        """The process group that the line with ``mark`` tells."""
        found = re.search(rf"^{mark} (\d+)$", self._all(), re.MULTILINE)
        return int(found[1]) if found else None

    def text(self, mark: str) -> str:
        """What the command printed, without the line with ``mark``."""
        return re.sub(rf"^{mark} \d+\r?\n", "", self._all(), count=1, flags=re.MULTILINE)


def _told(mark: str, line: str) -> str:
    """``line`` after a first line that tells its process group: sshd makes one for each command.

    The login shell may be csh or fish; what it is given is one simple command, and /bin/sh does the rest.
    """
    return quote(("exec", "/bin/sh", "-c", f"echo {mark} $$; {line}"))
