"""One run of a simulated tool: what it was called with, and the two streams it prints to."""

from __future__ import annotations

import asyncio
import getopt
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ctys_ls.lab.faults import Faults
from ctys_ls.lab.hypervisor import Hypervisor


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a simulated host is made of: memory in MiB, processors, and whether qemu is installed (for screens)."""

    memory: int = 16_384
    cpus: int = 4
    device_model: bool = True


@dataclass(frozen=True, slots=True)
class Machine:
    """The simulated host as its tools see it."""

    name: str
    home: Path
    hypervisor: Hypervisor
    faults: Faults
    dns_domain: str = "soho"
    address: str = "192.168.1.71"
    mac: str = "00:0e:0c:35:f8:48"
    bridges: tuple[str, ...] = ("xenbr0",)
    hardware: Hardware = field(default_factory=Hardware)
    #: Ports of this machine where the ssh server of a guest stands in, by the guest's address.
    guest_ports: dict[str, int] = field(default_factory=dict)
    #: User, group and arguments of the processes that ``ps`` shows, by pid.
    processes: dict[int, tuple[str, str, str]] = field(default_factory=dict)


class BadOptionError(Exception):
    """An option that the command does not have."""


@dataclass(frozen=True, slots=True)
class Call:
    """A running tool. ``privilege`` is "", "ksu" or "sudo"; ``terminal`` tells whether stdin and stdout are one."""

    tool: str
    args: tuple[str, ...]
    cwd: Path
    privilege: str
    terminal: bool
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int = 0

    def out(self, text: str | bytes) -> None:
        """Print to standard output."""
        self._send(b"o", text)

    def err(self, text: str) -> None:
        """Print to standard error."""
        self._send(b"e", text)

    def _send(self, kind: bytes, text: str | bytes) -> None:
        data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
        if data:
            self.writer.write(kind + struct.pack("!I", len(data)) + data)

    async def flush(self) -> None:
        """Wait until the caller has taken what was printed, more or less."""
        await self.writer.drain()

    def want_input(self) -> None:
        """Ask for standard input; a terminal is set to raw, and a lone ^] ends the tool, as in xenconsole."""
        self.writer.write(b"i" + struct.pack("!I", 0))

    async def read(self) -> bytes:
        """The next piece of standard input, b"" at its end. Raises IncompleteReadError when the caller is gone."""
        (size,) = struct.unpack("!I", await self.reader.readexactly(4))
        return await self.reader.readexactly(size)

    def path(self, name: str) -> Path:
        """A file named by an argument, in the caller's working directory."""
        return self.cwd / name


#: A sub-command or a tool.
Tool = Callable[[Machine, Call, Sequence[str]], Awaitable[int]]


def options(args: Sequence[str], short: str, long: Sequence[str] = ()) -> tuple[dict[str, str], list[str]]:
    """GNU getopt: the options by name (``-x`` or ``--long``) and the rest. Raises BadOptionError(letter)."""
    try:
        found, rest = getopt.gnu_getopt(list(args), short, list(long))
    except getopt.GetoptError as error:
        raise BadOptionError(error.opt) from None
    return dict(found), rest
