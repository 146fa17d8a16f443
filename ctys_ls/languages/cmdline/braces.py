"""Brace expansion as bash does it: ``lab{00,01}`` is two words, ``lab{00..03}`` four. It comes before variables."""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from typing import NamedTuple

from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.words import Expansion, Lexeme

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$|([A-Za-z])\.\.([A-Za-z])(?:\.\.(-?\d+))?$")
_NAME_CHAR = re.compile(r"\w", re.ASCII)
#: More words than this are not made of one; bash would make them, but nobody means them.
MOST = 1000
#: In the place of a character that is no brace, comma or dot for this purpose: quoted, or in a variable.
_MASKED = "\x01"


class _Cell(NamedTuple):
    """A character, how braces see it, where it was written, and the expansion that it belongs to (-1: none)."""

    char: str
    seen: str
    start: int
    end: int
    expansion: int
    quoted: bool = False


_Cells = list[_Cell]


def brace_words(lexeme: Lexeme) -> list[Lexeme]:
    """The words that a word's braces make of it; itself where there is nothing to expand."""
    piece = lexeme.piece
    if piece is None or "{" not in piece.text:
        return [lexeme]
    cells = _cells(lexeme, piece)
    found = _expanded(cells)
    if len(found) == 1 and found[0] is cells:
        return [lexeme]
    words = [_word(lexeme, each) for each in found[:MOST]]
    return [word for word in words if word.quoted or (word.piece is not None and word.piece.text)]


def _cells(lexeme: Lexeme, piece: Piece) -> _Cells:
    size = len(piece.text)
    owner = [-1] * size
    for number, expansion in enumerate(lexeme.expansions):
        owner[expansion.start : expansion.end] = [number] * (expansion.end - expansion.start)
    seen = [char if owner[index] < 0 else _MASKED for index, char in enumerate(piece.text)]
    quoted = [False] * size
    for first, last in lexeme.literal:
        seen[first:last] = _MASKED * (last - first)
        quoted[first:last] = [True] * (last - first)
    starts = piece.starts if piece.starts is not None else range(piece.start, piece.end)
    ends = piece.ends if piece.ends is not None else range(piece.start + 1, piece.end + 1)
    cells = [_Cell(*cell) for cell in zip(piece.text, seen, starts, ends, owner, quoted, strict=True)]
    for first, last in reversed(lexeme.literal):
        if first == last:
            # Empty quotes leave a cell without a character: they keep a word alive and end a variable's name.
            where = cells[first].start if first < len(cells) else piece.end
            cells.insert(first, _Cell("", _MASKED, where, where, -1, quoted=True))
    return cells


def _word(lexeme: Lexeme, cells: _Cells) -> Lexeme:
    written = [cell for cell in cells if cell.char]
    starts, ends = [cell.start for cell in written], [cell.end for cell in written]
    where = (starts[0], ends[-1]) if written else (lexeme.start, lexeme.start)
    expansions: list[Expansion] = []
    index = place = 0
    for number, run in groupby(cells, key=lambda cell: cell.expansion):
        run_cells = list(run)
        if number >= 0:
            expansions.append(
                _variable(lexeme.expansions[number], cells, index, index + len(run_cells), place - index)
            )
        index += len(run_cells)
        place += sum(bool(cell.char) for cell in run_cells)
    piece = Piece("".join(cell.char for cell in written), *where, starts, ends)
    quoted = any(cell.quoted for cell in cells)
    return lexeme._replace(piece=piece, expansions=tuple(expansions), literal=(), quoted=quoted)


def _variable(old: Expansion, cells: _Cells, start: int, end: int, shift: int) -> Expansion:
    """A variable at its new place. Braces work on the text alone, so ``$A{b,c}`` asks for ``$Ab`` and ``$Ac``."""
    name = old.name
    if name is not None and not old.quoted and name[0].isidentifier() and cells[start + 1].char != "{":
        while end < len(cells) and _NAME_CHAR.match(cells[end].seen):
            name += cells[end].seen
            end += 1
    return Expansion(start + shift, end + shift, name, old.quoted)


def _expanded(cells: _Cells) -> list[_Cells]:
    """All that the braces of a text make of it; the text itself where they make nothing."""
    seen = "".join(cell.seen for cell in cells)
    start = 0
    while (opened := seen.find("{", start)) >= 0:
        start = opened + 1
        close, commas = _matching(seen, opened)
        if close < 0:
            continue
        parts = _parts(cells, [opened, *commas, close]) if commas else _range(cells, seen, opened, close)
        if parts:
            rests = _expanded(cells[close + 1 :])
            return [[*cells[:opened], *part, *rest] for part in parts for rest in rests][:MOST]
    return [cells]


def _matching(seen: str, opened: int) -> tuple[int, list[int]]:
    """The brace that closes, and the commas between that belong to this pair; -1 where nothing closes."""
    depth = 0
    commas: list[int] = []
    for index in range(opened, len(seen)):
        char = seen[index]
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return index, commas
        elif char == "," and depth == 1:
            commas.append(index)
    return -1, []


def _parts(cells: _Cells, edges: list[int]) -> list[_Cells]:
    return [word for first, last in pairwise(edges) for word in _expanded(cells[first + 1 : last])]


def _range(cells: _Cells, seen: str, opened: int, close: int) -> list[_Cells]:
    match = _RANGE.match(seen[opened + 1 : close])
    if match is None:
        return []
    first, last, step, letter_first, letter_last, letter_step = match.groups()
    letters = letter_first is not None
    begin, end = (ord(letter_first), ord(letter_last)) if letters else (int(first), int(last))
    size = abs(int((letter_step if letters else step) or 1)) or 1
    numbers = range(begin, end + 1, size) if begin <= end else range(begin, end - 1, -size)
    width = 0 if letters else _width(first, last)
    where = (cells[opened].start, cells[close].end)
    texts = (
        chr(number) if letters else f"{number:0{width}d}" if width else str(number)
        for number in numbers[:MOST]
    )
    return [[_Cell(char, char, *where, -1) for char in text] for text in texts]


def _width(first: str, last: str) -> int:
    """Numbers with a leading zero make all numbers as wide as the widest of the two."""
    padded = any(len(text.lstrip("-")) > 1 and text.lstrip("-").startswith("0") for text in (first, last))
    return max(len(first), len(last)) if padded else 0
