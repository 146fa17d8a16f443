"""Targets that are none: an action without -a, a suboption behind a blank, several hosts in one word."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ctys_ls.languages.cmdline.check_values import dynamic
from ctys_ls.languages.cmdline.findings import Finding, Repair
from ctys_ls.languages.cmdline.nodes import Command, Option, Target
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.schema import cmdline as schema


def target_findings(command: Command) -> list[Finding]:
    """What stands where targets stand and has the form of something else."""
    if command.program != "ctys":
        return []
    options = command.arguments.options
    action = next((option for option in reversed(options) if option.letter == "a"), None)
    found: list[Finding] = []
    for number, target in enumerate(command.arguments.targets):
        text = target.name.text
        # Nearly all targets are plain names.
        if not (":" in text or "," in text or (not number and action is None)):
            continue
        if target.body is not None or dynamic(text):
            continue
        found += _one(target, action, first=number == 0)
    return found


def lone_action(command: Command) -> bool:
    """Whether the first target is the action, written without -a."""
    arguments = command.arguments
    return (
        bool(arguments.targets)
        and not any(option.letter == "a" for option in arguments.options)
        and _action_of(arguments.targets[0].name.text) is not None
    )


def _one(target: Target, action: Option | None, *, first: bool) -> Iterator[Finding]:
    name = target.name
    if first and action is None and (meant := _action_of(name.text)):
        yield Finding(
            "ctys.bad-target",
            name,
            f"{meant} is an action, and stands where targets do: actions follow -a.",
            (Repair("Write -a in front of it", ((Piece("", name.start, name.start), "-a "),), safe=False),),
        )
    elif action is not None and action.action is not None and _is_sub(action.action.name.text, name.text):
        yield Finding(
            "ctys.bad-target",
            name,
            f"{name.text} would be a host here: suboptions follow the action without blanks,"
            f" {action.action.name.text}=KEY:ARGUMENT,KEY:ARGUMENT.",
            _joined(action, name) if first else (),
        )
    elif "," in name.text and "{" not in name.text:
        hosts = name.split(",")
        gaps = [Piece("", before.end, after.start) for before, after in pairwise(hosts)]
        yield Finding(
            "ctys.bad-target",
            name,
            "Targets have blanks between them, not commas.",
            (Repair("Write blanks", tuple((gap, " ") for gap in gaps), safe=False),),
        )


def _action_of(text: str) -> str | None:
    """The action that a word names, with or without suboptions."""
    row = schema.rows().actions.get(text.partition("=")[0].upper())
    return row.name if row is not None and not row.status else None


def _is_sub(action: str, text: str) -> bool:
    """Whether a word has the form KEY:ARGUMENT of a suboption of the action."""
    key, colon, _ = text.partition(":")
    row = schema.rows().sub(action.upper(), key.rpartition("=")[2])
    return bool(colon) and row is not None


def _joined(action: Option, name: Piece) -> tuple[Repair, ...]:
    """The word behind the action or its last suboption, the blanks between them away."""
    if action.action is None or action.value is None:
        return ()
    value = action.value.text
    mark = "" if value.endswith((",", "=")) else "," if action.action.subs else "="
    gap = Piece("", action.value.end, name.start)
    return (Repair("Join it to the action", ((gap, mark),), safe=False),)
