"""Which options are in force for each target: local ones, then the global context, a group's, the target's own.

The last one given wins (ctys-facts 1.1, "repeated option"). Groups are replaced by their members here, and what stands
between the braces of SUBTASK, SUBGROUP and VMSTACK becomes targets of the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline.members import included_by, members
from ctys_ls.languages.cmdline.nodes import Arguments, Option, Target
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.stacks import has_levels, levels

#: The host of a call that names none.
DEFAULT_HOST = "localhost"

Layered = Mapping[str, Option]


class Call(NamedTuple):
    """One target with the options in force for it. ``host`` is the name as ssh gets it, ``where`` the place to mark.

    ``stack`` is the same number for all levels of one VMSTACK, 0 outside; ``inside`` marks a machine in brackets.
    """

    host: str
    user: str | None
    options: Layered
    where: Piece
    stack: int = 0
    inside: bool = False

    @property
    def stacked(self) -> bool:
        """Whether this is a level of a VMSTACK."""
        return self.stack != 0


def layered(base: Layered, options: Iterable[Option]) -> Layered:
    """``base`` with ``options`` on top."""
    found = dict(base)
    for option in options:
        if option.known and (option.value is not None or not option.takes):
            found[option.letter] = option
    return found


def calls(arguments: Arguments, facts: Facts, name: Piece) -> list[Call]:
    """The targets of a ``ctys`` command in order; one for localhost where it names none."""
    found = list(_calls(arguments, {}, facts, frozenset(), stack=0))
    if found or arguments.targets:
        return found
    base = layered({}, (*arguments.options, *(arguments.common.options if arguments.common else ())))
    return [Call(DEFAULT_HOST, None, base, name)]


def _calls(
    arguments: Arguments, outer: Layered, facts: Facts, groups: frozenset[str], *, stack: int
) -> Iterator[Call]:
    """``groups`` are those that this is inside of: one that leads back to itself is reported and not followed."""
    base = layered(outer, arguments.options)
    if arguments.common:
        base = layered(base, arguments.common.options)
    for target in arguments.targets:
        if target.body is not None:
            number = stack or (target.name.start + 1 if target.keyword == "VMSTACK" else 0)
            if number and has_levels(target.body.targets):
                yield from _stack(target.body, base, number)
            else:
                yield from _calls(target.body, base, facts, groups, stack=number)
            continue
        options = layered(base, _own(target))
        name = target.host.text
        members_here = facts.groups.get(name) if target.user is None else None
        if members_here is None:
            user = target.user.text if target.user else None
            yield Call(target.host.text, user, options, target.name, stack)
            continue
        if name in groups:
            continue
        # The context behind a group's name counts for its members like a group's own context.
        included = {each for member in members_here for each in included_by(member)}
        # What is included and does not exist is no host: the checks report it.
        inner = tuple(
            found
            for found in members(members_here, target.name)
            if found.host.text not in included or found.host.text in facts.groups
        )
        for call in _calls(Arguments((), targets=inner), options, facts, groups | {name}, stack=stack):
            yield call._replace(where=target.name)


def _own(target: Target) -> list[Option]:
    return [option for context in target.contexts for option in context.options]


def _stack(body: Arguments, outer: Layered, number: int) -> Iterator[Call]:
    base = layered(outer, body.options)
    if body.common:
        base = layered(base, body.common.options)
    targets = tuple(target for target in body.targets if target.body is None)
    for level in levels(targets, [layered(base, _own(target)) for target in targets]):
        yield Call(level.host, level.user, level.options, level.where, number, level.inside)
