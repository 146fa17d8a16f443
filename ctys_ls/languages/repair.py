"""Applies the fixes of a text's problems until there is nothing left to apply. The same for the server and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ctys_ls.facts import Facts
from ctys_ls.languages import Language
from ctys_ls.problems import Fix, Problem, Severity
from ctys_ls.text import Edit, apply_edits, split_lines

#: Fixes can make room for others; more rounds than this would mean that two of them quarrel.
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Repaired:
    """The new text and the titles of the fixes that made it, in order."""

    text: str
    applied: tuple[str, ...]


def repaired(
    language: Language,
    text: str,
    facts: Facts,
    options: Any = None,
    *,
    path: str = "",
    unsafe: bool = False,
) -> Repaired:
    """``text`` with all safe fixes applied, with ``unsafe`` also those that may change what it was meant to say.

    A round of fixes that leaves more errors than before is not taken.
    """
    applied: list[str] = []
    problems = language.check(language.parse(split_lines(text), options, path=path), facts)
    for _ in range(_ROUNDS):
        chosen = _chosen(problems, unsafe=unsafe)
        if not chosen:
            break
        fresh = apply_edits(text, (edit for fix in chosen for edit in fix.edits))
        after = language.check(language.parse(split_lines(fresh), options, path=path), facts)
        if fresh == text or _worse(problems, after):
            break
        applied += [fix.title for fix in chosen]
        text, problems = fresh, after
    return Repaired(text, tuple(applied))


def _worse(before: list[Problem], after: list[Problem]) -> bool:
    """Whether more cannot be read than before, or, where all can be read, more is refused.

    What is refused in a text that could not be read comes to light only when it can.
    """
    unread, still = (sum(".syntax" in problem.code for problem in problems) for problems in (before, after))
    if unread or still:
        return still > unread
    old, new = (
        sum(problem.severity is Severity.ERROR for problem in problems) for problems in (before, after)
    )
    return new > old


def _chosen(problems: list[Problem], *, unsafe: bool) -> list[Fix]:
    """The first allowed fix of each problem, as long as it touches no text that another one touches."""
    chosen: list[Fix] = []
    taken: list[Edit] = []
    for problem in problems:
        for fix in problem.fixes:
            if fix.edits and (fix.safe or unsafe):
                if not any(_touch(edit, other) for edit in fix.edits for other in taken):
                    chosen.append(fix)
                    taken += fix.edits
                break
    return chosen


def _touch(edit: Edit, other: Edit) -> bool:
    (start, end), (first, last) = edit.span, other.span
    return start <= last and first <= end
