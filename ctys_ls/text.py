"""Positions, spans and edits in a text kept as a list of lines.

Lines end at ``\\n``, ``\\r\\n`` or ``\\r`` and nowhere else, as the Language Server Protocol has it (3.17,
"Text Documents"); a line keeps its terminator, the last line has none and always exists. A column counts
Unicode code points, so that a column is an index into the Python string of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from ctys_ls.pages import spliced

#: More characters than this are not analysed: no domain file and no script of this trade comes near it.
LARGEST = 4 << 20

#: Of a text from this size on, lines up to that length are compared with the last so many different ones.
_LARGE, _SHORT, _DIFFERENT = 1 << 18, 64, 4096

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Encoding(StrEnum):
    """The unit in which a client counts the characters of a line (LSP 3.17, PositionEncodingKind)."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


class Position(NamedTuple):
    """A place between two characters: zero-based line, zero-based column in code points."""

    line: int
    column: int


class Span(NamedTuple):
    """A stretch of text, end excluded."""

    start: Position
    end: Position

    def shifted(self, lines: int) -> Span:
        """The same stretch, ``lines`` further down."""
        if not lines:
            return self
        (first, column), (last, end) = self
        return Span(Position(first + lines, column), Position(last + lines, end))

    def contains(self, place: Position) -> bool:
        """Whether ``place`` lies in the span or at either edge of it."""
        return self.start <= place <= self.end


class Edit(NamedTuple):
    """Replace the text of ``span`` by ``text``."""

    span: Span
    text: str


class Change(NamedTuple):
    """What an edit did to a list of lines: ``removed`` lines from ``first`` on became ``added`` lines."""

    lines: Sequence[str]
    first: int
    removed: int
    added: int


def span(line: int, start: int, end: int) -> Span:
    """A span within one line."""
    return Span(Position(line, start), Position(line, end))


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` with their terminators; joined they are ``text`` again."""
    lines = _LINE.findall(text) if len(text) < _LARGE else _sparing(text)
    if not lines or lines[-1].endswith(("\r", "\n")):
        lines.append("")
    return lines


def _sparing(text: str) -> list[str]:
    """The lines of a large text; short ones that are equal are one string, which is mostly larger than its text."""
    known: dict[str, str] = {}
    lines = []
    for match in _LINE.finditer(text):
        line = match[0]
        if len(line) <= _SHORT:
            if len(known) >= _DIFFERENT:
                known.clear()
            line = known.setdefault(line, line)
        lines.append(line)
    return lines


def content_length(line: str) -> int:
    """The length of a line without its terminator."""
    if line.endswith("\r\n"):
        return len(line) - 2
    return len(line) - 1 if line.endswith(("\n", "\r")) else len(line)


def clamp(lines: Sequence[str], place: Position) -> Position:
    """The nearest place that exists in ``lines``; a client may name one that does not."""
    line, column = place
    if line < 0:
        return Position(0, 0)
    if line >= len(lines):
        return Position(len(lines) - 1, content_length(lines[-1]))
    return Position(line, max(0, min(column, content_length(lines[line]))))


def slice_of(lines: Sequence[str], where: Span) -> str:
    """The text of a span."""
    (first, start), (last, end) = where
    if first == last:
        return lines[first][start:end]
    return "".join((lines[first][start:], *lines[first + 1 : last], lines[last][:end]))


def replace(lines: Sequence[str], where: Span, text: str) -> Change:
    """``lines`` with the text of ``where`` replaced; the old list is left as it is.

    Places outside the text are moved to the nearest place inside, a reversed span is put right.
    """
    start, end = sorted((clamp(lines, where.start), clamp(lines, where.end)))
    first, last = start.line, end.line
    whole = lines[first][: start.column] + text + lines[last][end.column :]
    # A carriage return that ended the line before now meets a line feed: the two are one terminator.
    if first and whole.startswith("\n") and lines[first - 1].endswith("\r"):
        first -= 1
        whole = lines[first] + whole
    fresh = split_lines(whole)
    if last + 1 < len(lines) and not fresh[-1]:
        fresh.pop()
    # The same meeting at the other edge: the new text ends in a carriage return, the next line is a bare line feed.
    if last + 1 < len(lines) and fresh and fresh[-1].endswith("\r") and lines[last + 1].startswith("\n"):
        last += 1
        fresh[-1] += lines[last]
    return Change(spliced(lines, first, last + 1, fresh), first, last + 1 - first, len(fresh))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """``text`` after ``edits``, whose spans all refer to ``text`` as it is and do not overlap."""
    lines = split_lines(text)
    starts = [0, *accumulate(map(len, lines))]
    parts: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        start, end = sorted(starts[line] + column for line, column in (clamp(lines, at) for at in edit.span))
        parts += (text[done:start], edit.text)
        done = max(done, end)
    return "".join((*parts, text[done:]))


def to_units(line: str, column: int, encoding: Encoding) -> int:
    """A column in code points as a column in the client's units."""
    if encoding is Encoding.UTF32 or line.isascii():
        return column
    head = line[:column]
    if encoding is Encoding.UTF16:
        return len(head) + sum(char > "\uffff" for char in head)
    return len(head.encode("utf-8", "surrogatepass"))


def from_units(line: str, units: int, encoding: Encoding) -> int:
    """A column in the client's units as a column in code points; inside a character it is that character's start."""
    if encoding is Encoding.UTF32 or line.isascii():
        return units
    seen = 0
    for column, char in enumerate(line):
        seen += _width(char, encoding)
        if seen > units:
            return column
    return len(line)


def _width(char: str, encoding: Encoding) -> int:
    if encoding is Encoding.UTF16:
        return 2 if char > "\uffff" else 1
    return len(char.encode("utf-8", "surrogatepass"))


def camel(name: str) -> str:
    """A field's name as clients write it: ``boot_mode`` is ``bootMode`` on the wire."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
