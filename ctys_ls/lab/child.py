"""Commands of a simulated host: real processes in pipes or on a real pty, the way sshd runs them."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

import psutil

#: Every process of a lab carries this in its environment; the value is the lab's folder.
MARK = "CTYS_LAB"

#: Opening the terminal as leader of a new session makes it the controlling one (Linux, tty_ioctl(2)).
_ON_TERMINAL = 'exec <>"$1" >&0 2>&0; shift; exec "$@"'


class Sink(Protocol):
    """Where a child's output and end go."""

    def output(self, data: bytes, *, error: bool) -> None:
        """Some output; ``error`` is standard error."""

    def ended(self, status: int) -> None:
        """The command has ended and everything it printed was handed over; below 0: by that signal."""

    def hold(self, stop: bool) -> None:
        """Standard input's pipe is full (True) or has room again."""


class Child(Protocol):
    """A running command."""

    def write(self, data: bytes) -> None:
        """Hand it standard input."""

    def write_eof(self) -> None:
        """The end of standard input."""

    def hold(self, stop: bool) -> None:
        """Stop or resume taking its output."""

    def resize(self, columns: int, rows: int) -> None:
        """The size of its terminal changed."""

    def signal(self, number: int) -> None:
        """Send it (its process group) a signal."""

    def hang_up(self) -> None:
        """The connection is gone: HUP, and KILL for what is left a moment later."""


async def start_piped(argv: list[str], cwd: Path, env: Mapping[str, str], sink: Sink) -> Child:
    """Run a command without a terminal."""
    loop = asyncio.get_running_loop()
    _, child = await loop.subprocess_exec(
        lambda: _Piped(sink), *argv, cwd=cwd, env=env, start_new_session=True, stdin=-1, stdout=-1, stderr=-1
    )
    return child


