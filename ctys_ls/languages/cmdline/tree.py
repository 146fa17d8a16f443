"""Documents as chunks: pieces of whole lines, parsed once and shared by every document that reads the same.

What a chunk is depends on the place: in a ``.ctys`` file one logical line, in a shell script the same with its
here-document, in Markdown and org a whole block of code. Inside a chunk the *leaves* are the logical lines.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Token
from ctys_ls.languages.cmdline.chunk import Chunk
from ctys_ls.languages.cmdline.readers import Block, reader_of
from ctys_ls.languages.cmdline.shelves import NOWHERE, Shelves, place_of
from ctys_ls.pages import spliced
from ctys_ls.text import Change, Position, Span


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of this language. ``kind`` is where the command lines stand: "ctys", "shell", "markdown", "org",
    "macros" or "groups"; empty: as the document's path tells, with ``shelves``.
    """

    kind: str = ""
    shelves: Shelves = NOWHERE


class Leaf(NamedTuple):
    """A logical line and where it begins: ``column`` counts for its first line only."""

    line: int
    column: int
    chunk: Chunk

    def span(self, where: Span) -> Span:
        """A span of the chunk in the document."""
        if not self.column:
            return where.shifted(self.line)
        return Span(self.place(where.start), self.place(where.end))

    def place(self, place: Position) -> Position:
        """A place of the chunk in the document."""
        return Position(place.line + self.line, place.column + (0 if place.line else self.column))

    def token(self, token: Token) -> Token:
        """A token of the chunk in the document."""
        line, start, end, kind, modifiers = token
        shift = 0 if line else self.column
        return Token(line + self.line, start + shift, end + shift, kind, modifiers)

    def offset(self, place: Position) -> int:
        """The offset in the chunk of a place in the document."""
        line = place.line - self.line
        return self.chunk.offset(Position(line, place.column - (0 if line else self.column)))


