"""The ssh server of a simulated host. The only module of the lab that knows asyncssh."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncssh

from ctys_ls.lab.child import Child, start_on_terminal, start_piped
from ctys_ls.lab.faults import Faults
from ctys_ls.lab.vnc import VncServer

#: Most bytes of random output under the fault ``garbage``.
_GARBAGE = 4096


@dataclass(frozen=True, slots=True)
class Site:
    """What the ssh server needs to know of its host. ``shell`` is the login shell's argument list."""

    name: str
    home: Path
    environment: Mapping[str, str]
    shell: tuple[str, ...]
    motd: str
    faults: Faults
    vnc: VncServer
    guest_ports: Mapping[str, int]


def new_key(path: Path, comment: str) -> None:
    """Write a new ed25519 key pair to ``path`` (mode 0600) and ``path.pub``."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=comment)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.export_private_key())
    path.with_name(path.name + ".pub").write_bytes(key.export_public_key())


async def server_options(host_key: Path, client_key: Path) -> object:
    """The options of one server: its host key, and the only client key that may log in."""
    return await asyncssh.SSHServerConnectionOptions.construct(
        server_host_keys=[str(host_key)],
        authorized_client_keys=asyncssh.import_authorized_keys(
            client_key.with_name(client_key.name + ".pub").read_text()
        ),
        encoding=None,
        line_editor=False,
        keepalive_interval=0,
        login_timeout=60,
        agent_forwarding=False,
        x11_forwarding=False,
        gss_host=None,
        compression_algs=None,
    )


async def serve(sock: socket.socket, options: object, site: Site, cut: asyncio.Event) -> None:
    """Speak ssh on a connected socket until it is closed. ``cut`` is set when the fault ``dropped`` strikes."""
    with contextlib.suppress(asyncssh.Error, OSError):
        connection = await asyncssh.run_server(
            sock,
            options=options,
            server_factory=lambda: _Server(site, cut),
        )
        await connection.wait_closed()


#: What asyncssh takes as the other end of a forwarded port.
_SSH = 22
_Forward = Callable[[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]], Awaitable[None]]


class _Server(asyncssh.SSHServer):
    def __init__(self, site: Site, cut: asyncio.Event) -> None:
        self._site, self._cut = site, cut

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        return _Session(self._site, self._cut)

    def connection_requested(self, dest_host: str, dest_port: int, _host: str, _port: int) -> _Forward:
        """Port forwarding: to the simulated VNC servers of this host and to guests' ssh, and to nothing else."""
        if dest_port == _SSH and (port := self._site.guest_ports.get(dest_host)):
            return partial(_pass_on, port)
        if dest_host in ("localhost", "127.0.0.1", "::1", self._site.name) and self._site.vnc.listens(
            dest_port
        ):
            return self._site.vnc.serve
        raise asyncssh.ChannelOpenError(
            asyncssh.OPEN_CONNECT_FAILED, f"nothing listens on {dest_host}:{dest_port} of a simulated host"
        )


async def _pass_on(port: int, reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]) -> None:
    """Join a channel to a port of this machine until both sides have ended."""
    theirs, ours = await asyncio.open_connection("127.0.0.1", port)
    try:
        await asyncio.gather(_pump(reader, ours), _pump(theirs, writer))
    finally:
        ours.close()
        writer.close()


async def _pump(
    source: asyncssh.SSHReader[bytes] | asyncio.StreamReader,
    sink: asyncssh.SSHWriter[bytes] | asyncio.StreamWriter,
) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.write_eof()


