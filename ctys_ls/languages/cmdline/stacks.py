"""VMSTACK: machines inside machines, each started in the one before (ctys-facts section 3).

``VMSTACK'{ lab00 [vm0] [vm1] }'`` names a host and two guests: vm0 is started on lab00 and waited for by ping and ssh,
then vm1 in vm0. CANCEL goes the other way round. A host with machines above it is only a place, unless its own context
says what to do there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.nodes import Action, Option, Sub, Target
from ctys_ls.languages.cmdline.pieces import Piece, standing_for
from ctys_ls.schema import cmdline as schema

#: How long a level is waited for before the next one: 20 times 2 seconds (CTYS_PING_ONE_MAXTRIAL_XEN, _WAIT_XEN).
_WAITS = "PING:20%%2,SSHPING:20%%2"


class Level(NamedTuple):
    """A call of a stack: what runs on which machine; ``inside`` where the address came from the brackets."""

    host: str
    user: str | None
    options: Mapping[str, Option]
    where: Piece
    inside: bool


def label_in(target: Target) -> str:
    """The label of a member in brackets, "" for a host."""
    text = target.name.text
    return text[1:-1] if len(text) > 2 and text[0] == "[" and text[-1] == "]" else ""


def has_levels(targets: tuple[Target, ...]) -> bool:
    """Whether any member is a machine inside another one."""
    return any(label_in(target) for target in targets)


def levels(targets: tuple[Target, ...], options: list[Mapping[str, Option]]) -> list[Level]:
    """The calls of a stack in order; ``options[i]`` are those in force for ``targets[i]``."""
    found: list[Level] = []
    below: tuple[str, str | None] | None = None
    for number, (target, layered) in enumerate(zip(targets, options, strict=True)):
        following = targets[number + 1] if number + 1 < len(targets) else None
        label = label_in(target)
        if not label:
            below = (target.host.text, target.user.text if target.user else None)
            own = any(option.letter == "a" for context in target.contexts for option in context.options)
            if own or following is None or not label_in(following):
                found.append(Level(*below, layered, target.name, inside=False))
        elif below is not None:
            name = _action(layered, target.name).name.text.upper()
            if name in ("CREATE", "CANCEL"):
                waits = name == "CREATE" and following is not None and bool(label_in(following))
                found.append(
                    Level(*below, _with_label(layered, target.name, label, waits), target.name, inside=True)
                )
            else:
                found.append(Level(label, None, layered, target.name, inside=False))
            below = (label, None)
    if found and all(_action(level.options, level.where).name.text.upper() == "CANCEL" for level in found):
        found.reverse()
    return found


def _action(options: Mapping[str, Option], where: Piece) -> Action:
    option = options.get("a")
    return option.action if option and option.action else syntax.read_action(standing_for("create", where))


def _with_label(options: Mapping[str, Option], where: Piece, label: str, waits: bool) -> dict[str, Option]:
    """The options with an action that is about the guest in brackets; another address gives way to it."""
    action = _action(options, where)
    name = action.name.text.upper()
    text = f"l:{label},{_WAITS}" if waits else f"l:{label}"
    fresh = syntax.read_subs(standing_for(text, where))
    given = {row.name for sub in fresh if (row := _row(name, sub))}
    kept = [
        sub
        for sub in action.subs
        if (row := _row(name, sub)) is None or not (row.address or row.name in given)
    ]
    made = action._replace(subs=(*fresh, *kept), equals=True)
    option = options.get("a") or Option("a", where, made.whole, takes=True)
    return {**options, "a": option._replace(action=made)}


def _row(action: str, sub: Sub) -> schema.SubRow | None:
    return schema.rows().sub(action, sub.key.text)