class Doubts:
    """What is known of a tree's soundness: by those facts all chunks are sound but, perhaps, the numbered ones."""

    __slots__ = ("known",)

    def __init__(self, known: tuple[Facts, Sequence[int]] | None = None) -> None:
        self.known = known

    def after(self, first: int, last: int, count: int) -> Doubts:
        """The same after ``count`` new chunks have taken the place of those from ``first`` to before ``last``."""
        if self.known is None:
            return Doubts()
        facts, numbers = self.known
        below, above = bisect_left(numbers, first), bisect_left(numbers, last)
        shift = first + count - last
        moved = [number + shift for number in numbers[above:]] if shift else numbers[above:]
        return Doubts((facts, [*numbers[:below], *range(first, first + count), *moved]))


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: ``starts[i]`` is the first line of ``chunks[i]``, ``reaches[i]`` how many lines from there on its
    end depends on.
    """

    chunks: Sequence[Chunk | Block]
    starts: list[int]
    reaches: list[int]
    kind: str = "ctys"
    path: str = ""
    options: Options = field(default_factory=Options)
    #: The longest reach.
    longest: int = 1
    #: Kept by ``check``: of thousands of sound chunks the next one asks none.
    doubts: Doubts = field(default_factory=Doubts)

    @property
    def name(self) -> str:
        """What this file of macros is called behind ``macro:NAME%`` ("default": by no name), or this group; else ""."""
        return place_of(self.path, self.options.shelves)[1] if self.kind in ("macros", "groups") else ""

    def at(self, line: int) -> int:
        """The number of the chunk that a line belongs to."""
        return max(0, bisect_right(self.starts, line) - 1)

    def leaves(self, where: Span | None = None) -> Iterator[Leaf]:
        """The logical lines in which commands may stand: all of them, or those of the chunks that ``where`` touches."""
        first = self.at(where.start.line) if where else 0
        last = self.at(where.end.line) + 1 if where else len(self.chunks)
        for start, chunk in zip(self.starts[first:last], self.chunks[first:last], strict=True):
            if isinstance(chunk, Chunk):
                yield Leaf(start, 0, chunk)
            else:
                for line, column, leaf in chunk.leaves:
                    yield Leaf(start + line, column, leaf)

    def leaf_at(self, place: Position) -> Leaf | None:
        """The logical line at a place."""
        number = self.at(place.line)
        start, chunk = self.starts[number], self.chunks[number]
        if isinstance(chunk, Chunk):
            return Leaf(start, 0, chunk)
        found = None
        for line, column, leaf in chunk.leaves:
            first = start + line
            if (first, column) <= place and place.line < first + len(leaf.offsets):
                end = Leaf(first, column, leaf).place(leaf.position(len(leaf.text)))
                if column == 0 or place <= end:
                    found = Leaf(first, column, leaf)
        return found


def kind_of(path: str, shelves: Shelves = NOWHERE) -> str:
    """Where command lines stand in a file, by its path."""
    name = path.replace("\\", "/").rpartition("/")[2]
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    return _SUFFIXES.get(suffix) or place_of(path, shelves)[0] or "ctys"


_SUFFIXES = {
    "sh": "shell",
    "bash": "shell",
    "ksh": "shell",
    "zsh": "shell",
    "md": "markdown",
    "markdown": "markdown",
    "org": "org",
}


def parse(lines: Sequence[str], options: Any = None, *, path: str = "") -> Tree:
    """The tree of a whole text."""
    chosen = options if isinstance(options, Options) else Options()
    kind = chosen.kind or kind_of(path, chosen.shelves)
    read = reader_of(kind)
    chunks: list[Chunk | Block] = []
    starts, reaches, place = [], [], 0
    while place < len(lines):
        chunk, count, reach = read(lines, place)
        chunks.append(chunk)
        starts.append(place)
        reaches.append(reach)
        place += count
    return Tree(chunks, starts, reaches, kind, path, chosen, max(reaches, default=1))


def reparse(tree: Tree, change: Change) -> Tree:
    """The tree after an edit: chunks that end before it or begin after it are kept."""
    lines, delta = change.lines, change.added - change.removed
    read = reader_of(tree.kind)
    last_changed = change.first + change.added
    first = _first_touched(tree, change.first)
    fresh: list[Chunk | Block] = []
    starts, reaches = [], []
    place = tree.starts[first] if first < len(tree.starts) else 0
    kept = bisect_right(tree.starts, change.first + change.removed - 1)
    while place < len(lines):
        if place >= last_changed:
            while kept < len(tree.starts) and tree.starts[kept] + delta < place:
                kept += 1
            if kept < len(tree.starts) and tree.starts[kept] + delta == place:
                break
        chunk, count, reach = read(lines, place)
        fresh.append(chunk)
        starts.append(place)
        reaches.append(reach)
        place += count
    else:
        kept = len(tree.starts)
    gone = tree.reaches[first:kept]
    chunks = spliced(tree.chunks, first, kept, fresh)
    doubts = tree.doubts.after(first, kept, len(fresh))
    if not delta and reaches == gone and starts == tree.starts[first:kept]:
        return replace(tree, chunks=chunks, doubts=doubts)
    behind = [start + delta for start in tree.starts[kept:]] if delta else tree.starts[kept:]
    reaches = [*tree.reaches[:first], *reaches, *tree.reaches[kept:]]
    longest = (
        max(reaches) if tree.longest in gone else max(tree.longest, *reaches[first : first + len(fresh)], 1)
    )
    return Tree(
        chunks,
        [*tree.starts[:first], *starts, *behind],
        reaches,
        tree.kind,
        tree.path,
        tree.options,
        longest,
        doubts,
    )


def _first_touched(tree: Tree, line: int) -> int:
    """The first chunk whose end may have been decided by ``line`` or a later one."""
    number = first = tree.at(line)
    while number >= 0 and tree.starts[number] + tree.longest >= line:
        if tree.starts[number] + tree.reaches[number] > line:
            first = number
        number -= 1
    return first