class _Session(asyncssh.SSHServerSession[bytes]):
    """One channel: a command or a login shell."""

    def __init__(self, site: Site, cut: asyncio.Event) -> None:
        self._site, self._cut = site, cut
        self._channel: asyncssh.SSHServerChannel[bytes]
        self._child: Child | None = None
        self._command: str | None = None
        self._early: list[bytes] = []
        self._early_eof = False
        self._start: asyncio.Task[None] | None = None
        self._lost = False
        self._left = -1

    # -- from the client

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(self, _type: str, _size: object, _modes: object) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        self._start = asyncio.ensure_future(self._run())

    def data_received(self, data: bytes, _: object) -> None:
        if self._child is None:
            self._early.append(data)
        else:
            self._child.write(data)

    def eof_received(self) -> bool:
        if self._child is None:
            self._early_eof = True
        else:
            self._child.write_eof()
        return True

    def terminal_size_changed(self, width: int, height: int, _width: int, _height: int) -> None:
        if self._child is not None:
            self._child.resize(width, height)

    def signal_received(self, signal: str) -> None:
        number = _SIGNALS.get(signal)
        if self._child is not None and number is not None:
            self._child.signal(number)

    def break_received(self, _: int) -> bool:
        return True

    def pause_writing(self) -> None:
        if self._child is not None:
            self._child.hold(True)

    def resume_writing(self) -> None:
        if self._child is not None:
            self._child.hold(False)

    def connection_lost(self, _: Exception | None) -> None:
        self._lost = True
        if self._child is not None:
            self._child.hang_up()
        elif self._start is not None:
            self._start.cancel()

    # -- from the command

    def output(self, data: bytes, *, error: bool) -> None:
        """Pass output on; under ``dropped`` only so much of it."""
        if self._lost:
            return
        if self._left >= 0:
            data = data[: self._left]
            self._left -= len(data)
        self._channel.write(data, asyncssh.EXTENDED_DATA_STDERR if error else None)
        if self._left == 0:
            self._cut.set()

    def ended(self, status: int) -> None:
        """Tell the client how the command ended."""
        if self._lost or self._left == 0:
            return
        if status < 0:
            self._channel.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            self._channel.exit(status)

    def hold(self, stop: bool) -> None:
        """Standard input is full, or has room again."""
        if self._lost:
            return
        if stop:
            self._channel.pause_reading()
        else:
            self._channel.resume_reading()

    async def _run(self) -> None:
        command, faults = self._command or "", self._site.faults
        if (slow := faults.get("slow")) and slow.hits(command):
            await asyncio.sleep(slow.number)
        if (garbage := faults.get("garbage")) and garbage.hits(command):
            self._channel.write(random.Random(command).randbytes(_GARBAGE))  # noqa: S311
            self._channel.exit(0)
            return
        if (dropped := faults.get("dropped")) and dropped.hits(command):
            self._left = int(dropped.number)
        try:
            self._child = await self._started()
        except OSError as error:
            self._channel.write(f"sshd (simulated): {error}\n".encode(), asyncssh.EXTENDED_DATA_STDERR)
            self._channel.exit(255)
            return
        if self._lost:
            self._child.hang_up()
        for data in self._early:
            self._child.write(data)
        if self._early_eof:
            self._child.write_eof()
        if self._left == 0:
            self._cut.set()

    async def _started(self) -> Child:
        site, channel = self._site, self._channel
        asked = {
            key: value for key, value in channel.get_environment().items() if key.startswith(("LC_", "LANG"))
        }
        environment = {**site.environment, **asked}
        argv = list(site.shell) if self._command is None else _shell(self._command, site.faults)
        terminal = channel.get_terminal_type()
        if terminal is None:
            return await start_piped(argv, site.home, environment, self)
        if self._command is None:
            channel.write(site.motd.replace("\n", "\r\n").encode())
        columns, rows, _, _ = channel.get_terminal_size()
        size = (columns or 80, rows or 24)
        modes = channel.get_terminal_modes()
        return await start_on_terminal(
            argv, site.home, {**environment, "TERM": terminal or "dumb"}, size, modes, self
        )


def _shell(command: str, faults: Faults) -> list[str]:
    if faults.get("full"):
        # Every file has its size limit reached: the nearest thing to a full disk without a file system of its own.
        return ["/bin/sh", "-c", "trap '' XFSZ; ulimit -f 0; exec /bin/sh -c \"$1\"", "sh", command]
    return ["/bin/sh", "-c", command]


_SIGNALS = {
    name: getattr(signal, f"SIG{name}")
    for name in (
        "ABRT",
        "ALRM",
        "FPE",
        "HUP",
        "ILL",
        "INT",
        "KILL",
        "PIPE",
        "QUIT",
        "SEGV",
        "TERM",
        "USR1",
        "USR2",
    )
}
