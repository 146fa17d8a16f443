"""Text with a memory of where it was written.

Quotes, escapes, variables and macros change a text on its way to ctys. A :class:`Piece` is the text as ctys gets it,
and for every character of it the stretch of the document that it came from, so that any part of any value can be
marked and replaced where the user wrote it. Offsets count characters of one chunk (see the package's docstring).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """A text and its source. ``starts`` and ``ends`` are None where the source is the text itself, letter by letter."""

    text: str
    start: int
    end: int
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def cut(self, first: int, last: int | None = None) -> Piece:
        """The part from character ``first`` to ``last``, like a slice."""
        size = len(self.text)
        last = size if last is None else max(first, min(last, size))
        text = self.text[first:last]
        if self.starts is None or self.ends is None:
            return Piece(text, self.start + first, self.start + last)
        if first == last:
            at = self.starts[first] if first < size else self.end
            return Piece("", at, at)
        return Piece(
            text, self.starts[first], self.ends[last - 1], self.starts[first:last], self.ends[first:last]
        )

    def split(self, separator: str) -> list[Piece]:
        """The parts between separators; a text without one is one part."""
        parts, first = [], 0
        while (found := self.text.find(separator, first)) >= 0:
            parts.append(self.cut(first, found))
            first = found + len(separator)
        parts.append(self.cut(first))
        return parts

    def words(self) -> list[Piece]:
        """The parts between blanks."""
        return [self.cut(match.start(), match.end()) for match in _WORD.finditer(self.text)]

    def stripped(self) -> Piece:
        """Without blanks at either edge."""
        lead = len(self.text) - len(self.text.lstrip())
        return self.cut(lead, max(lead, len(self.text.rstrip())))

    def column_of(self, offset: int) -> int:
        """The number of characters of the text that were written before ``offset``."""
        if self.ends is None:
            return max(0, min(len(self.text), offset - self.start))
        return sum(end <= offset for end in self.ends)

    def replaced(self, pattern: re.Pattern[str], text: str) -> Piece:
        """Every match of ``pattern`` replaced by ``text``, which stands for the place of the whole match."""
        if not pattern.search(self.text):
            return self
        parts, first = [], 0
        for match in pattern.finditer(self.text):
            whole = self.cut(match.start(), match.end())
            parts += [self.cut(first, match.start()), standing_for(text, whole)]
            first = match.end()
        parts.append(self.cut(first))
        return joined(parts)


_WORD = re.compile(r"\S+")


def plain(text: str, start: int = 0) -> Piece:
    """A text that is its own source."""
    return Piece(text, start, start + len(text))


def standing_for(text: str, source: Piece) -> Piece:
    """A text that took the place of ``source``: every character of it means the whole of the source."""
    size = len(text)
    return Piece(text, source.start, source.end, (source.start,) * size, (source.end,) * size)


def joined(parts: Iterable[Piece], separator: str = "") -> Piece:
    """The parts as one text; a separator stands for the gap between two parts."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last: Piece | None = None
    first: Piece | None = None
    for part in parts:
        if last is not None and separator:
            texts.append(separator)
            starts += [last.end] * len(separator)
            ends += [part.start] * len(separator)
        texts.append(part.text)
        starts += part.starts if part.starts is not None else range(part.start, part.end)
        ends += part.ends if part.ends is not None else range(part.start + 1, part.end + 1)
        first = part if first is None else first
        last = part
    if first is None or last is None:
        return Piece("", 0, 0)
    return Piece("".join(texts), first.start, last.end, starts, ends)
