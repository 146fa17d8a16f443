"""Documents as chunks: one logical line each, parsed once and shared by every line that reads the same."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.nodes import Command
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.words import (
    Lexeme,
    is_prefix,
    is_redirection,
    is_separator,
    lex,
    program_of,
)
from ctys_ls.problems import Problem
from ctys_ls.text import Change, Position, Span, split_lines

#: How many lines a quote may run over before it is taken as never closed.
LONGEST_QUOTE = 64

_SPECIAL = re.compile(r"['\"\\`]|\$\(")
_BLANK_LINE = re.compile(r"\s*$")
_STARTS_COMMAND = re.compile(r"[ \t]*(?:ctys|ctys-vhost)[ \t]")


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of this language."""


class Simple:
    """A simple command of the shell: its words, and what it is for us (``command``, None for other programs)."""

    __slots__ = ("command", "name", "prefix", "words")

    def __init__(self, words: list[Lexeme], prefix: int, command: Command | None) -> None:
        self.words, self.prefix, self.command = words, prefix, command
        self.name = words[prefix] if prefix < len(words) else None


class Chunk:
    """The parse of one logical line. Never changed after it is made, but for answers that are kept with it."""

    __slots__ = (
        "alone",
        "commands",
        "implicit",
        "lexemes",
        "lines",
        "offsets",
        "open",
        "problems",
        "simple",
        "text",
    )

    def __init__(self, text: str, *, implicit: bool = False) -> None:
        self.text = text
        #: At a prompt the program's name may be left out.
        self.implicit = implicit
        self.lexemes = lex(text)
        self.simple = list(_simple_commands(self.lexemes, text, implicit=implicit))
        self.commands: tuple[Command, ...] = tuple(s.command for s in self.simple if s.command)
        self.open = _open(self.lexemes)
        lines = split_lines(text)
        self.offsets = (0, *accumulate(len(line) for line in lines[:-1]))
        #: An empty line behind the last terminator is not counted: it is the next chunk's first one.
        self.lines = len(lines) if lines[-1] or len(lines) == 1 else len(lines) - 1
        #: What the checks found, with the facts that they were made from; kept by ``check``.
        self.problems: tuple[Facts, list[Problem]] | None = None
        #: Whether the line is nothing but targets; found out by ``cutoff``.
        self.alone: bool | None = None

    def position(self, offset: int) -> Position:
        """The place of an offset, in lines from the chunk's first one."""
        if len(self.offsets) == 1:
            return Position(0, offset)
        line = bisect_right(self.offsets, offset) - 1
        return Position(line, offset - self.offsets[line])

    def offset(self, place: Position) -> int:
        """The offset of a place; one outside the chunk is moved to the nearest inside."""
        line = max(0, min(place.line, len(self.offsets) - 1))
        last = self.offsets[line + 1] if line + 1 < len(self.offsets) else len(self.text)
        return min(self.offsets[line] + max(0, place.column), last)

    def span(self, piece: Piece) -> Span:
        """Where a piece was written."""
        return Span(self.position(piece.start), self.position(piece.end))


