"""The two ends of the pipe to the client, read and written without waiting and without threads.

Reading takes all that is there in one call. Writing goes straight to the descriptor and keeps back only what the
client is too slow to take, so that a client that does not read stops nobody but itself.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_CHUNK = 1 << 18
#: What a pipe to the client may hold, so that an outline of thousands of lines does not go through in small pieces.
_ROOM = 1 << 20
#: A client that leaves this much unread is gone for all practical purposes.
MAX_BACKLOG = 256 << 20


class Pipe:
    """Hands bytes from ``source`` to ``received``, then calls ``ready`` once there is something to do; takes bytes for
    ``sink`` in :meth:`write`; calls ``closed(reason)`` when either has ended.

    Both ends are descriptors: pipes, sockets, terminals; ``source`` may be a plain file.
    """

    def __init__(
        self,
        source: int,
        sink: int,
        received: Callable[[bytes], None],
        ready: Callable[[], None],
        closed: Callable[[str], None],
    ) -> None:
        self._source, self._sink = source, sink
        self._received, self._ready, self._closed = received, ready, closed
        self._drained = asyncio.Event()
        #: What the client has not taken yet: pieces, of the first one ``_taken`` bytes are gone.
        self._backlog: deque[bytes] = deque()
        self._taken = self._size = 0
        self._held: list[bytes] | None = None
        self._loop = asyncio.get_running_loop()
        self._blocking = {end: os.get_blocking(end) for end in {source, sink}}
        self._open = True
        self._reading = True
        self._reason = "the client closed its end"

    def start(self) -> None:
        """Begin to read."""
        for end in self._blocking:
            os.set_blocking(end, False)
        with suppress(OSError):
            # No pipe, or a user who may have no more of them: then it stays as it is.
            fcntl.fcntl(self._sink, fcntl.F_SETPIPE_SZ, _ROOM)
        try:
            self._loop.add_reader(self._source, self._readable)
        except PermissionError:
            # A plain file is always readable and no selector takes it.
            self._loop.call_soon(self._read_file)

    def poll(self) -> None:
        """Read what has come meanwhile: a caller with work queued sees cancellations before it does the work."""
        if self._reading:
            self._read()

    def write(self, body: bytes) -> None:
        """Send one message."""
        self.write_raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def write_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        if not self._open:
            return
        if self._held is not None:
            self._held.append(data)
            return
        if not self._backlog:
            sent = self._send(data)
            if sent == len(data):
                return
            self._taken = sent
            self._size = -sent
            self._loop.add_writer(self._sink, self._writable)
        self._backlog.append(data)
        self._size += len(data)
        if self._size > MAX_BACKLOG:
            self._end("the client does not read its messages")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Send what is written meanwhile at the end, in one piece."""
        if self._held is not None:
            yield
            return
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held:
                self.write_raw(b"".join(held))

    def close(self) -> None:
        """Stop reading, hand over what the client takes at once, and leave the descriptors as they were found."""
        if not self._open:
            return
        self._open = self._reading = False
        self._drained.set()
        self._forget()
        for end, blocking in self._blocking.items():
            os.set_blocking(end, blocking)

    async def drain(self, seconds: float) -> None:
        """Wait until the client has taken everything, but no longer than ``seconds``."""
        if self._backlog and self._open:
            self._drained.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), seconds)

    def _forget(self) -> None:
        # A plain file was never registered, which is no error: both answer False for it.
        self._loop.remove_reader(self._source)
        self._loop.remove_writer(self._sink)

    def _end(self, reason: str) -> None:
        if self._open:
            self.close()
            self._closed(reason)

    def _readable(self) -> None:
        self._read()
        self._ready()

    def _read(self) -> None:
        """Hand on one chunk, or note that there will be none any more."""
        try:
            data = os.read(self._source, _CHUNK)
        except BlockingIOError:
            return
        except OSError as trouble:
            data, self._reason = b"", f"reading from the client failed: {trouble.strerror}"
        if data:
            self._received(data)
        else:
            self._reading = False
            self._loop.remove_reader(self._source)
            # Whoever polled comes to an end first.
            self._loop.call_soon(self._finish)

    def _finish(self) -> None:
        if self._open:
            self._closed(self._reason)

    def _read_file(self) -> None:
        if self._reading:
            self._readable()
            self._loop.call_soon(self._read_file)

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self._sink, data)
        except BlockingIOError:
            return 0
        except OSError as trouble:
            self._end(f"writing to the client failed: {trouble.strerror}")
            return len(data)

    def _writable(self) -> None:
        while self._backlog:
            rest = memoryview(self._backlog[0])[self._taken :]
            sent = self._send(rest)
            if not self._open:
                return
            self._size -= sent
            self._taken += sent
            if sent < len(rest):
                return
            self._backlog.popleft()
            self._taken = 0
        self._loop.remove_writer(self._sink)
        self._drained.set()
