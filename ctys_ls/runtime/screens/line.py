"""The line to a host for a guest's screen: one ssh connection that tells of the screen and carries the tunnel.

The connection is ssh's own master (``-M``), so that tunnels come and go with the guest's ports (``-O forward``) and
nobody has to log in twice. On this machine itself there is neither ssh nor tunnel.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ctys_ls.requests import Privilege
from ctys_ls.runtime.consoledialog import Place, Ssh, ssh_options
from ctys_ls.runtime.screens.dialog import Answers, Ended, Lack, Screen, Told, new_nonce, script_argv

#: Bytes of ssh's last words that are kept.
_WORDS = 2000
#: So long a forward may take, and so long the line has to end by itself.
_SECONDS = 15.0
_GRACE = 3.0


class TunnelRefusedError(Exception):
    """ssh could not open the tunnel; the text is its own."""


@dataclass(slots=True)
class Line:
    """The line to a guest's host; :meth:`close` leaves no process, socket or folder."""

    place: Place
    privilege: Privilege
    ssh: Ssh
    environ: Mapping[str, str]
    wait: float = 5.0
    #: Whether a program of the host may show windows here. A session over the connection can only if the first one may.
    x11: bool = False
    folder: Path = field(init=False)
    _process: asyncio.subprocess.Process | None = None
    _words: bytes = b""
    _forwards: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Short, for the name of a socket may have some hundred bytes only; mkdtemp makes it the owner's alone.
        self.folder = Path(tempfile.mkdtemp(prefix="ctys-"))

    @property
    def pid(self) -> int | None:
        """The process that holds the tunnel."""
        return self._process.pid if self._process else None

    @property
    def _control(self) -> str:
        return str(self.folder / "ctl")

    async def told(self) -> AsyncIterator[Told]:
        """What becomes of the screen; ends with an ``Ended``. Raises FileNotFoundError where ssh is missing."""
        nonce = new_nonce()
        script = script_argv(self.place, self.privilege, self.wait, nonce)
        argv = script if self.place.local else self._ssh("exec " + shlex.join(script))
        process = self._process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self.environ),
        )
        out, err = cast("asyncio.StreamReader", process.stdout), cast("asyncio.StreamReader", process.stderr)
        listening = asyncio.create_task(self._listen(err))
        answers, heard = Answers(nonce), False
        async for line in out:
            told = answers.read(line.decode(errors="replace"))
            heard = heard or line.startswith(nonce.encode())
            if told is not None:
                yield told
            if isinstance(told, Ended):
                return
        await listening
        yield Ended(Lack.DROPPED if heard else Lack.UNREACHABLE, self.last_words())

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        while data := await stream.read(4096):
            self._words = (self._words + data)[-_WORDS:]

    def last_words(self) -> str:
        """What ssh said, in one line."""
        return " ".join(self._words.decode(errors="replace").split())

    def _ssh(self, *command: str) -> list[str]:
        # A terminal that is closed takes the ssh in it along, unless that is told not to mind (ssh keeps to it).
        deaf = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "ssh"]
        own = ["-M", "-S", self._control, "-o", "ControlPersist=no", "-o", "StreamLocalBindUnlink=yes"]
        return [
            *deaf,
            "ssh",
            *ssh_options(self.ssh, x11=self.x11),
            *own,
            "--",
            self.place.destination,
            *command,
        ]

    def over(self, *options: str, command: Sequence[str] = ()) -> list[str]:
        """An ssh that goes over the open connection."""
        words = ["exec " + shlex.join(command)] if command else []
        config = ["-F", str(self.ssh.config)] if self.ssh.config else []
        return ["ssh", *config, "-S", self._control, *options, "--", self.place.destination, *words]

    async def forward(self, local: str, screen: Screen) -> None:
        """Let ``local`` ([address:]port or a socket's path) lead to the screen. Raises ``TunnelRefusedError``."""
        await self.unforward(local)
        remote = f"[{screen.address}]" if ":" in screen.address else screen.address
        spec = f"{local}:{remote}:{screen.port}"
        await self._order("forward", spec)
        self._forwards[local] = spec

    async def unforward(self, local: str) -> None:
        """Close a tunnel; one that is not open is no matter."""
        if spec := self._forwards.pop(local, ""):
            with contextlib.suppress(TunnelRefusedError):
                await self._order("cancel", spec)

    async def _order(self, order: str, spec: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *self.over("-O", order, "-L", spec),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self.environ),
        )
        try:
            async with asyncio.timeout(_SECONDS):
                _, words = await process.communicate()
        except TimeoutError as error:
            _signal(process, signal.SIGKILL)
            await process.wait()
            raise TunnelRefusedError(f"ssh did not answer within {_SECONDS:g} s") from error
        if process.returncode:
            raise TunnelRefusedError(" ".join(words.decode(errors="replace").split()))

    async def close(self) -> None:
        """End the connection and everything on it."""
        process = self._process
        if process is not None and process.returncode is None:
            _signal(process, signal.SIGTERM)
            try:
                async with asyncio.timeout(_GRACE):
                    await process.wait()
            except TimeoutError:
                _signal(process, signal.SIGKILL)
                await process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Signal a process that may just have ended.

    Its own ``terminate`` would first ask how it ended, and asyncio, which asks too, would then print that it does not know.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)
