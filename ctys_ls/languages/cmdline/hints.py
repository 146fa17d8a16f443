"""Notes inside the lines: which machine an address means, who belongs to a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ctys_ls.facts import Facts, Guest
from ctys_ls.languages.answers import Hint
from ctys_ls.languages.cmdline.arguments import address_of, value_of
from ctys_ls.languages.cmdline.check_facts import address_subs
from ctys_ls.languages.cmdline.layers import Call, calls
from ctys_ls.languages.cmdline.members import hosts
from ctys_ls.languages.cmdline.nodes import Action
from ctys_ls.languages.cmdline.resolve import matches
from ctys_ls.languages.cmdline.tree import Leaf, Tree
from ctys_ls.text import Span


def hints(tree: Tree, where: Span, facts: Facts) -> list[Hint]:
    """The notes for the lines of ``where``."""
    found: dict[Any, Hint] = {}
    if not facts.guests and not facts.groups:
        return []
    for leaf in tree.leaves(where):
        if leaf.line > where.end.line:
            break
        if leaf.line + leaf.chunk.lines <= where.start.line:
            continue
        for hint in _leaf(leaf, facts):
            found.setdefault(hint.place, hint)
    return [hint for place, hint in sorted(found.items()) if where.start.line <= place.line <= where.end.line]


def _leaf(leaf: Leaf, facts: Facts) -> Iterator[Hint]:
    for command in leaf.chunk.commands:
        if command.program != "ctys":
            continue
        for target in command.arguments.targets:
            if target.body is None and target.user is None and target.name.text in facts.groups:
                found = hosts(target.name.text, facts)
                place = leaf.place(leaf.chunk.position(target.name.end))
                yield Hint(
                    place,
                    f"{len(found)} host{'' if len(found) == 1 else 's'}",
                    ", ".join(found),
                    topic="hosts",
                )
        for call in calls(command.arguments, facts, command.name):
            yield from _address(leaf, call, facts)


def _address(leaf: Leaf, call: Call, facts: Facts) -> Iterator[Hint]:
    option = call.options.get("a")
    action = option.action if option else None
    if action is None or value_of(call.options, "t").upper() != "XEN":
        return
    subs = address_subs(action)
    if not subs:
        return
    found = matches(address_of(action.name.text.upper(), action.subs), call.host, facts)
    text = _note(action, found)
    if text:
        place = leaf.place(leaf.chunk.position(subs[-1].whole.end))
        yield Hint(place, text, "; ".join(guest.path or guest.label for guest in found), topic="addresses")


def _note(action: Action, found: list[Guest]) -> str:
    """What the address leaves open: the label behind a path or number, and whether the guest runs."""
    if len(found) != 1:
        return f"{len(found)} machines" if found else ""
    guest = found[0]
    named = any(sub.argument is not None and sub.argument.text == guest.label for sub in address_subs(action))
    state = {True: "running", False: "not running", None: ""}[guest.running]
    return ", ".join(part for part in ("" if named else guest.label, state) if part)
