"""Targets that a forgotten backslash cut off from their command (UC-26, UC-27)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ctys_ls.languages.cmdline.chunk import Chunk
from ctys_ls.languages.cmdline.tree import Leaf, Tree
from ctys_ls.text import Position

#: A column behind the end of any line.
_FAR = 1 << 30

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


def before(tree: Tree, leaf: Leaf) -> Leaf | None:
    """The logical line that ends right above another one."""
    if not leaf.line:
        return None
    above = tree.leaf_at(Position(leaf.line - 1, _FAR))
    return above if above is not None and above.line + above.chunk.lines == leaf.line else None


def owner_of(tree: Tree, leaf: Leaf) -> list[Leaf]:
    """The lines from the command on that would go on in ``leaf`` if backslashes had not been forgotten; none: no such."""
    found: list[Leaf] = []
    above = before(tree, leaf)
    while above is not None:
        found.insert(0, above)
        if not stands_alone(above.chunk):
            break
        above = before(tree, above)
    if not found:
        return []
    simple = found[0].chunk.simple
    if found[0].chunk.open or not simple or simple[-1].command is None:
        return []
    return found if simple[-1].command.program == "ctys" else []


def mended(leaves: Sequence[Leaf]) -> str:
    """The text of some logical lines with the backslashes put in; lines stay where they are."""
    parts = []
    for leaf in leaves[:-1]:
        body = leaf.chunk.text.rstrip("\r\n")
        parts.append(f"{body} \\{leaf.chunk.text[len(body) :]}")
    return "".join((*parts, leaves[-1].chunk.text))
