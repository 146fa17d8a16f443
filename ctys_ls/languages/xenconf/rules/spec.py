"""Findings inside a string of parameters: columns of its value, turned into problems where the string stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ctys_ls.languages.xenconf.rules.reader import Item, Reader
from ctys_ls.problems import Fix, Severity
from ctys_ls.text import Edit, Position, Span


class Mend(NamedTuple):
    """Replace ``value[start:end]`` by ``text``."""

    title: str
    start: int
    end: int
    text: str
    safe: bool = True


class Finding(NamedTuple):
    """Something about ``value[start:end]``."""

    code: str
    severity: Severity
    start: int
    end: int
    message: str
    mends: tuple[Mend, ...] = ()


def refuse(code: str, start: int, end: int, message: str, *mends: Mend) -> Finding:
    """A finding for which xl refuses the file."""
    return Finding(code, Severity.ERROR, start, end, message, mends)


def doubt(code: str, start: int, end: int, message: str, *mends: Mend) -> Finding:
    """A finding that xl only mentions, or keeps silent about."""
    return Finding(code, Severity.WARNING, start, end, message, mends)


def report(reader: Reader, item: Item, findings: Iterable[Finding]) -> None:
    """Add the findings of one string."""
    for finding in findings:
        fixes = tuple(
            Fix(mend.title, (Edit(item.part(mend.start, mend.end), mend.text),), mend.safe)
            for mend in finding.mends
        )
        where = item.part(finding.start, finding.end) if finding.end > finding.start else item.span
        reader.report(finding.code, finding.severity, where, finding.message, *fixes)


def strings(reader: Reader, name: str) -> list[Item]:
    """The strings of a list; xl's loop ends at the first element that is a list, and what follows is lost."""
    items = reader.items(name) or ()
    for index, item in enumerate(items):
        if item.is_list:
            lost = len(items) - index
            reader.warn(
                "nested-list",
                item.span,
                f"A list inside {name}: xl stops reading here without a word and loses "
                f"{'this element' if lost == 1 else f'these {lost} elements'}.",
                *_unwrapped(item),
            )
            return list(items[:index])
    return list(items)


def _unwrapped(item: Item) -> tuple[Fix, ...]:
    """Take the brackets away from around a list."""
    (first, column), (last, end) = item.span
    edits = (
        Edit(Span(Position(first, column), Position(first, column + 1)), ""),
        Edit(Span(Position(last, end - 1), Position(last, end)), ""),
    )
    return (Fix("Remove the inner brackets", edits, safe=False),) if item.inner() else ()


class Part(NamedTuple):
    """One comma-separated part: ``start`` and ``end`` are its columns."""

    text: str
    start: int
    end: int


def split(text: str, *, empty: bool = False) -> list[Part]:
    """The parts between commas; as C's strtok, empty ones are left out unless ``empty``."""
    parts, at = [], 0
    for piece in text.split(","):
        if piece or empty:
            parts.append(Part(piece, at, at + len(piece)))
        at += len(piece) + 1
    return parts
