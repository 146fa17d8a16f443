"""The rows of a long list: whole lines of elements, parsed and judged in blocks, so that an edit costs one block.

Between two rows the parser's state is small: the list is open, and a comma must come first or not. Where a new row
begins as an old one began at the same text, all rows from there on are the old ones.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import NamedTuple

from ctys_ls.languages.xenconf.values import Atom, Rows, Value
from ctys_ls.problems import Problem

#: A string without escapes or a number: what can be read without the automaton.
ATOM = r"""(?:"[^"\\\r\n\0]*+"|'[^'\\\r\n\0]*+'|[0-9][0-9a-fx]*+)"""

#: A line of elements, each with its comma but perhaps the last; an empty line, or one with a comment alone.
_PLAIN = re.compile(
    rf"""[ \t]*+ (?: {ATOM} [ \t]*+ , [ \t]*+ )* (?P<open> {ATOM} [ \t]*+ )? (?: \# [^\n]*+ )? \n""",
    re.VERBOSE,
)
_ELEMENT = re.compile(rf"\#|{ATOM}")
_BLANK = re.compile(r"[ \t]*+(?:\#[^\n]*+)?\n")
#: So many lines make a block: fewer are merged with the next ones, twice as many are cut.
_LINES = 64


class Odd(NamedTuple):
    """Lines inside a list that the automaton had to read; places count from the first of them."""

    height: int
    items: Sequence[Value]
    problems: tuple[Problem, ...]
    python: int
    #: Whether a comma must come before what follows.
    comma: bool


#: Reads the lines from a number on; None where they end the list or break it. The flag: a comma must come first.
ReadOdd = Callable[[Sequence[str], int, bool], Odd | None]


class Kept(NamedTuple):
    """Rows of an earlier text. Of its lines, ``removed`` from ``first`` on became ``added``; counted from the chunk."""

    rows: Sequence[Rows]
    rows_at: int
    first: int
    removed: int
    added: int

    def starts(self) -> list[int]:
        """The line at which each of the rows began, and the one behind them all."""
        return list(accumulate((rows.height for rows in self.rows), initial=self.rows_at))


def read_rows(
    lines: Sequence[str], first: int, comma: bool, read_odd: ReadOdd, kept: tuple[Kept, int] | None
) -> list[Rows]:
    """The rows from line ``first`` on, up to the line that closes the list or breaks it.

    ``comma``: one must come before the next element. ``kept``: rows of an earlier text and the line that theirs are
    counted from; those before and behind the edit are taken over.
    """
    done: list[Rows] = []
    old: Sequence[Rows] = ()
    #: Where the old rows begin now, as far as they lie behind the edit, and the first of them that may be taken over.
    starts: list[int] = []
    number = shift = 0
    at = first
    if kept is not None:
        earlier, origin = kept
        old, starts = earlier.rows, earlier.starts()
        if first == origin + earlier.rows_at <= origin + earlier.first and old[0].begins == comma:
            before = bisect_right(starts, earlier.first, 1) - 1
            done = list(old[:before])
            at += starts[before] - starts[0]
            comma = done[-1].ends if done else comma
        number = bisect_left(starts, earlier.first + earlier.removed)
        shift = origin + earlier.added - earlier.removed
    fresh = _Run(lines, read_odd)
    while True:
        while number < len(old) and starts[number] + shift < at:
            number += 1
        again = number < len(old) and starts[number] + shift == at and old[number].begins == comma
        if again and not 0 < fresh.height < _LINES // 2:
            done += fresh.cut()
            done += old[number:]
            at = starts[-1] + shift
            comma = done[-1].ends
            number = len(old)
        elif (height := fresh.take(at, comma)) == 0:
            return done + fresh.cut()
        else:
            at, comma = at + height, fresh.comma


class _Run:
    """New rows that have not been cut into blocks yet."""

    def __init__(self, lines: Sequence[str], read_odd: ReadOdd) -> None:
        self._lines, self._read_odd = lines, read_odd
        self.comma = False
        self.height = 0
        #: Each row's line, and whether a comma must come before it; those that the automaton read.
        self._rows: list[tuple[int, bool]] = []
        self._odd: dict[int, Odd] = {}

    def take(self, at: int, comma: bool) -> int:
        """The height of the row at a line, 0 where there is none; ``comma`` is told for what follows."""
        line = self._lines[at]
        height = 1
        if not comma and (plain := _PLAIN.fullmatch(line)):
            self.comma = plain["open"] is not None
        elif comma and _BLANK.fullmatch(line):
            self.comma = True
        else:
            odd = self._read_odd(self._lines, at, comma)
            if odd is None:
                return 0
            self._odd[at] = odd
            self.comma, height = odd.comma, odd.height
        self._rows.append((at, comma))
        self.height += height
        return height

    def cut(self) -> list[Rows]:
        """All that was taken, in blocks of about the same size; nothing is left."""
        if not self._rows:
            return []
        first = self._rows[0][0]
        whole = [*self._rows, (first + self.height, self.comma)]
        count = max(1, self.height // _LINES)
        marks = [whole[len(self._rows) * number // count] for number in range(count)]
        marks = [*dict.fromkeys(marks), whole[-1]]
        blocks = [self._block(begin, end) for begin, end in pairwise(marks)]
        self._rows, self._odd, self.height = [], {}, 0
        return blocks

    def _block(self, begin: tuple[int, bool], end: tuple[int, bool]) -> Rows:
        (first, comma), (last, after) = begin, end
        odd = {at: one for at, one in self._odd.items() if first <= at < last} if self._odd else {}
        return Rows(
            last - first,
            partial(_elements, self._lines[first:last], {at - first: one for at, one in odd.items()}),
            begins=comma,
            ends=after,
            problems=tuple(
                problem.shifted(at - first) for at, one in odd.items() for problem in one.problems
            ),
            python=max((one.python for one in odd.values()), default=0),
        )


def _elements(lines: Sequence[str], odd: dict[int, Odd]) -> list[Value]:
    """The elements of a block."""
    found: list[Value] = []
    at = 0
    while at < len(lines):
        if (one := odd.get(at)) is not None:
            found += [item.moved(at) for item in one.items]
            at += one.height
            continue
        for match in _ELEMENT.finditer(lines[at]):
            raw = match[0]
            if raw == "#":
                break
            found.append(Atom(raw if raw[0] not in "\"'" else raw[1:-1], raw, at, match.start()))
        at += 1
    return found
