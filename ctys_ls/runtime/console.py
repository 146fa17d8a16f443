"""The relay: a guest's console (or a shell on its host) in whatever terminal this process runs in.

It holds a pty with ``ssh -tt`` in it, or the host's script itself on localhost, and passes bytes, window size and exit
status. In a real terminal everything goes through untouched; where lines are edited elsewhere (an Emacs shell buffer,
a pipe) it gives plain lines instead.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

import pexpect

from ctys_ls.runtime.bootmenu import BootMenu
from ctys_ls.runtime.consoledialog import DETACH, How, Marks
from ctys_ls.runtime.plainlines import Echo, PlainLines
from ctys_ls.runtime.terminal import HungUpError, Terminal, Transcript, raw, size, write

_CHUNK = 65536
#: Seconds of silence after which a begun line of the prelude is a question to the user (a password prompt).
_PROMPT_PAUSE = 0.15
#: Seconds that a console gets to end by itself after the detach key, and between two tries of the key.
_DETACH_PATIENCE = 3.0
_DETACH_AGAIN = 0.4
#: Bytes of output among which a failing console's last line is looked for.
_LAST_WORDS = 400
#: Seconds between two looks at the window's size with the keys.
_LOOK_AGAIN = 0.2
_BOTH = select.POLLIN | select.POLLOUT
#: Bytes for the guest above which no more are read from the terminal.
_MOST_PASTED = 1_000_000
_FORWARDED = {signal.SIGINT: b"\x03", signal.SIGQUIT: b"\x1c", signal.SIGTSTP: b"\x1a"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: ``words`` are those of the host or of ssh; ``status`` is the exit status."""

    how: How
    status: int = 0
    words: str = ""


