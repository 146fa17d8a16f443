"""The parts of a parsed file. Places count lines from the first line of their chunk."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeVar, cast

from ctys_ls.languages.xenconf.quoting import column_of
from ctys_ls.problems import Problem
from ctys_ls.text import Position, Span

T = TypeVar("T")


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

    def moved(self, lines: int) -> Atom:
        """The same further down."""
        return Atom(self.value, self.raw, self.line + lines, self.start) if lines else self

    def part(self, start: int, end: int) -> Span:
        """The place of ``value[start:end]``."""
        if not self.quoted:
            return Span(Position(self.line, self.start + start), Position(self.line, self.start + end))
        left = self.start + column_of(self.raw, start)
        right = self.start + column_of(self.raw, end)
        return Span(Position(self.line, left), Position(self.line, right))


class Block:
    """Elements of a list that are taken over as a whole when something else is edited.

    Places count from the block's own first line. ``read`` takes the elements out of the text when somebody first asks.
    """

    __slots__ = ("_count", "_items", "_kept", "_read")

    def __init__(
        self, items: Sequence[Value] | None = None, read: Callable[[], Sequence[Value]] | None = None
    ) -> None:
        self._items, self._read = items, read
        self._count = -1
        self._kept: dict[tuple[Any, ...], Any] = {}

    @property
    def items(self) -> Sequence[Value]:
        """The elements."""
        if self._items is None:
            self._items = self._read() if self._read else ()
        return self._items

    @property
    def count(self) -> int:
        """How many elements; they are not kept for that alone."""
        if self._items is not None:
            return len(self._items)
        if self._count < 0:
            self._count = len(self._read()) if self._read else 0
        return self._count

    def forget(self) -> None:
        """Let the elements go that can be read again: each is three objects, larger than its text by far."""
        if self._read is not None and self._items is not None:
            self._count = len(self._items)
            self._items = None

    def kept(self, make: Callable[..., T], *args: Any) -> T:
        """``make(items, *args)``, worked out once: what a rule finds in elements lasts as long as their text."""
        known = (make, *args)
        if known not in self._kept:
            self._kept[known] = make(self.items, *args)
        return cast("T", self._kept[known])


class Rows(Block):
    """Whole lines of elements of a list that is longer than a screen.

    ``begins`` and ``ends`` tell whether a comma must come before the next element there; ``problems`` count lines from
    the first one of these, ``python`` is how strongly they look like Python.
    """

    __slots__ = ("begins", "ends", "height", "problems", "python")

    def __init__(
        self,
        height: int,
        read: Callable[[], Sequence[Value]],
        *,
        begins: bool,
        ends: bool,
        problems: tuple[Problem, ...],
        python: int,
    ) -> None:
        super().__init__(None, read)
        self.height, self.begins, self.ends = height, begins, ends
        self.problems, self.python = problems, python


class Items:
    """A list. ``end`` lies behind the closing bracket, or where the text ended without one.

    A short list has its elements in ``own``. Of a long one these are those before the ``rows`` begin, at line
    ``rows_at``, and in ``rest`` those behind them.
    """

    __slots__ = ("_blocks", "end", "line", "own", "rest", "rows", "rows_at", "start")

    def __init__(self, line: int, start: int, end: Position) -> None:
        self.line, self.start, self.end = line, start, end
        self.own: list[Value] = []
        self.rest: list[Value] = []
        self.rows: Sequence[Rows] = ()
        self.rows_at = 0
        self._blocks: list[tuple[int, Block]] | None = None

    @property
    def span(self) -> Span:
        """From bracket to bracket."""
        return Span(Position(self.line, self.start), self.end)

    def moved(self, lines: int) -> Items:
        """The same further down."""
        if not lines:
            return self
        end = Position(self.end.line + lines, self.end.column)
        moved = Items(self.line + lines, self.start, end)
        moved.own = [item.moved(lines) for item in self]
        return moved

    @property
    def blocks(self) -> list[tuple[int, Block]]:
        """The elements in blocks, each with the line that its places count from. The list must be complete."""
        if self._blocks is None:
            own = [(0, Block(self.own))] if self.own or not self.rows else []
            rest = [(0, Block(self.rest))] if self.rest else []
            heights = accumulate((rows.height for rows in self.rows), initial=self.rows_at)
            self._blocks = [*own, *zip(heights, self.rows, strict=False), *rest]
        return self._blocks

    def __iter__(self) -> Iterator[Value]:
        """The elements, their places counted as those of the list."""
        for line, block in self.blocks:
            yield from (item.moved(line) for item in block.items) if line else block.items

    def __len__(self) -> int:
        """How many elements."""
        return sum(block.count for _, block in self.blocks)

    def at(self, place: Position) -> Value | None:
        """The first element that contains ``place`` or lies beside it."""
        blocks = self.blocks
        if self.rows and place.line >= self.rows_at:
            first = 1 if self.own else 0
            starts = [line for line, _ in blocks[first : first + len(self.rows)]]
            begin = max(0, first + bisect_right(starts, place.line) - 2)
            blocks = [*blocks[begin : begin + 3], *blocks[-1:]]
        for line, block in blocks:
            near = Position(place.line - line, place.column)
            found = next((item for item in block.items if item.span.contains(near)), None)
            if found is not None:
                return found.moved(line)
        return None


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