@lru_cache(maxsize=4096)
def chunk_of(text: str) -> Chunk:
    """The parse of a logical line; equal lines share one."""
    return Chunk(text)


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: ``starts[i]`` is the first line of ``chunks[i]``, ``reaches[i]`` how many lines from there on its
    end depends on.
    """

    chunks: list[Chunk]
    starts: list[int]
    reaches: list[int]
    path: str = ""
    options: Options = field(default_factory=Options)

    def at(self, line: int) -> int:
        """The number of the chunk that a line belongs to."""
        return max(0, bisect_right(self.starts, line) - 1)


def parse(lines: Sequence[str], options: Any = None, *, path: str = "") -> Tree:
    """The tree of a whole text."""
    chunks, starts, reaches, place = [], [], [], 0
    while place < len(lines):
        chunk, count, reach = _read_chunk(lines, place)
        chunks.append(chunk)
        starts.append(place)
        reaches.append(reach)
        place += count
    return Tree(chunks, starts, reaches, path, options or Options())


def reparse(tree: Tree, change: Change) -> Tree:
    """The tree after an edit: chunks that end before it or begin after it are kept."""
    lines, delta = change.lines, change.added - change.removed
    last_changed = change.first + change.added
    first = _first_touched(tree, change.first)
    chunks, starts, reaches = tree.chunks[:first], tree.starts[:first], tree.reaches[:first]
    place = tree.starts[first] if first < len(tree.starts) else 0
    kept = bisect_right(tree.starts, change.first + change.removed - 1)
    while place < len(lines):
        if place >= last_changed:
            while kept < len(tree.starts) and tree.starts[kept] + delta < place:
                kept += 1
            if kept < len(tree.starts) and tree.starts[kept] + delta == place:
                break
        chunk, count, reach = _read_chunk(lines, place)
        chunks.append(chunk)
        starts.append(place)
        reaches.append(reach)
        place += count
    else:
        kept = len(tree.starts)
    chunks += tree.chunks[kept:]
    reaches += tree.reaches[kept:]
    starts += tree.starts[kept:] if not delta else [start + delta for start in tree.starts[kept:]]
    return Tree(chunks, starts, reaches, tree.path, tree.options)


def _first_touched(tree: Tree, line: int) -> int:
    """The first chunk whose end may have been decided by ``line`` or a later one."""
    number = first = tree.at(line)
    while number >= 0 and (number >= first - 1 or tree.starts[number] + LONGEST_QUOTE + 1 >= line):
        if tree.starts[number] + tree.reaches[number] > line:
            first = number
        number -= 1
    return first


def _read_chunk(lines: Sequence[str], place: int) -> tuple[Chunk, int, int]:
    """The chunk that begins at a line, how many lines it has, and how many decided where it ends."""
    if not _SPECIAL.search(lines[place]):
        return chunk_of(lines[place]), 1, 1
    count = 1
    while True:
        chunk = chunk_of("".join(lines[place : place + count]))
        ended = _lines_of_first_command(chunk)
        if ended < count:
            return chunk_of("".join(lines[place : place + ended])), ended, count
        if not chunk.open:
            return chunk, count, count
        if chunk.open == "\\":
            grown = _continued(lines, place + count)
            if grown == place + count:
                return chunk, count, count + 1
            count = grown - place
            continue
        stop, closes = _closing_line(lines, place + count, chunk.open, place + LONGEST_QUOTE)
        if not closes:
            return chunk, count, max(count, stop - place) + 1
        count = stop + 1 - place


def _continued(lines: Sequence[str], place: int) -> int:
    """The end of a run of continued lines: the number of the line behind the first that is not continued."""
    while place < len(lines):
        place += 1
        if not lines[place - 1].rstrip("\r\n").endswith("\\"):
            break
    return place


def _closing_line(lines: Sequence[str], place: int, quote: str, limit: int) -> tuple[int, bool]:
    """Where an open quote is closed; or where it is given up, because a quote runs neither over an empty line nor
    into the next command (only the line that forgot it shall suffer).
    """
    while place < min(len(lines), limit):
        line = lines[place]
        if _BLANK_LINE.match(line) or _STARTS_COMMAND.match(line):
            return place, False
        if quote in line:
            return place, True
        place += 1
    return place, False


def _lines_of_first_command(chunk: Chunk) -> int:
    """How many lines the first logical line of a chunk has; the whole chunk should be one."""
    for lexeme in chunk.lexemes:
        if lexeme.kind == "newline":
            return chunk.position(lexeme.start).line + 1
    return len(chunk.offsets)


def _open(lexemes: Sequence[Lexeme]) -> str:
    """What keeps the text from being complete: a quote, ``\\`` for a continuation, or nothing."""
    if not lexemes:
        return ""
    last = lexemes[-1]
    return "\\" if last.kind == "continuation" else last.open


def _simple_commands(lexemes: Sequence[Lexeme], text: str, *, implicit: bool) -> list[Simple]:
    """The commands of a line, between separators."""
    found: list[Simple] = []
    words: list[Lexeme] = []
    redirected = False
    end = 0
    for lexeme in lexemes:
        if lexeme.kind == "word":
            if not redirected:
                words.append(lexeme)
            redirected = False
            end = lexeme.end
            continue
        if lexeme.kind != "operator":
            continue
        operator = text[lexeme.start : lexeme.end]
        if is_redirection(operator):
            redirected = True
            # The number in front of a redirection is a file descriptor, not a word.
            if words and words[-1].end == lexeme.start and text[words[-1].start : words[-1].end].isdigit():
                words.pop()
        elif is_separator(operator):
            if words:
                found.append(_simple(words, end, implicit=implicit))
            words, redirected = [], False
    if words:
        found.append(_simple(words, end, implicit=implicit))
    return found


def _simple(words: list[Lexeme], end: int, *, implicit: bool) -> Simple:
    prefix = 0
    pieces = [word.piece for word in words if word.piece is not None]
    while prefix < len(pieces) and is_prefix(pieces[prefix].text):
        prefix += 1
    if prefix == len(pieces):
        return Simple(words, prefix, None)
    program = program_of(pieces[prefix].text)
    if program is None and implicit and not prefix:
        name = Piece("", pieces[0].start, pieces[0].start)
        return Simple(words, 0, syntax.command("ctys", name, pieces, end))
    if program is None:
        return Simple(words, prefix, None)
    return Simple(words, prefix, syntax.command(program, pieces[prefix], pieces[prefix + 1 :], end))
