"""The relay towards the user: the guest's text, the marks of the host's script, words and questions of ssh."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ctys_ls.runtime.attachment import Attachment, Ended
from ctys_ls.runtime.bootmenu import BootMenu
from ctys_ls.runtime.consoledialog import How, Marks
from ctys_ls.runtime.plainlines import Echo, PlainLines
from ctys_ls.runtime.terminal import Terminal, Transcript, write

#: Bytes of output among which a failing console's last line is looked for.
_LAST_WORDS = 400


@dataclass(slots=True)
class Shown:
    """``marks`` are None for a shell; ``banner(simulated)`` is the first line of a console."""

    terminal: Terminal
    state: Attachment
    marks: Marks | None
    banner: Callable[[bool], str]
    transcript: Transcript | None
    prelude: bytes = b""
    last_words: bytes = b""
    line_begun: bool = False
    lines: PlainLines = field(default_factory=PlainLines)
    echo: Echo = field(default_factory=Echo)
    menu: BootMenu = field(default_factory=BootMenu)

    @property
    def untouched(self) -> bool:
        """Whether text of the guest goes to the terminal as it comes, and nowhere else."""
        return not (self.terminal.plain or self.transcript)

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

    def passed(self, data: bytes) -> None:
        """Guest output that went to the terminal already, as it came."""
        self.last_words = (self.last_words + data)[-_LAST_WORDS:]
        self.line_begun = not data.endswith(b"\n")

    def note(self, text: str) -> None:
        """A line of our own, beside the guest's output."""
        end = "\n" if self.terminal.plain else "\r\n"
        begin = end if self.line_begun else ""
        self.line_begun = False
        write(2, f"{begin}ctys-ls: {text}{end}".encode())

    def received(self, data: bytes) -> None:
        """Output of the host: text of the guest, marks of the script, words of ssh before them."""
        if self.state.attached and (self.marks is None or self.marks.has_none(data)):
            self.show(data)
            return
        for part in self.marks.feed(data) if self.marks else (data,):
            if isinstance(part, bytes):
                self.said(part)
            else:
                self._told(part)

    def said(self, data: bytes) -> None:
        """Text that holds no marks, as are the words and questions of ssh itself."""
        if self.state.attached:
            self.show(data)
        else:
            self.prelude += data

    def ask(self) -> None:
        """A begun line that stays is a question: show it, with the lines before it."""
        if not self.state.attached and self.prelude and not self.prelude.endswith(b"\n"):
            write(1, PlainLines().feed(self.prelude) if self.terminal.plain else self.prelude)
            self.prelude = b""

    def offer(self) -> None:
        """Show pyGRUB's menu, as soon as it is drawn."""
        if text := self.menu.news():
            begin = b"\n" if self.line_begun else b""
            write(1, begin + text.encode() + b"\n")
            self.line_begun = False

    def flush(self) -> None:
        """Show what was held back because more could have followed."""
        rest = self.marks.flush() if self.marks else b""
        if self.state.attached and rest:
            self.show(rest)
        if self.terminal.plain:
            write(1, self.echo.flush() + self.lines.flush())

    def _told(self, words: Sequence[str]) -> None:
        """A mark of the host's script."""
        state = self.state
        match words:
            case ["wait", *_]:
                self.note("waiting for the guest; Ctrl-C gives up")
            case ["attach", _, simulated]:
                state.attached = True
                self.prelude = self.last_words = b""
                self.note(self.banner(simulated == "simulated"))
            case ["ended", status]:
                self._console_ended(int(status) if status.isdigit() else 1)
            case ["gone", *_]:
                state.ended = Ended(How.ENDED)
            case ["fail", code, *rest]:
                known = next((how for how in How if how == code), How.FAILED)
                state.ended = Ended(known, 1, one_line(" ".join(rest).encode()))
            case _:
                state.ended = Ended(How.FAILED, 1, "the host's answer was not understood")

    def _console_ended(self, status: int) -> None:
        """The script asks whether to wait for the guest's return."""
        state = self.state
        state.attached = False
        if state.detaching:
            state.ended = Ended(How.DETACHED)
        elif status:
            said = one_line(self.last_words.rstrip().rpartition(b"\n")[2])
            words = f"the console ended with status {status}"
            state.ended = Ended(How.FAILED, 1, f"{words}: {said}" if said else words)
        state.outgoing += b"stop\n" if state.ended else b"again\n"
        if not state.ended:
            self.note("the console ended; waiting for the guest to come back (Ctrl-C gives up)")


def one_line(words: bytes) -> str:
    """Words of a host or of ssh as a part of a sentence."""
    return " ".join(PlainLines().feed(words).decode(errors="replace").split())
