"""What a program says and asks while it works: progress and questions on the terminal, errors as sentences."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from ctys_ls.runtime.api import Outcome, Progress, Question, TargetOutcome, Trouble

#: Seconds between two pictures of the rows so far.
_REDRAW = 0.1
_YES = frozenset({"yes", "y"})


class Status:
    """One line on standard error that shows the present step; it is empty again at the end.

    Above it stand the rows of the hosts that have answered, until the whole table is printed in their place. Nothing
    is shown where standard error is no terminal, no rows where the table goes elsewhere.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._rows = self._live and sys.stdout.isatty()
        self._shown = False
        self._above = 0
        self._drawn = 0.0

    def __call__(self, progress: Progress) -> None:
        if not self._live:
            return
        size = shutil.get_terminal_size()
        width = size.columns - 1
        if progress.preview and self._rows and time.monotonic() - self._drawn > _REDRAW:
            lines = progress.preview().splitlines()[: max(0, size.lines - 2)]
            self.clear()
            self._stream.writelines(f"{line[:width]}\n" for line in lines)
            self._above, self._drawn = len(lines), time.monotonic()
        text = f"{progress.host}: {progress.message}".replace("\n", " ")[:width]
        self._stream.write(f"\r{text}\x1b[K")
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away, before something else is printed."""
        if self._shown:
            up = f"\x1b[{self._above}A" if self._above else ""
            self._stream.write(f"\r{up}\x1b[J")
            self._stream.flush()
            self._shown, self._above = False, 0


class Asker:
    """Puts questions to the person at the terminal, one at a time; without a terminal each is refused."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._turn = asyncio.Lock()

    async def __call__(self, question: Question) -> str | None:
        async with self._turn:
            self._status.clear()
            return await _in_thread(lambda: _ask(question))


def _ask(question: Question) -> str | None:
    text = f"{question.text}\n{question.detail}" if question.detail else question.text
    try:
        # The terminal itself and not standard input, which may be a pipe.
        with open("/dev/tty", "r+b", buffering=0):  # noqa: PTH123 - a device, opened to see whether it is there
            pass
    except OSError:
        print(f"ctys: {question.host}: cannot ask, there is no terminal: {text}", file=sys.stderr)
        return None
    if question.secret:
        try:
            return getpass.getpass(f"{text}: ")
        except EOFError:
            return None
    return "yes" if _typed(f"{text}\nyes or no? ").strip().lower() in _YES else None


def _typed(prompt: str) -> str:
    with open("/dev/tty", encoding="utf-8") as source, open("/dev/tty", "w", encoding="utf-8") as sink:  # noqa: PTH123
        sink.write(prompt)
        sink.flush()
        return source.readline()


async def _in_thread(work: Callable[[], str | None]) -> str | None:
    """Run ``work`` beside the loop in a thread that does not hold up the program's end when nobody answers."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()

    def done(value: str | None, error: Exception | None) -> None:
        if answer.cancelled():
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(value)

    def run() -> None:
        value, error = None, None
        try:
            value = work()
        except Exception as problem:  # noqa: BLE001 - it is raised where the question was put
            error = problem
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(done, value, error)

    threading.Thread(target=run, daemon=True, name="question").start()
    return await answer


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Put the terminal's modes back at the end, for a question may be left while it hides what is typed."""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        yield
        return
    try:
        before = termios.tcgetattr(fd)
        try:
            yield
        finally:
            termios.tcsetattr(fd, termios.TCSANOW, before)
    finally:
        os.close(fd)


def report(outcome: Outcome) -> None:
    """Print what came out: output on standard output, each failure as a sentence on standard error."""
    # An empty table would look like an answer of the hosts that did not give one.
    if outcome.text and any(target.ok for target in outcome.targets):
        print(outcome.text, flush=True)
    for target in outcome.targets:
        if target.trouble is not None:
            _complain(target, target.trouble)
    failed = [target for target in outcome.targets if not target.ok]
    if failed and len(outcome.targets) > 1:
        names = ", ".join(dict.fromkeys(target.host for target in failed))
        print(f"ctys: {len(failed)} of {len(outcome.targets)} calls failed ({names})", file=sys.stderr)


def _complain(target: TargetOutcome, trouble: Trouble) -> None:
    told = str(trouble)
    # Xen calls a guest blocked that waits for something to do.
    now = "running" if target.state == "blocked" else target.state
    state = f"; it is {now} now" if now and f"{target.state} now" not in told else ""
    print(f"ctys: {told}{state}", file=sys.stderr)
    for choice in trouble.choices:
        # Near names are in the sentence already.
        if choice in told:
            continue
        print(f"  {choice}", file=sys.stderr)
