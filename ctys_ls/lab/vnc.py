"""The screens of simulated guests: VNC ports that exist only through ssh's port forwarding.

A guest with ``vnc = 1`` gets port 5900 and up, as with ``vncunused = 1``. The server speaks RFB 3.8 (RFC 6143) without a
password and shows one plain picture; it takes no port of the real machine. Where ``CTYS_LAB_SCREEN=HOST:PORT`` stands in
the environment, the screens are those of the real VNC server there.
"""

from __future__ import annotations

import asyncio
import os
import struct
from typing import Protocol

from ctys_ls.lab.hypervisor import Hypervisor

_WIDTH, _HEIGHT = 320, 200
#: The picture's one colour: red, green, blue.
_SHADE = (0x20, 0x30, 0x40)
#: Four bytes a pixel, true colour, red in the third byte: what viewers get that ask for nothing else.
_FORMAT = struct.pack("!BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)


class Reader(Protocol):
    """As much of a stream's reading end as is needed: asyncio's and asyncssh's alike."""

    async def readexactly(self, n: int, /) -> bytes: ...
    async def read(self, n: int, /) -> bytes: ...


class Writer(Protocol):
    """As much of a stream's writing end as is needed."""

    def write(self, data: bytes, /) -> None: ...
    async def drain(self) -> None: ...
    def close(self) -> None: ...


class VncServer:
    """All VNC ports of one host."""

    def __init__(self, hypervisor: Hypervisor) -> None:
        self._hypervisor = hypervisor

    def listens(self, port: int) -> bool:
        """Whether a running guest's screen is on that port."""
        return any(domain.vnc_port == port for domain in self._hypervisor.domains.values())

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """Talk to one viewer until it goes."""
        real = os.environ.get("CTYS_LAB_SCREEN", "")
        try:
            if real:
                await _through(reader, writer, *real.rsplit(":", 1))
                return
            await _handshake(reader, writer)
            await _session(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass  # The viewer has gone, which is how a session ends.
        finally:
            writer.close()


async def _through(reader: Reader, writer: Writer, host: str, port: str) -> None:
    """Be the real VNC server at ``host`` and ``port`` to the viewer, until one of the two goes."""
    theirs, ours = await asyncio.open_connection(host, int(port))

    async def copy(source: Reader, to: Writer) -> None:
        while data := await source.read(65536):
            to.write(data)
            await to.drain()

    ways = [asyncio.create_task(copy(reader, ours)), asyncio.create_task(copy(theirs, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        ours.close()


async def _handshake(reader: Reader, writer: Writer) -> None:
    writer.write(b"RFB 003.008\n")
    await reader.readexactly(12)
    writer.write(b"\x01\x01")
    await reader.readexactly(1)
    writer.write(struct.pack("!I", 0))
    await reader.readexactly(1)
    name = b"SIMULATED guest (ctys-ls lab)"
    writer.write(struct.pack("!HH", _WIDTH, _HEIGHT) + _FORMAT + struct.pack("!I", len(name)) + name)


async def _session(reader: Reader, writer: Writer) -> None:
    """Answer requests for the picture in raw encoding; keys and the pointer are taken and forgotten."""
    sizes = {4: 7, 5: 5}
    shown, pixel = False, _pixel(_FORMAT)
    while True:
        kind = (await reader.readexactly(1))[0]
        if kind == 3:
            incremental = (await reader.readexactly(9))[0]
            if not (incremental and shown):
                writer.write(
                    struct.pack("!BxHHHHHi", 0, 1, 0, 0, _WIDTH, _HEIGHT, 0) + pixel * (_WIDTH * _HEIGHT)
                )
                shown = True
        elif kind == 0:
            await reader.readexactly(3)
            pixel, shown = _pixel(await reader.readexactly(16)), False
        elif kind == 2:
            (count,) = struct.unpack("!xH", await reader.readexactly(3))
            await reader.readexactly(4 * count)
        elif kind == 6:
            (length,) = struct.unpack("!xxxI", await reader.readexactly(7))
            await reader.readexactly(length)
        elif kind in sizes:
            await reader.readexactly(sizes[kind])
        else:
            return
        await writer.drain()


def _pixel(form: bytes) -> bytes:
    """The colour as four bytes of the form that a viewer asks for; forms of other lengths get those, too."""
    big, *_, red, green, blue = struct.unpack("!xxBxHHHBBBxxx", form)
    # What is no colour is full, for a browser takes it for the opacity.
    value = 0xFFFFFFFF
    for shift, shade in zip((red, green, blue), _SHADE, strict=True):
        value &= ~(0xFF << shift) | (shade << shift)
    return struct.pack(">I" if big else "<I", value & 0xFFFFFFFF)
