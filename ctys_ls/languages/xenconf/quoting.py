"""Escapes inside quoted strings, as libxlutil reads them (xen-conf section 2, checks xl-006 to xl-008)."""

from __future__ import annotations

import re
from typing import NamedTuple

_PLAIN = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
#: xl means an octal escape, but reads up to three characters behind the first digit as a decimal number, wants at
#: least two of them, and then drops the character.
_OCTAL = re.compile(r"[ \t\n\v\f\r]{0,2}[+-]?\d{1,3}")


class Escape(NamedTuple):
    """An escape worth a word: ``start`` and ``end`` are columns of the raw text; ``bad`` ones make xl refuse the file."""

    start: int
    end: int
    bad: bool


def unquote(raw: str) -> tuple[str, tuple[Escape, ...]]:
    """The value of a quoted string and its escapes that are refused or swallowed."""
    if "\\" not in raw:
        return raw[1:-1], ()
    value: list[str] = []
    escapes: list[Escape] = []
    at, end = 1, len(raw) - 1
    while at < end:
        width, text, escape = _step(raw, at)
        value.append(text)
        if escape:
            escapes.append(escape)
            if escape.bad:
                break
        at += width
    return "".join(value), tuple(escapes)


def column_of(raw: str, index: int) -> int:
    """Where in ``raw`` the character ``index`` of its value stands."""
    if "\\" not in raw:
        return min(index + 1, len(raw) - 1)
    at, end, seen = 1, len(raw) - 1, 0
    while at < end and seen < index:
        width, text, _ = _step(raw, at)
        seen += len(text)
        at += width
    return at


def _step(raw: str, at: int) -> tuple[int, str, Escape | None]:
    """Width and value of what stands at ``at``."""
    if raw[at] != "\\":
        return 1, raw[at], None
    char = raw[at + 1]
    if char in _PLAIN:
        return 2, _PLAIN[char], None
    if char in "01234567":
        digits = _OCTAL.match(raw[at + 2 : at + 5])
        if digits and digits.end() >= 2:
            return 2 + digits.end(), "", Escape(at, at + 2 + digits.end(), bad=False)
    return 2, "", Escape(at, min(at + 2, len(raw)), bad=True)
