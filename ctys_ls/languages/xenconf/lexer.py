"""The tokens of xl's grammar (libxlutil's scanner; xen-conf section 2).

A scanner's line ends at a line feed only; a carriage return inside it is one more character that xl does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

NAME, NUMBER, STRING, NEWLINE, BAD = "name", "number", "string", "newline", "bad"
ADD = "+="

#: In order of the scanner's rules. What starts no token is refused up to the next blank.
_TOKEN = re.compile(
    r"""[ \t]++
    | (?P<newline> \#[^\n]*+\n | \n )
    | (?P<name> [a-z][_0-9a-z.]*+ )
    | (?P<number> [0-9][0-9a-fx]*+ )
    | (?P<string> '(?:[^'\\\n]++|\\[^\n])*' | "(?:[^"\\\n]++|\\[^\n])*" )
    | (?P<sign> \+= | [=\[\],;] )
    | (?P<bad> [^ \t\n] [^ \t\n]*+ )""",
    re.VERBOSE,
)


class Piece(NamedTuple):
    """A token: ``kind`` is one of the words above or the sign itself; columns are those of the scanner's line."""

    kind: str
    text: str
    start: int
    end: int


def pieces(line: str) -> Iterator[Piece]:
    """The tokens of one scanner's line, blanks left out; one at a time, as a line may hold a hundred thousand."""
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup
        if kind is None:
            continue
        text = match[0]
        yield Piece(text if kind == "sign" else kind, text, match.start(), match.end())
