"""The terminal that the relay runs in: what it can show, its modes and size, bytes to it, a record of them."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import re
import select
import struct
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from ctys_ls.runtime.plainlines import PlainLines


class HungUpError(Exception):
    """The terminal or the caller went away."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What this process talks to.

    ``plain``: escape sequences would be rubbish; ``echoes``: the line that was typed stands on the screen already;
    ``colours``: the reader knows ansi-color.
    """

    plain: bool
    echoes: bool
    colours: bool

    @classmethod
    def here(
        cls, environ: Mapping[str, str], *, line_mode: bool = False, guest_echoes: bool = False
    ) -> Terminal:
        """The terminal of standard input and output.

        ``line_mode`` asks for plain lines whatever it says; ``guest_echoes``: the reader takes a typed line off the
        screen and waits for the guest to show it.
        """
        comint = "comint" in environ.get("INSIDE_EMACS", "")
        seen = os.isatty(0) and os.isatty(1)
        bare = line_mode or not seen or environ.get("TERM", "dumb") == "dumb"
        return cls(plain=bare, echoes=not guest_echoes and (os.isatty(0) or comint), colours=comint)


@contextlib.contextmanager
def raw(terminal: Terminal) -> Iterator[None]:
    """Every key goes to the guest at once; the terminal is put back afterwards."""
    if terminal.plain or not os.isatty(0):
        yield
        return
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield
    finally:
        # A terminal that has gone needs nothing put back.
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def size() -> tuple[int, int]:
    """Rows and columns of the terminal; 24 by 80 where there is none or it does not say."""
    for fd in (0, 1, 2):
        with contextlib.suppress(OSError):
            rows, columns = struct.unpack("HHHH", fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8)))[:2]
            if rows and columns:
                return rows, columns
    return 24, 80


def write(fd: int, data: bytes) -> None:
    """Write all of ``data``. Raises HungUpError where nobody reads any more."""
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            select.select([], [fd], [])  # Somebody else made the terminal non-blocking.
        except OSError as error:
            raise HungUpError from error


def write_some(fd: int, data: bytes) -> int:
    """Write what a non-blocking descriptor takes now; returns how many bytes that was."""
    try:
        return os.write(fd, data)
    except BlockingIOError:
        return 0


@dataclass(slots=True)
class Transcript:
    """What the guest printed, line by line with the time of its first byte."""

    file: TextIO
    _lines: PlainLines = field(default_factory=PlainLines)
    _decode: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _fresh: bool = True

    def feed(self, data: bytes) -> None:
        """Take in output as it came."""
        text = self._decode.decode(self._lines.feed(data))
        # Only a line feed ends a line: str.splitlines would cut at other signs of a guest's text as well.
        for line in re.findall(r"[^\n]*\n|[^\n]+", text):
            self.file.write((time.strftime("%Y-%m-%dT%H:%M:%S%z ") if self._fresh else "") + line)
            self._fresh = line.endswith("\n")
        self.file.flush()
