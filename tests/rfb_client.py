"""A viewer as far as a test needs one: over a WebSocket, up to one whole picture in raw encoding."""

import asyncio
import struct

from websockets.asyncio.client import connect


class Viewer:
    """Reads from and writes to a WebSocket as if it were a stream."""

    def __init__(self, socket):
        self.socket, self.read = socket, b""

    async def take(self, count):
        while len(self.read) < count:
            self.read += await self.socket.recv()
        wanted, self.read = self.read[:count], self.read[count:]
        return wanted


async def _picture(ws):
    async with asyncio.timeout(20), connect(ws, max_size=None, proxy=None) as socket:
        viewer = Viewer(socket)
        assert await viewer.take(12) == b"RFB 003.008\n"
        await socket.send(b"RFB 003.008\n")
        count = (await viewer.take(1))[0]
        kinds = await viewer.take(count)
        assert kinds == b"\x01", "a viewer is asked for no password"
        await socket.send(b"\x01")
        assert await viewer.take(4) == bytes(4)
        await socket.send(b"\x01")
        width, height = struct.unpack("!HH", await viewer.take(4))
        await viewer.take(16)
        (length,) = struct.unpack("!I", await viewer.take(4))
        name = (await viewer.take(length)).decode()
        # True colour, 8 bits each, and raw encoding only.
        await socket.send(struct.pack("!B3xBBBBHHHBBB3x", 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        await socket.send(struct.pack("!BxHi", 2, 1, 0))
        await socket.send(struct.pack("!BBHHHH", 3, 0, 0, 0, width, height))
        pixels = bytearray()
        while len(pixels) < width * height * 4:
            kind, rectangles = struct.unpack("!BxH", await viewer.take(4))
            assert kind == 0
            for _ in range(rectangles):
                _, _, wide, high, encoding = struct.unpack("!HHHHi", await viewer.take(12))
                assert encoding == 0
                pixels += await viewer.take(wide * high * 4)
        return name, width, height, bytes(pixels)


def picture(ws):
    """The name, width, height and pixels (blue, green, red, nothing) of the screen behind ``ws``."""
    return asyncio.run(_picture(ws))
