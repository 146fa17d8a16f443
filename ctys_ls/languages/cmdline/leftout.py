"""What a shell would do with a line and ctys-ls does not: other programs, redirections, substitutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ctys_ls.languages.cmdline.chunk import Chunk
from ctys_ls.languages.cmdline.cutoff import stands_alone
from ctys_ls.languages.cmdline.findings import Finding
from ctys_ls.languages.cmdline.words import Lexeme, is_redirection


def left_out(chunk: Chunk) -> list[Finding]:
    """The parts of a line that are not run: the user should know before, not after."""
    found = []
    if not stands_alone(chunk):
        found += [
            Finding(
                "ctys.left-out",
                simple.name.piece,
                f"{simple.name.piece.text} is left out: only ctys runs here.",
            )
            for simple in chunk.simple
            if simple.command is None and not simple.nested and simple.name and simple.name.piece
        ]
    if chunk.commands:
        found += [
            Finding(
                "ctys.left-out", lexeme.piece, "Redirections are left out: the output comes to where you are."
            )
            for lexeme in chunk.lexemes
            if lexeme.kind == "operator" and lexeme.piece and is_redirection(lexeme.piece.text)
        ]
    return found


def unexpanded(words: Sequence[Lexeme], env: Mapping[str, str]) -> list[Finding]:
    """Variables without a value, and what only a shell can work out."""
    found = []
    for word in words:
        if word.piece is None:
            continue
        for expansion in word.expansions:
            where = word.piece.cut(expansion.start, expansion.end)
            if expansion.name is None:
                text = f"Only a shell can work out {where.text}; write what it amounts to."
                found.append(Finding("ctys.needs-shell", where, text))
            elif env.get(expansion.name, "") == "" and expansion.name not in env:
                found.append(
                    Finding(
                        "ctys.unset-variable", where, f"{where.text} has no value here and counts as empty."
                    )
                )
    return found