@dataclass(slots=True)
class _Relay:
    child: pexpect.spawn[bytes]
    terminal: Terminal
    marks: Marks | None
    banner: Callable[[bool], str]
    transcript: Transcript | None
    attached: bool = False
    detaching: float = 0.0
    pressed: int = 0
    ended: Ended | None = None
    prelude: bytes = b""
    outgoing: bytes = b""
    #: Keys that came as signals, from the handler to the loop.
    keys: tuple[int, int] = field(default_factory=os.pipe)
    #: Written to by the interpreter for every signal, so that one that comes just before the wait is not slept over.
    woken: tuple[int, int] = field(default_factory=os.pipe)
    size: tuple[int, int] = (0, 0)
    looked: float = 0.0
    last_status: int = 0
    last_words: bytes = b""
    line_begun: bool = False
    lines: PlainLines = field(default_factory=PlainLines)
    echo: Echo = field(default_factory=Echo)
    menu: BootMenu = field(default_factory=BootMenu)

    # -- towards the user --------------------------------------------------------------------------------------------

    def show(self, data: bytes) -> None:
        """Guest output to the terminal."""
        if self.transcript:
            self.transcript.feed(data)
        self.last_words = (self.last_words + data)[-_LAST_WORDS:]
        if self.terminal.plain:
            data = self.lines.feed(self.menu.feed(data))
            data = self.echo.feed(data) if self.terminal.echoes else data
        if data:
            self.line_begun = not data.endswith(b"\n")
        write(1, data)

    def note(self, text: str) -> None:
        """A line of our own, beside the guest's output."""
        end = "\n" if self.terminal.plain else "\r\n"
        begin = end if self.line_begun else ""
        self.line_begun = False
        write(2, f"{begin}ctys-ls: {text}{end}".encode())

    def received(self, data: bytes) -> None:
        """Output of the host: text of the guest, marks of the script, words of ssh before them."""
        if self.attached and (self.marks is None or self.marks.has_none(data)):
            self.show(data)
            return
        for part in self.marks.feed(data) if self.marks else (data,):
            if not isinstance(part, bytes):
                self.told(part)
            elif self.attached:
                self.show(part)
            else:
                self.prelude += part

    def ask(self) -> None:
        """A begun line that stays is a question: show it, with the lines before it."""
        if not self.attached and self.prelude and not self.prelude.endswith(b"\n"):
            write(1, PlainLines().feed(self.prelude) if self.terminal.plain else self.prelude)
            self.prelude = b""

    def offer(self) -> None:
        """Show pyGRUB's menu, as soon as it is drawn."""
        if text := self.menu.news():
            begin = b"\n" if self.line_begun else b""
            write(1, begin + text.encode() + b"\n")
            self.line_begun = False

    def told(self, words: Sequence[str]) -> None:
        """A mark of the host's script."""
        match words:
            case ["wait", *_]:
                self.note("waiting for the guest; Ctrl-C gives up")
            case ["attach", _, simulated]:
                self.attached = True
                self.prelude = self.last_words = b""
                self.note(self.banner(simulated == "simulated"))
            case ["ended", status]:
                self.attached = False
                self.last_status = int(status) if status.isdigit() else 1
                if self.detaching:
                    self.ended = Ended(How.DETACHED)
                elif self.last_status:
                    said = _one_line(self.last_words.rstrip().rpartition(b"\n")[2])
                    words = f"the console ended with status {self.last_status}"
                    self.ended = Ended(How.FAILED, 1, f"{words}: {said}" if said else words)
                self.send(b"stop\n" if self.ended else b"again\n")
                if not self.ended:
                    self.note("the console ended; waiting for the guest to come back (Ctrl-C gives up)")
            case ["gone", *_]:
                self.ended = Ended(How.ENDED)
            case ["fail", code, *rest]:
                known = next((how for how in How if how == code), How.FAILED)
                self.ended = Ended(known, 1, _one_line(" ".join(rest).encode()))
            case _:
                self.ended = Ended(How.FAILED, 1, "the host's answer was not understood")

    # -- towards the guest -------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Queue bytes for the guest."""
        self.outgoing += data

    def typed(self, data: bytes) -> None:
        """What the user typed: keys as they are, lines with the Enter key's carriage return."""
        if self.marks and DETACH in data:
            if not self.attached:
                self.ended = Ended(How.GIVEN_UP, 130)
                raise HungUpError
            data = data[: data.index(DETACH)]
            self.detaching = time.monotonic()
        if not self.attached and b"\x03" in data:
            self.ended = Ended(How.GIVEN_UP, 130)
        if not self.terminal.plain or not self.attached:
            self.outgoing += data
            if self.detaching:
                self.detach(0)
            return
        for line in data.splitlines(keepends=True):
            text = line.rstrip(b"\r\n")
            if self.menu.active and text != line:
                self.chosen(text)
                continue
            if text != line and self.terminal.echoes:
                self.echo.sent(text)
            self.send(text + (b"\r" if text != line else b""))
        self.detach(0)

    def chosen(self, line: bytes) -> None:
        """A line that was typed while pyGRUB's menu is up."""
        keys = self.menu.keys(line)
        if keys is None:
            self.note(self.menu.refusal)
        else:
            self.send(keys)

    def detach(self, waited: float) -> None:
        """Press the detach key, again where it was not noticed: xenconsole knows it only as a read of one byte."""
        if self.detaching and self.attached and not self.outgoing and waited >= self.pressed * _DETACH_AGAIN:
            self.pressed += 1
            self.send(DETACH)

    def resize(self) -> None:
        """Give the guest the size of the window, where that is another now.

        It is looked at with the keys, too, for the signal that tells of it can be lost on its way.
        """
        if (now := size()) != self.size:
            self.size = now
            self.child.setwinsize(*now)

    def _look_at_size(self) -> None:
        now = time.monotonic()
        if now - self.looked > _LOOK_AGAIN:
            self.looked = now
            self.resize()

    def drain(self) -> None:
        """Write what the pty takes now."""
        if not self.outgoing:
            return
        try:
            written = os.write(self.child.child_fd, self.outgoing[:_CHUNK])
        except BlockingIOError:
            return
        self.outgoing = self.outgoing[written:]

    # -- the loop ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Pass bytes both ways until the child's end.

        Between a key and its echo stand only a poll, a read and a write each way, and as little more as can be: what
        a key costs here it costs a person at every letter (bench/console.py).
        """
        fd, woken, keys = self.child.child_fd, self.woken[0], self.keys[0]
        os.set_blocking(fd, False)
        poll = select.poll()
        poll.register(keys, select.POLLIN)
        poll.register(woken, select.POLLIN)
        typing, person = True, os.isatty(0)
        watched = (0, False)
        while True:
            # At once, for a key is seldom refused; only the rest waits for the pty.
            if self.outgoing:
                self.drain()
            # A paste waits in the terminal until the guest has taken the beginning, a pipe until the guest is there.
            reading = typing and len(self.outgoing) < _MOST_PASTED and (self.attached or person)
            wanted = (_BOTH if self.outgoing else select.POLLIN, reading)
            if wanted != watched:
                _watch(poll, fd, watched, wanted)
                watched = wanted
            ready = poll.poll(self._patience())
            if self.detaching and self._is_detached():
                return
            if not ready:
                self.ask()
                self.offer()
            for end, events in ready:
                if end == fd:
                    if events & ~select.POLLOUT and not self._output(fd):
                        return
                elif end == 0:
                    typing = self._input(events)
                elif end == keys:
                    self.typed(os.read(keys, _CHUNK))
                else:
                    os.read(woken, _CHUNK)
                    self.resize()

    def _is_detached(self) -> bool:
        """Whether the console had its time to end by itself; before that the detach key is pressed again."""
        waited = time.monotonic() - self.detaching
        if waited > _DETACH_PATIENCE:
            self.ended = self.ended or Ended(How.DETACHED)
            return True
        self.detach(waited)
        return False

    def _patience(self) -> float | None:
        if self.detaching:
            return _DETACH_AGAIN * 500
        begun = self.prelude and not self.attached
        return _PROMPT_PAUSE * 1000 if begun or self.menu.active else None

    def _output(self, fd: int) -> bool:
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return True
        except OSError:  # The other end of the pty is closed.
            return False
        if data:
            self.received(data)
        return bool(data)

    def _input(self, events: int) -> bool:
        """Read what was typed; False at the end of a pipe or file, after which only output is passed."""
        try:
            data = os.read(0, _CHUNK)
        except OSError as error:
            raise HungUpError from error
        if data:
            self.typed(data)
            self.drain()
            self._look_at_size()  # After the key, which shall not wait for it.
            return True
        if not os.isatty(0):
            if self.marks is None:
                self.send(b"\x04")  # A shell whose input is a pipe ends with it; a console is watched on.
            return False
        if events & select.POLLHUP or not self.terminal.plain:
            raise HungUpError
        self.send(b"\x04")  # An end-of-file key, not the end of the terminal.
        return True


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
    nonce: str | None = None,
    transcript: TextIO | None = None,
) -> Ended:
    """Run ``argv`` in a pty and pass everything until it ends; nothing that was started is left.

    With a ``nonce`` the other side is the console script of ``consoledialog``; without one it is a shell.
    ``banner(simulated)`` is the first line to show. Raises FileNotFoundError where the program is missing.
    """
    environment = {**environ, "TERM": "vt100" if terminal.plain and nonce else environ.get("TERM", "dumb")}
    try:
        child: pexpect.spawn[bytes] = pexpect.spawn(
            argv[0], list(argv[1:]), env=environment, timeout=None, dimensions=size()
        )
    except pexpect.ExceptionPexpect as error:
        raise FileNotFoundError(argv[0]) from error
    log = Transcript(transcript) if transcript else None
    work = _Relay(child, terminal, Marks(nonce) if nonce else None, banner, log)
    work.lines.colours = terminal.colours
    if nonce is None:
        work.attached = True
        work.note(banner(False))
    try:
        with _signals(work), raw(terminal):
            work.run()
        _last_words(work)
    except HungUpError:
        work.ended = work.ended or Ended(How.DETACHED)
    finally:
        child.close(force=True)
        for end in (*work.keys, *work.woken):
            os.close(end)
    if work.line_begun:
        with contextlib.suppress(HungUpError):
            write(2, b"\n")
    return work.ended or _judged(work)


def _last_words(work: _Relay) -> None:
    rest = work.marks.flush() if work.marks else b""
    if work.attached and rest:
        work.show(rest)
    if work.terminal.plain:
        write(1, work.echo.flush() + work.lines.flush())


def _judged(work: _Relay) -> Ended:
    status = work.child.exitstatus
    if work.marks is None and status != 255:
        return Ended(How.EXITED, 1 if status is None else status)
    if work.attached:
        return Ended(How.DROPPED, 1)
    return Ended(How.UNREACHABLE, 1, _one_line(work.prelude))


@contextlib.contextmanager
def _signals(work: _Relay) -> Iterator[None]:
    """Window size and, in line mode, the keys that the terminal turns into signals go to the guest."""

    def resized(_number: int, _frame: FrameType | None) -> None:
        """The loop is woken and looks for itself."""

    def forwarded(number: int, _frame: FrameType | None) -> None:
        if not os.isatty(0) and not work.terminal.echoes:
            raise HungUpError
        # The loop reads it: a handler that wrote to the guest itself could come between two halves of a write.
        os.write(work.keys[1], _FORWARDED[signal.Signals(number)])

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise HungUpError

    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]
    handlers = {signal.SIGWINCH: resized, signal.SIGTERM: ended, signal.SIGHUP: ended}
    if work.terminal.plain:
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


def _one_line(words: bytes) -> str:
    return " ".join(PlainLines().feed(words).decode(errors="replace").split())
