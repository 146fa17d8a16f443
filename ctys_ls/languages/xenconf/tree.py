"""The tree of a file: its chunks, and what is known of them as a whole."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from ctys_ls.languages.xenconf.options import DEFAULT, Dialect, Options
from ctys_ls.languages.xenconf.parser import Chunk, parse_all, parse_chunk, settings_of
from ctys_ls.languages.xenconf.rows import Kept
from ctys_ls.languages.xenconf.values import Setting
from ctys_ls.pages import spliced
from ctys_ls.text import Change

#: A line or a chunk: numbers in arrays, as one of a list is seven times as large.
_NUMBER = "I"

#: So many lines of a file are searched for tags, so many at once.
HEAD, _PAGE = 2000, 50


@dataclass(slots=True, frozen=True, eq=False)
class Located:
    """A setting and the line its chunk begins at."""

    setting: Setting
    line: int


@dataclass(frozen=True, eq=False)
class Tree:
    """One version of a file. ``starts[i]`` is the first line of ``chunks[i]``."""

    lines: Sequence[str]
    chunks: Sequence[Chunk]
    starts: Sequence[int]
    options: Options
    path: str
    #: Key to the chunks that set it, in order, a number where it is one; and the chunks that have syntax problems.
    by_name: dict[str, int | array[int]]
    flawed: Sequence[int]
    #: The keys that are added to with ``+=`` somewhere.
    appending: frozenset[str] = frozenset()

    @cached_property
    def dialect(self) -> Dialect:
        """The dialect of the text: as set, or xm where xl refuses it and it looks like Python."""
        if self.options.dialect is not Dialect.AUTO:
            return self.options.dialect
        score = sum(self.chunks[index].python for index in self.flawed[:1000])
        return Dialect.XM if score + _mode_line(self.lines) >= 2 and score else Dialect.XL

    @cached_property
    def tagged(self) -> list[tuple[int, str]]:
        """The lines with tags of ctys and their numbers. Only the head of a very long file is looked at."""
        found: list[tuple[int, str]] = []
        for first in range(0, min(HEAD, len(self.lines)), _PAGE):
            page = self.lines[first : min(HEAD, first + _PAGE)]
            # Asked of every version: most pages are passed over as a whole.
            if "#@#" in "".join(page):
                found += ((number, line) for number, line in enumerate(page, first) if "#@#" in line)
        return found

    def at(self, line: int) -> int:
        """The index of the chunk that ``line`` belongs to."""
        return max(0, bisect_right(self.starts, line) - 1)

    def settings(self, index: int) -> tuple[Setting, ...]:
        """The settings of a chunk."""
        return settings_of(self.chunks[index], self.lines, self.starts[index])

    def names_on(self, line: int) -> tuple[str, ...]:
        """The keys set by the chunk that ``line`` belongs to."""
        return self.chunks[self.at(line)].names

    def appended(self, name: str) -> bool:
        """Whether a key is ever added to with ``+=``."""
        return name in self.appending

    def indices(self, name: str) -> Sequence[int]:
        """The chunks that set a key, in order; one that sets it twice is there twice."""
        found = self.by_name.get(name, ())
        return (found,) if isinstance(found, int) else found

    def last(self, name: str) -> list[Located]:
        """The last setting of a key alone."""
        index = self.indices(name)[-1]
        return [
            Located(setting, self.starts[index]) for setting in self.settings(index) if setting.name == name
        ][-1:]

    def found(self, name: str) -> list[Located]:
        """Every setting of a key, in order."""
        located = []
        for index in dict.fromkeys(self.indices(name)):
            start = self.starts[index]
            located += [Located(setting, start) for setting in self.settings(index) if setting.name == name]
        return located


def _mode_line(lines: Sequence[str]) -> int:
    return 1 if any("mode: python" in line for line in lines[:2]) else 0


def parse(lines: Sequence[str], options: Options | None = None, *, path: str = "") -> Tree:
    """The tree of a whole text."""
    return _tree(lines, parse_all(lines), options or DEFAULT, path)


def _tree(lines: Sequence[str], chunks: Sequence[Chunk], options: Options, path: str) -> Tree:
    starts = array(_NUMBER, accumulate((chunk.height for chunk in chunks), initial=0))
    starts.pop()
    by_name: dict[str, int | array[int]] = {}
    flawed = array(_NUMBER)
    for index, chunk in enumerate(chunks):
        for name in chunk.names:
            known = by_name.get(name)
            if known is None:
                by_name[name] = index
            elif isinstance(known, int):
                by_name[name] = array(_NUMBER, (known, index))
            else:
                known.append(index)
        if chunk.flawed:
            flawed.append(index)
    # A plain line, whose settings nobody has asked for yet, never adds.
    appending = {one.name for chunk in chunks if chunk.settings for one in chunk.settings if one.appends}
    return Tree(lines, chunks, starts, options, path, by_name, flawed, frozenset(appending))


def reparse(tree: Tree, change: Change) -> Tree:
    """The tree after an edit; chunks that it does not touch are taken over as they are.

    A chunk depends on its own lines only, so parsing begins where the first touched chunk began and ends as soon as a
    new chunk ends where an old, untouched one began.
    """
    chunks, starts = tree.chunks, tree.starts
    shift = change.added - change.removed
    total = len(tree.lines) + shift
    head = tree.at(change.first)
    tail = bisect_left(starts, change.first + change.removed)
    target = starts[tail] + shift if tail < len(starts) else total
    at = starts[head]
    fresh: list[Chunk] = []
    first = chunks[head]
    kept = (
        Kept(first.rows, first.rows_at, change.first - at, change.removed, change.added)
        if first.rows
        else None
    )
    while at != target:
        if at < target:
            chunk = parse_chunk(change.lines, at, kept)
            kept = None
            fresh.append(chunk)
            at += chunk.height
        else:
            tail += 1
            target = starts[tail] + shift if tail < len(starts) else total
    old = chunks[head:tail]
    merged = spliced(chunks, head, tail, fresh)
    if _same_shape(old, fresh):
        return Tree(
            change.lines, merged, starts, tree.options, tree.path, tree.by_name, tree.flawed, tree.appending
        )
    return _tree(change.lines, merged, tree.options, tree.path)


def _same_shape(old: Sequence[Chunk], new: Sequence[Chunk]) -> bool:
    """Whether every index of the old tree still holds."""
    return len(old) == len(new) and all(
        before.height == after.height
        and before.names == after.names
        and before.flawed == after.flawed
        and not _adds(before)
        and not _adds(after)
        for before, after in zip(old, new, strict=True)
    )


def _adds(chunk: Chunk) -> bool:
    return any(setting.appends for setting in chunk.settings or ())
