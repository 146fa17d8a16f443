"""What the checks hand over: a code, a place in the chunk, words and repairs; ``check`` makes problems of them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline.expand import MacroTrouble
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.problems import Severity, either
from ctys_ls.schema import cmdline as schema


class Repair(NamedTuple):
    """A cure: the texts that replace pieces. ``safe`` as in :class:`ctys_ls.problems.Fix`."""

    title: str
    edits: tuple[tuple[Piece, str], ...]
    safe: bool = True


class Finding(NamedTuple):
    """A problem in the terms of a chunk."""

    code: str
    where: Piece
    message: str
    repairs: tuple[Repair, ...] = ()
    unnecessary: bool = False
    deprecated: bool = False
    #: What else belongs to it: the URI of a file ("": the place itself) and a sentence.
    related: tuple[tuple[str, str], ...] = ()

    @property
    def severity(self) -> Severity:
        """As its row in ``problems-ctys.toml`` has it."""
        return severity(self.code)


def severity(code: str) -> Severity:
    """The severity of a problem code."""
    return Severity[schema.severities()[code].upper()]


def near(word: str, words: Iterable[str]) -> list[str]:
    """The words that were probably meant, the best first; case does not count."""
    by_upper = {known.upper(): known for known in words}
    # One wrong letter out of three is as near as a short word can be.
    found = get_close_matches(word.upper(), by_upper, n=3, cutoff=0.7 if len(word) > 4 else 0.6)
    return [by_upper[name] for name in found]


def like(word: str, pattern: str) -> str:
    """``word`` in the case that the user writes: lower where the letters of ``pattern`` are."""
    return word.lower() if pattern.islower() else word.upper() if pattern.isupper() else word


def replacements(where: Piece, words: Iterable[str], *, safe: bool = True) -> tuple[Repair, ...]:
    """Repairs that put one of ``words`` in the place of a piece; only a single choice is safe."""
    chosen = list(words)
    return tuple(
        Repair(f"Change to {word!r}", ((where, word),), safe=safe and len(chosen) == 1) for word in chosen
    )


def macro_findings(trouble: Iterable[MacroTrouble], facts: Facts) -> list[Finding]:
    """Macros that could not be replaced."""
    found = []
    for code, call, where in trouble:
        if code == "recursion":
            found.append(Finding("ctys.macro-recursion", where, f"Macro {call.name} contains itself."))
            continue
        file = call.file or "default"
        known = (
            {**schema.rows().macros, **facts.macros.get("default", {})}
            if not call.file
            else facts.macros.get(file, {})
        )
        close = near(call.name, known)
        found.append(
            Finding(
                "ctys.unknown-macro",
                where,
                f"No macro {call.name} in {'the default macro file' if not call.file else call.file}."
                + _perhaps(close),
                tuple(
                    Repair(
                        f"Change to {name!r}",
                        ((where, where.text.replace(call.name, name, 1)),),
                        safe=len(close) == 1,
                    )
                    for name in close
                ),
            )
        )
    return found


def _perhaps(words: list[str]) -> str:
    return f" Perhaps {either(words)}?" if words else ""


def perhaps(words: list[str]) -> str:
    """The end of a message that names near words."""
    return _perhaps(words)
