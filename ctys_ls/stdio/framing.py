"""Messages out of a stream of bytes, and back on the track after rubbish.

The base protocol (LSP 3.17, "Base Protocol") puts a header block before each body. Whoever loses step with it is deaf
from then on; this reader finds the next header instead. It can, because a line ``Content-Length: N`` cannot occur in
valid JSON: inside a string its line end would be escaped, outside a string it is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: A body larger than this is refused: no document of this trade comes near it.
MAX_BODY = 64 << 20
#: A header block larger than this is rubbish.
MAX_HEADER = 64 << 10

_HEADER = re.compile(rb"(?i)Content-Length:[ \t]*(\d{1,20})[ \t]*\r?\n")
_BLANK = re.compile(rb"\r?\n\r?\n")
#: The longest beginning of a header line that may be cut off at the end of what has been read so far.
_TAIL = 48
_LINE_FEED = 0x0A


@dataclass(frozen=True, slots=True)
class Rubbish:
    """Bytes that are no message, and why."""

    reason: str


class Framer:
    """Cuts a stream into bodies: :meth:`feed` takes bytes as they come and yields bodies and :class:`Rubbish`."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        #: Length of the body that is awaited; -1 while a header is.
        self._need = -1
        #: How much of an unfinished body has been searched for a header that cuts it short.
        self._searched = 0
        #: Whether everything up to the next header line is to be passed over.
        self._lost = False

    def feed(self, data: bytes) -> Iterator[bytes | Rubbish]:
        """Take in ``data``; yield what it completes. A caller may :meth:`unread` between two yields."""
        self._buffer += data
        while (found := self._next()) is not None:
            yield found

    def unread(self, body: bytes) -> bool:
        """Look for the header of a next message inside a body that was no JSON: its announced length was too large.

        True where one was found; it and what follows are read again.
        """
        found = _HEADER.search(body)
        if found:
            self._buffer[:0] = body[found.start() :]
        return found is not None

    def _next(self) -> bytes | Rubbish | None:
        if self._lost and not self._resynchronised():
            return None
        if self._need < 0:
            end = _BLANK.search(self._buffer)
            if end is None and len(self._buffer) <= MAX_HEADER:
                return None
            if end is None or end.end() > MAX_HEADER:
                return self._lose("a header of more than 64 KiB", 0)
            if rubbish := self._header(end.end()):
                return rubbish
        if len(self._buffer) >= self._need:
            body = bytes(self._buffer[: self._need])
            del self._buffer[: self._need]
            self._need = -1
            return body
        cut = _HEADER.search(self._buffer, max(0, self._searched - _TAIL))
        self._searched = len(self._buffer)
        return self._lose("a message shorter than its Content-Length", cut.start()) if cut else None

    def _header(self, end: int) -> Rubbish | None:
        """Take the header block that ends at ``end``."""
        block = bytes(self._buffer[:end])
        lengths = list(_HEADER.finditer(block))
        if not lengths:
            return self._lose("a header without a usable Content-Length", end)
        length, start = int(lengths[-1][1]), lengths[-1].start()
        if length > MAX_BODY:
            return self._lose(f"a message of {length} bytes, of which at most {MAX_BODY} are taken", end)
        if start and block[start - 1] != _LINE_FEED:
            # Something stands in front of the header on its line: the end of a body longer than announced.
            return self._lose("a message longer than its Content-Length", start)
        del self._buffer[:end]
        self._need, self._searched = length, 0
        return None

    def _lose(self, reason: str, drop: int) -> Rubbish:
        del self._buffer[:drop]
        self._need, self._lost = -1, True
        return Rubbish(reason)

    def _resynchronised(self) -> bool:
        """Drop what stands before the next header line; False where none has come yet."""
        found = _HEADER.search(self._buffer)
        del self._buffer[: found.start() if found else max(0, len(self._buffer) - _TAIL)]
        self._lost = found is None
        return found is not None
