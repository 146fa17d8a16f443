"""The parts of a parsed file. Places count lines from the first line of their chunk."""

from __future__ import annotations

from dataclasses import dataclass

from ctys_ls.languages.xenconf.quoting import column_of
from ctys_ls.text import Position, Span


@dataclass(slots=True, eq=False)
class Atom:
    """A string or a number. ``raw`` is the text as written, quotes included; ``value`` what xl makes of it."""

    value: str
    raw: str
    line: int
    start: int

    @property
    def quoted(self) -> bool:
        """Whether it is a string; a number has no quotes."""
        return self.raw[:1] in {'"', "'"}

    @property
    def span(self) -> Span:
        """The whole of it, quotes included."""
        return Span(Position(self.line, self.start), Position(self.line, self.start + len(self.raw)))

    def part(self, start: int, end: int) -> Span:
        """The place of ``value[start:end]``."""
        if not self.quoted:
            return Span(Position(self.line, self.start + start), Position(self.line, self.start + end))
        left = self.start + column_of(self.raw, start)
        right = self.start + column_of(self.raw, end)
        return Span(Position(self.line, left), Position(self.line, right))


@dataclass(slots=True, eq=False)
class Items:
    """A list. ``end`` lies behind the closing bracket, or where the text ended without one."""

    items: list[Value]
    line: int
    start: int
    end: Position

    @property
    def span(self) -> Span:
        """From bracket to bracket."""
        return Span(Position(self.line, self.start), self.end)


Value = Atom | Items


@dataclass(slots=True, eq=False)
class Setting:
    """``name = value`` or ``name += value``."""

    name: str
    line: int
    start: int
    appends: bool
    value: Value

    @property
    def name_span(self) -> Span:
        """The place of the name."""
        return Span(Position(self.line, self.start), Position(self.line, self.start + len(self.name)))

    @property
    def span(self) -> Span:
        """From the name to the end of the value."""
        return Span(Position(self.line, self.start), self.value.span.end)
