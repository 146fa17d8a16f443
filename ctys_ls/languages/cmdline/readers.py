"""How each kind of text is cut into chunks.

A reader takes the lines of a document and the number of one of them; it answers the chunk that begins there, how many
lines it has, and how many lines decided where it ends. Readers know nothing of the lines before, so that an edit
needs to look at its own surroundings only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline.chunk import Chunk, chunk_of

#: How many lines a quote may run over in a file of command lines before it is taken as never closed.
LONGEST_QUOTE = 64
#: How many lines a quote, a here-document or a block of code may run over elsewhere.
LONGEST_BLOCK = 5000

_SPECIAL = re.compile(r"['\"\\`]|\$\(")
_BLANK_LINE = re.compile(r"\s*$")
_STARTS_COMMAND = re.compile(r"[ \t]*(?:ctys|ctys-vhost)[ \t]")


class Block:
    """Lines of another language, and the logical lines in them that may hold commands: line, column, chunk.

    ``checked`` is False for code in running prose, where half a command is no mistake.
    """

    __slots__ = ("checked", "leaves", "lines", "sound", "text")

    def __init__(
        self, text: str, lines: int, leaves: tuple[tuple[int, int, Chunk], ...] = (), *, checked: bool = True
    ) -> None:
        self.text, self.lines, self.leaves, self.checked = text, lines, leaves, checked
        #: As a chunk's.
        self.sound: Facts | None = None


Reader = Callable[[Sequence[str], int], tuple[Chunk | Block, int, int]]


@lru_cache(maxsize=4096)
def dull(line: str) -> Block:
    """A line that holds nothing for us."""
    return Block(line, 1)


def reader_of(kind: str) -> Reader:
    """The reader of a kind of text."""
    # Read on first use: most sessions see one kind of text.
    if kind in ("shell", "markdown", "org"):
        from ctys_ls.languages.cmdline.places import READERS as OF_PLACES

        return OF_PLACES[kind]
    if kind in ("macros", "groups"):
        from ctys_ls.languages.cmdline.definitions import READERS as OF_DEFINITIONS

        return OF_DEFINITIONS[kind]
    return read_lines


def read_lines(lines: Sequence[str], place: int) -> tuple[Chunk, int, int]:
    """A logical line of a file of command lines."""
    return grown(lines, place, LONGEST_QUOTE, strict=True)


def grown(lines: Sequence[str], place: int, longest: int, *, strict: bool) -> tuple[Chunk, int, int]:
    """A logical line: the line at ``place``, and those that quotes and continuations add to it.

    ``strict``: a quote runs neither over an empty line nor into the next command of ours, so that only the line that
    forgot to close it suffers.
    """
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
            end = _continued(lines, place + count)
            if end == place + count:
                return chunk, count, count + 1
            count = end - place
            continue
        stop, closes = _closing_line(lines, place + count, chunk.open, place + longest, strict=strict)
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


def _closing_line(
    lines: Sequence[str], place: int, quote: str, limit: int, *, strict: bool
) -> tuple[int, bool]:
    """Where an open quote is closed, or where it is given up."""
    while place < min(len(lines), limit):
        line = lines[place]
        if strict and (_BLANK_LINE.match(line) or _STARTS_COMMAND.match(line)):
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
