"""A simulated host's commands by themselves: what the ssh server hands them."""

import asyncio
import os
from pathlib import Path

from ctys_ls.lab.child import Child, start_piped


class _Sink:
    """Writes the rest of the input, and its end, in the very moment in which there is room again."""

    def __init__(self, rest: bytes) -> None:
        self.rest = rest
        self.child: Child
        self.held: list[bool] = []
        self.printed = b""
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def output(self, data: bytes, *, error: bool) -> None:
        assert not error, data
        self.printed += data

    def ended(self, status: int) -> None:
        self.status.set_result(status)

    def hold(self, stop: bool) -> None:
        self.held.append(stop)
        if not stop and self.rest:
            rest, self.rest = self.rest, b""
            self.child.write(rest)
            self.child.write_eof()


async def test_what_comes_when_the_pipe_has_room_again_is_passed_on_with_its_end(tmp_path: Path) -> None:
    """The rest is larger than a pipe holds: a part of it is still here when the end of the input is told."""
    sink = _Sink(b"b" * 1_000_000)
    sink.child = await start_piped(["wc", "-c"], tmp_path, os.environ, sink)
    sink.child.write(b"a" * 1_000_000)
    async with asyncio.timeout(30):
        assert await sink.status == 0
    assert sink.held[:2] == [True, False]
    assert int(sink.printed) == 2_000_000
