"""Variables and macros replaced, as the shell and ctys do it before they look at a word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline.pieces import Piece, joined, standing_for
from ctys_ls.languages.cmdline.words import Lexeme
from ctys_ls.schema import cmdline as schema

#: ``macro:NAME[%file][%ECHO|%EVAL][%OPTIONAL]``, braces round it or not (ctys-facts section 3).
MACRO = re.compile(
    r"\{macro:([\w.-]+)((?:%[^%,{}\s()]+)*)\}|macro:([\w.-]+)((?:%(?!%)[^%,{}\s()]+)*)", re.IGNORECASE
)
_FLAGS = frozenset({"ECHO", "EVAL", "OPTIONAL"})
#: Macros inside macros: as deep as the original's CTYS_MAXRECURSE.
DEEPEST = 20


class MacroCall(NamedTuple):
    """A reference to a macro; ``file`` is empty for the default file."""

    name: str
    file: str
    optional: bool


class MacroTrouble(NamedTuple):
    """A macro that could not be replaced: ``code`` is "unknown" or "recursion"."""

    code: str
    call: MacroCall
    where: Piece


def macro_call(match: re.Match[str]) -> MacroCall:
    """The parts of a macro reference."""
    name = match.group(1) or match.group(3)
    modifiers = [part for part in (match.group(2) or match.group(4) or "").split("%") if part]
    files = [part for part in modifiers if part.upper() not in _FLAGS]
    return MacroCall(name, files[0] if files else "", any(part.upper() == "OPTIONAL" for part in modifiers))


def macro_text(call: MacroCall, facts: Facts) -> str | None:
    """A macro's text; the user's file goes before what is shipped. None where nobody knows it."""
    if call.file:
        return facts.macros.get(call.file, {}).get(call.name)
    own = facts.macros.get("default", {})
    return own[call.name] if call.name in own else schema.rows().macros.get(call.name)


def with_macros(piece: Piece, facts: Facts, trouble: list[MacroTrouble], depth: int = 0) -> Piece:
    """The piece with every macro replaced by its text, again and again; one that cannot be stays as written."""
    matches = list(MACRO.finditer(piece.text)) if "macro:" in piece.text.lower() else []
    if not matches:
        return piece
    parts, first = [], 0
    for match in matches:
        call, where = macro_call(match), piece.cut(match.start(), match.end())
        text = macro_text(call, facts)
        parts.append(piece.cut(first, match.start()))
        first = match.end()
        if text is None:
            if not call.optional:
                trouble.append(MacroTrouble("unknown", call, where))
                parts.append(where)
        elif depth >= DEEPEST:
            trouble.append(MacroTrouble("recursion", call, where))
        else:
            parts.append(with_macros(standing_for(text, where), facts, trouble, depth + 1))
    parts.append(piece.cut(first))
    return joined(parts)


def shell_words(lexeme: Lexeme, env: Mapping[str, str]) -> list[Piece]:
    """What the shell makes of a word: variables replaced, the tilde too, unquoted values split at blanks.

    What only a shell can work out (a command substitution) stays as it is written.
    """
    piece = lexeme.piece
    if piece is None:
        return []
    if piece.text.startswith("~") and not lexeme.quoted and "HOME" in env and piece.text[1:2] in ("", "/"):
        piece = joined([standing_for(env["HOME"], piece.cut(0, 1)), piece.cut(1)])
    if not lexeme.expansions:
        return [piece]
    shift = len(piece.text) - len(lexeme.piece.text) if lexeme.piece else 0
    done: list[Piece] = []
    current: list[Piece] = []
    first = 0
    for expansion in lexeme.expansions:
        start, end = expansion.start + shift, expansion.end + shift
        current.append(piece.cut(first, start))
        first = end
        source = piece.cut(start, end)
        if expansion.name is None:
            current.append(source)
            continue
        value = env.get(expansion.name, "")
        if expansion.quoted or not _IFS.search(value):
            current.append(standing_for(value, source))
            continue
        words = value.split()
        if _IFS.match(value) and any(part.text for part in current):
            done.append(joined(current))
            current = []
        for number, word in enumerate(words):
            if number:
                done.append(joined(current))
                current = []
            current.append(standing_for(word, source))
        if words and value[-1] in " \t\n":
            done.append(joined(current))
            current = []
    current.append(piece.cut(first))
    if lexeme.quoted or any(part.text for part in current):
        done.append(joined(current))
    return done


_IFS = re.compile(r"[ \t\n]")


def ctys_words(words: Sequence[Piece], facts: Facts, trouble: list[MacroTrouble]) -> list[Piece]:
    """The words of a call with macros replaced; a macro's text that holds blanks becomes several words."""
    found: list[Piece] = []
    for word in words:
        fresh = with_macros(word, facts, trouble)
        found += (
            fresh.words() if fresh is not word and " " in fresh.text and "(" not in fresh.text else [fresh]
        )
    return found
