"""pyGRUB's menu as lines, for terminals that cannot show its screen (an Emacs shell buffer, a dumb terminal).

pyGRUB (Xen's boot loader for paravirtual guests) draws a menu with curses and waits for arrow keys. Here its screen is
read as a terminal would show it, the entries become a numbered list, and a typed number becomes the keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyte

_TITLE = b"pyGRUB"
#: The cursor at home begins a new screen; as curses leaves it, the cursor keys are switched back.
_HOME, _LEAVES = b"\x1b[H", b"\x1b[?1l"
#: The beginning of a sequence that may still become one of these.
_OPEN = re.compile(rb"\x1b(?:\[\??\d?)?\Z")
#: So much output is kept, in case it is the beginning of a menu's screen.
_RECENT = 1024
#: Rows and columns that pyGRUB's windows need, and that it is told to have.
ROWS, COLUMNS = 24, 80
_UP, _DOWN, _ENTER = b"\x1bOA", b"\x1bOB", b"\r"
#: Sides and lower left corner of a frame, as curses draws them with and without a terminal's line letters.
_SIDES, _CORNERS = ("x", "│", "|"), ("m", "└", "`", "+")
_COUNTDOWN = re.compile(r"Will boot selected entry in +(\d+) second")


@dataclass(slots=True)
class BootMenu:
    """Takes the menu out of a console's output. ``active`` while its screen is up; bytes come in any pieces."""

    active: bool = False
    _recent: bytes = b""
    _held: bytes = b""
    _shown: tuple[int, tuple[str, ...]] = (-1, ())
    _screen: pyte.Screen | None = None
    _stream: pyte.ByteStream | None = None
    _entries: tuple[str, ...] = field(default=())
    _selected: int = 0

    def feed(self, data: bytes) -> bytes:
        """The part of ``data`` that is no menu."""
        if self.active:
            data, self._held = self._held + data, b""
        else:
            self._recent = (self._recent + data)[-_RECENT:]
            if _TITLE not in self._recent:
                return data
            data, self._recent = self._recent[max(0, self._recent.rfind(_HOME)) :], b""
            self._begin()
        screen, leaves, rest = data.partition(_LEAVES)
        if not leaves and (cut := _OPEN.search(screen)):
            screen, self._held = screen[: cut.start()], cut[0]
        if self._stream is not None:
            self._stream.feed(screen)
        self.active = not leaves
        return rest

    def _begin(self) -> None:
        import pyte

        self.active, self._shown = True, (-1, ())
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    def news(self) -> str:
        """The menu as lines where it has changed since it was last given, else an empty text."""
        if not self.active or self._screen is None:
            return ""
        self._read(self._screen)
        if not self._entries or self._shown == (self._selected, self._entries):
            return ""
        first = self._shown[0] < 0
        self._shown = (self._selected, self._entries)
        lines = [
            f"{'*' if number == self._selected else ' '} {number + 1} {title}"
            for number, title in enumerate(self._entries)
        ]
        if first:
            found = _COUNTDOWN.search("\n".join(self._screen.display))
            soon = f" (it does so by itself in {found[1]} s)" if found else ""
            lines.append(f"A number and Enter boots that entry, Enter alone the one with the star{soon}.")
        return "\n".join(lines)

    def _read(self, screen: pyte.Screen) -> None:
        """The entries stand in a frame, one a row, the selected one in reverse video; none before the frame is whole."""
        self._entries = ()
        if not any(_is_bottom(text.strip()) for text in screen.display):
            return
        entries: list[str] = []
        for row, text in enumerate(screen.display):
            line = text.strip()
            if len(line) < COLUMNS // 2 or line[0] not in _SIDES or line[-1] not in _SIDES:
                continue
            title = line[1:-1].strip()
            if not title:
                continue
            column = text.index(line[0]) + 2
            if screen.buffer[row][column].reverse:
                self._selected = len(entries)
            entries.append(title)
        self._entries = tuple(entries)

    def keys(self, line: bytes) -> bytes | None:
        """The keys for a typed line; None where it names no entry."""
        if self._screen is not None:
            self._read(self._screen)
        text = line.decode(errors="replace").strip()
        if not text:
            return _ENTER
        if not (text.isdecimal() and text.isascii() and 1 <= int(text) <= len(self._entries)):
            return None
        steps = int(text) - 1 - self._selected
        return (_DOWN if steps > 0 else _UP) * abs(steps) + _ENTER

    @property
    def refusal(self) -> str:
        """What is said to a line that names no entry."""
        most = len(self._entries)
        return f"the menu has the entries 1 to {most}; to edit one, open the console in a terminal of its own"


def _is_bottom(line: str) -> bool:
    """Whether it is the lower edge of the frame."""
    return len(line) > COLUMNS // 2 and line[0] in _CORNERS and len(set(line[1:-1])) == 1
