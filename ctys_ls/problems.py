"""What a check finds: problems, their fixes and the places they refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from ctys_ls.text import Edit, Span


class Severity(IntEnum):
    """How bad a problem is; the numbers are those of the Language Server Protocol."""

    ERROR = 1
    WARNING = 2
    INFORMATION = 3
    HINT = 4


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that cures a problem. ``safe`` means that it cannot alter what the text was meant to say."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a problem; ``uri`` is None for the same document.

    ``line`` is the line of another document that ``span`` lies in, for clients that count in other units; it is left
    out where all units are the same.
    """

    uri: str | None
    span: Span
    message: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``code`` is a stable word with a row in ``schema/data/problems-*.toml`` and a page in the docs."""

    code: str
    severity: Severity
    span: Span
    message: str
    fixes: tuple[Fix, ...] = ()
    related: tuple[Related, ...] = ()
    deprecated: bool = False
    unnecessary: bool = False

    def shifted(self, lines: int) -> Problem:
        """The same problem, ``lines`` further down; related places of other documents stay."""
        if not lines:
            return self
        return replace(
            self,
            span=self.span.shifted(lines),
            fixes=tuple(
                replace(fix, edits=tuple(Edit(edit.span.shifted(lines), edit.text) for edit in fix.edits))
                for fix in self.fixes
            ),
            related=tuple(
                replace(place, span=place.span.shifted(lines)) if place.uri is None else place
                for place in self.related
            ),
        )


def either(words: Sequence[str]) -> str:
    """Words as a choice in a sentence: ``a``, ``a or b``, ``a, b or c``; there is at least one."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
