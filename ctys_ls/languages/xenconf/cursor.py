"""Where a place in a file is, in terms of the grammar: at a key, in a value, inside a string, in a comment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.text import Position, Span, span

_MARK = re.compile(r"[\"'#;\[\]\n]")
_KEY = re.compile(r"\s*([a-z][_0-9a-z.]*)[ \t]*\+?=")
_WORD = re.compile(r"[\w.]*")
_TAG = re.compile(r"[\w#@-]*")
#: Longer chunks than this are looked at from their last lines only.
_LOOK_BACK = 2000


class Spot(Enum):
    """The kinds of places."""

    KEY = auto()
    VALUE = auto()
    STRING = auto()
    COMMENT = auto()
    NOWHERE = auto()


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place: ``word`` is what stands left of it and ``replace`` the whole word around it.

    In a string ``before`` is the string's text up to the place; ``depth`` counts the open brackets.
    """

    spot: Spot
    key: str
    word: str
    replace: Span
    before: str = ""
    after: str = ""
    depth: int = 0
    quote: str = ""


def cursor(tree: Tree, place: Position) -> Cursor:
    """What ``place`` is."""
    first = tree.starts[tree.at(place.line)]
    first = max(first, place.line - _LOOK_BACK)
    line = tree.lines[place.line]
    text = "".join(tree.lines[first : place.line]) + line[: place.column]
    rest = line[place.column :].rstrip("\r\n")
    begin, depth, opened, comment = 0, 0, -1, -1
    for mark in _MARK.finditer(text):
        at, sign = mark.start(), mark[0]
        if comment >= 0:
            if sign == "\n":
                comment = -1
                begin = begin if depth else at + 1
        elif opened >= 0:
            if sign == "\n" or (sign == text[opened] and not _escaped(text, at)):
                opened = -1
        elif sign == "#":
            comment = at
        elif sign in "\"'":
            opened = at
        elif sign == "[":
            depth += 1
        elif sign == "]":
            depth = max(0, depth - 1)
        elif sign == ";" or not depth:
            begin = at + 1
    statement = text[begin:]
    found = _KEY.match(statement)
    key = found[1] if found else ""
    if comment >= 0:
        where = _word(line, place, _TAG)
        return Cursor(Spot.COMMENT, key, text[comment:], where)
    if opened >= 0 and not found:
        return Cursor(Spot.NOWHERE, "", "", span(place.line, place.column, place.column))
    if opened >= 0:
        quote = text[opened]
        end = re.search(rf"(?<!\\){quote}", rest)
        after = rest[: end.start()] if end else rest
        before = text[opened + 1 :]
        where = span(place.line, place.column - len(before), place.column + len(after))
        return Cursor(Spot.STRING, key, before, where, before, after if end else "", depth, quote)
    where = _word(line, place, _WORD)
    word = line[where.start.column : place.column]
    if found:
        return Cursor(Spot.VALUE, key, word, where, statement[found.end() :], rest, depth)
    if statement.strip() == word:
        return Cursor(Spot.KEY, "", word, where, "", rest)
    return Cursor(Spot.NOWHERE, "", word, where)


def _escaped(text: str, at: int) -> bool:
    slashes = 0
    while at > slashes and text[at - 1 - slashes] == "\\":
        slashes += 1
    return slashes % 2 == 1


def _word(line: str, place: Position, word: re.Pattern[str]) -> Span:
    left = word.match(line[: place.column][::-1])
    right = word.match(line, place.column)
    start = place.column - (left.end() if left else 0)
    return span(place.line, start, right.end() if right else place.column)