class _Piped(asyncio.SubprocessProtocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._transport: asyncio.SubprocessTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        self._sink.output(cast("bytes", data), error=fd == 2)

    def connection_lost(self, _: Exception | None) -> None:
        self._sink.ended(self._transport.get_returncode() or 0)

    def pause_writing(self) -> None:
        self._sink.hold(True)

    def resume_writing(self) -> None:
        # A round later: the pipe of asyncio that calls this loses what is written, together with the end of the
        # input, before it has returned from the call (CPython 3.11 to 3.13, unix_events._UnixWritePipeTransport).
        asyncio.get_running_loop().call_soon(self._sink.hold, False)

    def _stdin(self) -> asyncio.WriteTransport | None:
        pipe = self._transport.get_pipe_transport(0)
        return pipe if isinstance(pipe, asyncio.WriteTransport) and not pipe.is_closing() else None

    def write(self, data: bytes) -> None:
        if pipe := self._stdin():
            pipe.write(data)

    def write_eof(self) -> None:
        if pipe := self._stdin():
            pipe.write_eof()

    def hold(self, stop: bool) -> None:
        for fd in (1, 2):
            pipe = self._transport.get_pipe_transport(fd)
            if isinstance(pipe, asyncio.ReadTransport) and not pipe.is_closing():
                _hold(pipe, stop)

    def resize(self, columns: int, rows: int) -> None:
        """There is no terminal."""

    def signal(self, number: int) -> None:
        if self._transport.get_returncode() is None:
            _signal_group(self._transport.get_pid(), number)

    def hang_up(self) -> None:
        if self._transport.get_returncode() is None:
            _end_session(self._transport.get_pid())


def _hold(pipe: asyncio.ReadTransport, stop: bool) -> None:
    if stop:
        pipe.pause_reading()
    else:
        pipe.resume_reading()


async def start_on_terminal(
    argv: list[str],
    cwd: Path,
    env: Mapping[str, str],
    size: tuple[int, int],
    modes: Mapping[int, int],
    sink: Sink,
) -> Child:
    """Run a command on a new pty of ``size`` (columns, rows); ``modes`` are the client's terminal modes (RFC 4254)."""
    master, slave = pty.openpty()
    _set_modes(slave, modes)
    child = _OnTerminal(sink, master, slave)
    child.resize(*size)
    name = os.ttyname(slave)
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", _ON_TERMINAL, "sh", name, *argv,
        cwd=cwd, env={**env, "SSH_TTY": name}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    await child.run(process)
    return child


#: The modes that matter for what a person sees: RFC 4254 section 8 number, index in tcgetattr, flag.
_MODES = {
    36: (0, termios.ICRNL), 50: (3, termios.ISIG), 51: (3, termios.ICANON), 53: (3, termios.ECHO),
    54: (3, termios.ECHOE), 70: (1, termios.OPOST), 72: (1, termios.ONLCR),
}  # fmt: skip


def _set_modes(slave: int, modes: Mapping[int, int]) -> None:
    attributes = termios.tcgetattr(slave)
    for number, (index, flag) in _MODES.items():
        if number in modes:
            attributes[index] = attributes[index] | flag if modes[number] else attributes[index] & ~flag
    termios.tcsetattr(slave, termios.TCSANOW, attributes)


class _OnTerminal(asyncio.Protocol):
    #: Seconds that output may still take once the command has ended, when something else keeps the terminal open.
    _LAST_WORDS = 0.5

    def __init__(self, sink: Sink, master: int, slave: int) -> None:
        self._sink = sink
        self._master, self._slave = master, slave
        self._pid = 0
        self._reading: asyncio.ReadTransport | None = None
        self._writing: asyncio.WriteTransport | None = None
        self._read_all = asyncio.Event()
        self._running = True

    async def run(self, process: asyncio.subprocess.Process) -> None:
        """Connect the terminal and watch the command."""
        loop = asyncio.get_running_loop()
        self._pid = process.pid
        reading = os.fdopen(os.dup(self._master), "rb", 0)
        writing = os.fdopen(os.dup(self._master), "wb", 0)
        self._reading, _ = await loop.connect_read_pipe(lambda: self, reading)
        self._writing, _ = await loop.connect_write_pipe(lambda: _Input(self._sink), writing)
        self._watch = asyncio.ensure_future(self._wait(process))

    async def _wait(self, process: asyncio.subprocess.Process) -> None:
        status = await process.wait()
        self._running = False
        os.close(self._slave)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._read_all.wait(), self._LAST_WORDS)
        for pipe in (self._reading, self._writing):
            if pipe is not None:
                pipe.close()
        os.close(self._master)
        self._master = -1
        self._sink.ended(status)

    def data_received(self, data: bytes) -> None:
        self._sink.output(data, error=False)

    def connection_lost(self, _: Exception | None) -> None:
        self._read_all.set()

    def write(self, data: bytes) -> None:
        if self._writing is not None and not self._writing.is_closing():
            self._writing.write(data)

    def write_eof(self) -> None:
        """A terminal cannot be closed by halves; sshd does nothing here either."""

    def hold(self, stop: bool) -> None:
        if self._reading is not None and not self._reading.is_closing():
            _hold(self._reading, stop)

    def resize(self, columns: int, rows: int) -> None:
        if self._master >= 0:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def signal(self, number: int) -> None:
        if self._running:
            _signal_group(self._pid, number)

    def hang_up(self) -> None:
        if self._running:
            _end_session(self._pid)


class _Input(asyncio.BaseProtocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def pause_writing(self) -> None:
        self._sink.hold(True)

    def resume_writing(self) -> None:
        self._sink.hold(False)


# -- ending


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


#: Seconds between HUP and KILL when a connection is lost.
_GRACE = 0.3


def _end_session(pid: int) -> None:
    """HUP for the session that ``pid`` leads, KILL for what of it is left after a moment."""
    members = _session_members(pid)
    _signal_group(pid, signal.SIGHUP)
    _signal_group(pid, signal.SIGCONT)
    asyncio.get_running_loop().call_later(_GRACE, _kill, members)


def _session_members(leader: int) -> list[psutil.Process]:
    members = []
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(pid) == leader:
                members.append(psutil.Process(pid))
    return members


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            if process.is_running():
                process.kill()


def kill_all(mark: str) -> list[int]:
    """Kill every process of the lab whose folder is ``mark``, however it was detached; returns their ids."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError):
            if pid != os.getpid() and _mark_of(pid) == mark:
                found.append(psutil.Process(pid))
    _kill(found)
    psutil.wait_procs(found, timeout=2)
    return [process.pid for process in found]


def _mark_of(pid: int) -> str:
    """The lab that a process belongs to, "" for none. Raises OSError or psutil.Error where it cannot be known."""
    if not Path("/proc/self/environ").exists():
        return psutil.Process(pid).environ().get(MARK, "")
    # Many times as fast as psutil, which first looks at when the process began.
    start = f"{MARK}=".encode()
    words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return next((os.fsdecode(word[len(start) :]) for word in words if word.startswith(start)), "")
