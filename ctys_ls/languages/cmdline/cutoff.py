"""Targets that a forgotten backslash cut off from their command (UC-26, UC-27)."""

from __future__ import annotations

import re

from ctys_ls.languages.cmdline.tree import Chunk, Tree

#: A word that can only be a target: a host with its context.
_TARGET = re.compile(r"(?:[\w.-]+@)?[\w.-]+\(\s*-[A-Za-z].*\)$", re.DOTALL)


def stands_alone(chunk: Chunk) -> bool:
    """Whether a line is nothing but targets with contexts, which no shell can run."""
    if chunk.alone is None:
        chunk.alone = (
            len(chunk.simple) == 1
            and chunk.simple[0].command is None
            and all(
                word.piece and word.quoted and _TARGET.match(word.piece.text)
                for word in chunk.simple[0].words
            )
        )
    return chunk.alone


def owner_of(tree: Tree, number: int) -> int | None:
    """The chunk whose command would go on in chunk ``number`` if backslashes had not been forgotten."""
    first = number - 1
    while first > 0 and stands_alone(tree.chunks[first]):
        first -= 1
    if first < 0:
        return None
    owner = tree.chunks[first]
    if owner.open or not owner.simple or owner.simple[-1].command is None:
        return None
    return first if owner.simple[-1].command.program == "ctys" else None


def mended(tree: Tree, first: int, last: int) -> str:
    """The text of chunks ``first`` to ``last`` with the backslashes put in; lines stay where they are."""
    texts = [tree.chunks[number].text for number in range(first, last + 1)]
    parts = []
    for text in texts[:-1]:
        body = text.rstrip("\r\n")
        parts.append(f"{body} \\{text[len(body) :]}")
    return "".join((*parts, texts[-1]))
