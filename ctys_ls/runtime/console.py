"""The relay: a guest's console (or a shell on its host) in whatever terminal this process runs in.

It holds ``ssh -tt``, or the host's script itself on localhost, and passes bytes, window size and exit status. In a real
terminal everything goes through untouched; where lines are edited elsewhere (an Emacs shell buffer, a pipe) it gives
plain lines instead.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

from ctys_ls.runtime.attachment import Attachment, Ended
from ctys_ls.runtime.consolechild import CHUNK, Child
from ctys_ls.runtime.consoledialog import DETACH, How, Marks
from ctys_ls.runtime.shown import Shown, one_line
from ctys_ls.runtime.terminal import HungUpError, Terminal, Transcript, raw, size, write, write_some
from ctys_ls.runtime.typed import DETACH_AGAIN, Typed

#: Seconds of silence after which a begun line of the prelude is a question to the user (a password prompt).
_PROMPT_PAUSE = 0.15
#: Seconds between two looks at the window's size with the keys.
_LOOK_AGAIN = 0.2
_BOTH = select.POLLIN | select.POLLOUT
#: Bytes for the guest above which no more are read from the terminal.
_MOST_PASTED = 1_000_000
_FORWARDED = {signal.SIGINT: b"\x03", signal.SIGQUIT: b"\x1c", signal.SIGTSTP: b"\x1a"}
_END = b"\x04"


@dataclass(slots=True)
class _Relay:
    child: Child
    state: Attachment
    shown: Shown
    typed: Typed
    #: Written to by the interpreter for every signal, so that one that comes just before the wait is not slept over.
    woken: tuple[int, int] = field(default_factory=os.pipe)
    #: Keys that came as signals, from the handler to the loop.
    signalled: deque[bytes] = field(default_factory=deque)
    #: Whether there is anybody who types: a pipe or a file comes to its end.
    typing: bool = True
    size: tuple[int, int] = (0, 0)
    looked: float = 0.0

    def resize(self) -> None:
        """Give the guest the size of the window, where that is another now.

        It is looked at with the keys, too, for the signal that tells of it can be lost on its way.
        """
        if (now := size()) != self.size:
            self.size = now
            self.child.resize(now)

    def _look_at_size(self) -> None:
        now = time.monotonic()
        if now - self.looked > _LOOK_AGAIN:
            self.looked = now
            self.resize()

    def run(self) -> None:
        """Pass bytes both ways until the child's end.

        Between a key and its echo stand only a poll, a read and a write each way, and as little more as can be: what
        a key costs here it costs a person at every letter (bench/console.py).
        """
        fd, output, state = self.child.keys, self.child.output, self.state
        poll = select.poll()
        poll.register(output, select.POLLIN)
        poll.register(self.woken[0], select.POLLIN)
        person, straight = os.isatty(0), self.shown.untouched and output != fd
        watched = (0, False)
        while True:
            # At once, for a key is seldom refused; only the rest waits for the pty.
            if state.outgoing:
                self.typed.drain()
            # A paste waits in the terminal until the guest has taken the beginning, a pipe until the guest is there.
            reading = self.typing and len(state.outgoing) < _MOST_PASTED and (state.attached or person)
            wanted = (_BOTH if state.outgoing else select.POLLIN, reading)
            if wanted != watched:
                _watch(poll, fd, watched, wanted)
                watched = wanted
            if straight and state.attached and not state.outgoing and not state.detaching:
                ready = self._pass(poll.poll)
            else:
                ready = poll.poll(self._patience())
                if not ready:
                    self.shown.ask()
                    self.shown.offer()
            if state.detaching and self.typed.is_detached():
                return
            for end, events in ready:
                if end == fd:
                    if events & ~select.POLLOUT and not self._output(fd):
                        for data in self.child.rest():
                            self.shown.received(data)
                        return
                elif end == output:
                    if not self._output(output):
                        poll.unregister(output)  # The pty tells of ssh's end.
                elif end == 0:
                    self.typing = self._input(events)
                else:
                    self._signalled()

    def _pass(self, wait: Callable[[], list[tuple[int, int]]]) -> list[tuple[int, int]]:
        """Pass keys and text as they come, with no thought but for the detach key and marks.

        Returns as soon as something else has happened: what has, or nothing where it is dealt with.
        """
        read, output, keys, shown = os.read, self.child.output, self.child.keys, self.shown
        marks = shown.marks
        printed, pressed = [(output, select.POLLIN)], [(0, select.POLLIN)]
        while True:
            ready = wait()
            if ready == printed:
                data = read(output, CHUNK)
                if marks and not marks.has_none(data):
                    shown.received(data)
                    return []
                write(1, data)
                shown.passed(data)
            elif ready == pressed:
                data = _read_keys()
                if not data:
                    raise HungUpError
                if marks and DETACH in data:
                    self.typed.typed(data)
                    return []
                if left := data[write_some(keys, data) :]:
                    self.state.outgoing = left
                    return []
                self._look_at_size()  # After the key, which shall not wait for it.
            else:
                return ready

    def _patience(self) -> float | None:
        if self.state.detaching:
            return DETACH_AGAIN * 500
        begun = self.shown.prelude and not self.state.attached
        return _PROMPT_PAUSE * 1000 if begun or self.shown.menu.active else None

    def _output(self, fd: int) -> bool:
        """Read what was printed; False at its end."""
        try:
            data = os.read(fd, CHUNK)
        except BlockingIOError:
            return True
        except OSError:  # The other end of the pty is closed.
            return False
        if data and fd == self.child.output:
            self.shown.received(data)
        elif data:
            self.shown.said(data)
        return bool(data)

    def _input(self, events: int) -> bool:
        """Read what was typed; False at the end of a pipe or file, after which only output is passed."""
        data = _read_keys()
        if data:
            self.typed.typed(data)
            self.typed.drain()
            self._look_at_size()
            return True
        if not os.isatty(0):
            if self.shown.marks is None:
                # A shell whose input is a pipe ends with it; a console is watched on.
                self.state.outgoing += _END
            return False
        if events & select.POLLHUP or not self.shown.terminal.plain:
            raise HungUpError
        self.state.outgoing += _END  # An end-of-file key, not the end of the terminal.
        return True

    def _signalled(self) -> None:
        os.read(self.woken[0], CHUNK)
        while self.signalled:
            self.typed.typed(self.signalled.popleft())
        self.resize()


def _read_keys() -> bytes:
    try:
        return os.read(0, CHUNK)
    except OSError as error:
        raise HungUpError from error


def _watch(poll: select.poll, fd: int, before: tuple[int, bool], now: tuple[int, bool]) -> None:
    """Wait for the events ``now[0]`` of the guest, and for the terminal where ``now[1]``."""
    poll.register(fd, now[0])
    if now[1] and not before[1]:
        poll.register(0, select.POLLIN)
    elif before[1] and not now[1]:
        poll.unregister(0)


def relay(
    argv: Sequence[str],
    terminal: Terminal,
    banner: Callable[[bool], str],
    *,
    environ: Mapping[str, str],
    piped: bool,
    nonce: str | None = None,
    transcript: TextIO | None = None,
) -> Ended:
    """Run ``argv`` in a pty and pass everything until it ends; nothing that was started is left.

    With a ``nonce`` the other side is the console script of ``consoledialog``; without one it is a shell.
    ``piped``: it is ssh, which needs no terminal for what it prints. ``banner(simulated)`` is the first line to show.
    Raises FileNotFoundError where the program is missing.
    """
    environment = {**environ, "TERM": "vt100" if terminal.plain and nonce else environ.get("TERM", "dumb")}
    child = Child(argv, environment, size(), piped=piped)
    log = Transcript(transcript) if transcript else None
    state = Attachment()
    shown = Shown(terminal, state, Marks(nonce) if nonce else None, banner, log)
    shown.lines.colours = terminal.colours
    work = _Relay(child, state, shown, Typed(child.keys, state, shown))
    if nonce is None:
        state.attached = True
        shown.note(banner(False))
    try:
        with _signals(work), raw(terminal):
            work.run()
        shown.flush()
    except HungUpError:
        state.ended = state.ended or Ended(How.DETACHED)
    finally:
        child.close()
        for end in work.woken:
            os.close(end)
    if shown.line_begun:
        with contextlib.suppress(HungUpError):
            write(2, b"\n")
    return state.ended or _judged(work)


def _judged(work: _Relay) -> Ended:
    status = work.child.status
    if work.shown.marks is None and status != 255:
        return Ended(How.EXITED, 1 if status is None else status)
    if work.state.attached:
        return Ended(How.DROPPED, 1)
    return Ended(How.UNREACHABLE, 1, one_line(work.shown.prelude))


@contextlib.contextmanager
def _signals(work: _Relay) -> Iterator[None]:
    """Window size and, in line mode, the keys that the terminal turns into signals go to the guest."""

    def resized(_number: int, _frame: FrameType | None) -> None:
        """The loop is woken and looks for itself."""

    def forwarded(number: int, _frame: FrameType | None) -> None:
        if not os.isatty(0) and not work.shown.terminal.echoes:
            raise HungUpError
        # The loop types it: a handler that wrote to the guest itself could come between two halves of a write.
        work.signalled.append(_FORWARDED[signal.Signals(number)])

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise HungUpError

    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]
    handlers = {signal.SIGWINCH: resized, signal.SIGTERM: ended, signal.SIGHUP: ended}
    if work.shown.terminal.plain:
        handlers |= dict.fromkeys(_FORWARDED, forwarded)
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    os.set_blocking(work.woken[1], False)
    signal.set_wakeup_fd(work.woken[1], warn_on_full_buffer=False)
    work.resize()  # It may have changed before the handler stood.
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
