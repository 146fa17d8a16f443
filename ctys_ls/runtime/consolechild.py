"""The program that the relay holds: ssh, or the host's script itself, in a pty; the one place that knows pexpect.

ssh needs the pty for the window's size, for its questions and for its own words. What the guest prints comes through
a pipe beside it, for that is sooner: a pty hands every piece to a worker of the kernel first, which then wakes the
reader, and plain ssh has one pty fewer on the way. The host's script itself needs its terminal as its output, too.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pexpect

if TYPE_CHECKING:
    _Pty = pexpect.spawn[bytes]
else:
    _Pty = pexpect.spawn

CHUNK = 65536
#: Seconds that output may take which somebody else (the master of a shared connection) still writes after ssh's end.
_LATE = 1.0


class _Piped(_Pty):
    """A pty whose program has ``stdout`` as its standard output."""

    def __init__(self, stdout: int, argv: Sequence[str], **options: Any) -> None:
        self._stdout = stdout
        super().__init__(argv[0], list(argv[1:]), **options)

    def _spawnpty(self, args: list[str], **options: Any) -> object:
        """How pexpect starts the program. It can hand on descriptors, but has no argument for them."""
        options |= {"pass_fds": (self._stdout,), "preexec_fn": lambda: os.dup2(self._stdout, 1)}
        return super()._spawnpty(args, **options)  # type: ignore[misc]


class Child:
    """A running program. ``keys`` is its pty; ``output`` is where the guest's output comes from, the pty or the pipe."""

    def __init__(
        self, argv: Sequence[str], environ: Mapping[str, str], size: tuple[int, int], *, piped: bool
    ) -> None:
        """Start it in a pty of ``size`` (rows, columns). Raises FileNotFoundError where the program is missing."""
        options: dict[str, Any] = {"env": dict(environ), "timeout": None, "dimensions": size}
        self._pipe: int | None = None
        try:
            if piped:
                self._pipe, stdout = os.pipe()
                try:
                    self._pty: _Pty = _Piped(stdout, argv, **options)
                finally:
                    os.close(stdout)
            else:
                self._pty = pexpect.spawn(argv[0], list(argv[1:]), **options)
        except pexpect.ExceptionPexpect as error:
            self._close_pipe()
            raise FileNotFoundError(argv[0]) from error
        self.keys = self._pty.child_fd
        self.output = self.keys if self._pipe is None else self._pipe
        os.set_blocking(self.keys, False)

    @property
    def status(self) -> int | None:
        """The exit status after ``close``; None where a signal ended it."""
        return self._pty.exitstatus

    def resize(self, size: tuple[int, int]) -> None:
        """Give the pty another size (rows, columns)."""
        self._pty.setwinsize(*size)

    def rest(self) -> Iterator[bytes]:
        """What was printed and not read yet when the program ended."""
        if self._pipe is None:
            return
        poll, end = select.poll(), time.monotonic() + _LATE
        poll.register(self._pipe, select.POLLIN)
        while poll.poll(max(0.0, end - time.monotonic()) * 1000):
            data = os.read(self._pipe, CHUNK)
            if not data:
                return
            yield data

    def close(self) -> None:
        """End the program, if it runs, and let go of its pty and pipe."""
        self._pty.close(force=True)
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
