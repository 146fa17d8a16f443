"""What the option or suboption at a place takes, while it is being written."""

from __future__ import annotations

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Signature
from ctys_ls.languages.cmdline import choices
from ctys_ls.languages.cmdline.chunk import Chunk
from ctys_ls.languages.cmdline.complete import MARK
from ctys_ls.languages.cmdline.spots import Spot, spots
from ctys_ls.languages.cmdline.tree import Tree
from ctys_ls.schema import cmdline as schema
from ctys_ls.text import Position


def signature(tree: Tree, place: Position, facts: Facts) -> Signature | None:
    """The form of what is being written at ``place``: an action's suboptions, a suboption's argument, an option."""
    del facts
    leaf = tree.leaf_at(place)
    if leaf is None:
        return None
    head = Chunk(leaf.chunk.text[: leaf.offset(place)] + MARK, leaf.chunk.form)
    for command in reversed(head.commands):
        for spot in spots(command):
            if MARK in spot.piece.text:
                return _of(spot, command.program)
    return None


def _of(spot: Spot, program: str) -> Signature | None:
    rows = schema.rows()
    if spot.kind in ("key", "argument"):
        return _action(spot)
    row = rows.option(program, spot.option.letter) if spot.option else None
    if row is None or spot.kind not in ("value", "action"):
        return None
    label = f"-{row.letter} {row.argument}"
    return Signature(label, row.text, ((label[3:], ""),), 0)


def _action(spot: Spot) -> Signature | None:
    """The action with the suboption at the cursor: the address comes first, then what is given, then the one written."""
    rows = schema.rows()
    action = rows.actions.get(spot.action)
    name = spot.action if action is not None else "-o"
    given = [sub for sub in spot.subs if sub.key.text.rstrip(MARK)]
    label = f"{name}=" if action is not None else "-o "
    parameters: list[tuple[str, str]] = []
    active = -1
    for sub in given:
        row = rows.sub(spot.action, sub.key.text.rstrip(MARK))
        text = choices.signature(row) if row is not None else sub.key.text.rstrip(MARK)
        if parameters:
            label += ","
        if sub is spot.sub:
            active = len(parameters)
        # The values are what completion offers at the same moment; a list of them here would lie over it.
        parameters.append((text, row.text if row is not None else ""))
        label += text
    if active < 0:
        label += ("," if parameters else "") + "…"
        active = len(parameters)
        parameters.append(("…", "Another suboption."))
    text = action.text if action is not None else rows.options["ctys-vhost"]["o"].text
    return Signature(label, text, tuple(parameters), active)
