"""Which options are in force for each target: local ones, then the global context, a group's, the target's own.

The last one given wins (ctys-facts 1.1, "repeated option"). Groups are replaced by their members here, and what stands
between the braces of SUBTASK, SUBGROUP and VMSTACK becomes targets of the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.nodes import Arguments, Context, Option, Target
from ctys_ls.languages.cmdline.pieces import Piece, plain, standing_for
from ctys_ls.languages.cmdline.words import lex

#: Groups inside groups: as deep as the original's CTYS_MAXRECURSE.
DEEPEST = 20
#: The host of a call that names none.
DEFAULT_HOST = "localhost"

Layered = Mapping[str, Option]


class Call(NamedTuple):
    """One target with the options in force for it. ``host`` is the name as ssh gets it, ``where`` the place to mark."""

    host: str
    user: str | None
    options: Layered
    where: Piece
    stacked: bool = False


def layered(base: Layered, options: Iterable[Option]) -> Layered:
    """``base`` with ``options`` on top."""
    found = dict(base)
    for option in options:
        if option.known and (option.value is not None or not option.takes):
            found[option.letter] = option
    return found


def calls(arguments: Arguments, facts: Facts, name: Piece) -> list[Call]:
    """The targets of a ``ctys`` command in order; one for localhost where it names none."""
    found = list(_calls(arguments, {}, facts, 0, stacked=False))
    if found or arguments.targets:
        return found
    base = layered({}, (*arguments.options, *(arguments.common.options if arguments.common else ())))
    return [Call(DEFAULT_HOST, None, base, name)]


def _calls(
    arguments: Arguments, outer: Layered, facts: Facts, depth: int, *, stacked: bool
) -> Iterator[Call]:
    base = layered(outer, arguments.options)
    if arguments.common:
        base = layered(base, arguments.common.options)
    for target in arguments.targets:
        if target.body is not None:
            yield from _calls(target.body, base, facts, depth, stacked=stacked or target.keyword == "VMSTACK")
            continue
        own = [option for context in target.contexts for option in context.options]
        members = facts.groups.get(target.host.text) if target.user is None else None
        if members is None or depth >= DEEPEST:
            user = target.user.text if target.user else None
            yield Call(target.host.text, user, layered(base, own), target.name, stacked)
            continue
        # The context behind a group's name counts for its members like a group's own context.
        inner = Arguments((), targets=tuple(_members(members, target)))
        for call in _calls(inner, layered(base, own), facts, depth + 1, stacked=stacked):
            yield call._replace(where=target.name)


def _members(members: Iterable[str], target: Target) -> Iterator[Target]:
    """The members of a group as targets; a ``CONTEXT( … )`` among them counts for all that follow."""
    common: tuple[Option, ...] = ()
    for member in members:
        words = [lexeme.piece for lexeme in lex(member) if lexeme.kind == "word" and lexeme.piece]
        for found in syntax.arguments(
            "ctys", [plain("--"), *(standing_for(w.text, target.name) for w in words)]
        ).targets:
            if found.name.text == "CONTEXT":
                common += tuple(option for context in found.contexts for option in context.options)
                continue
            if common:
                first = found.contexts[0] if found.contexts else None
                whole = first.whole if first else found.whole
                shared = Context(whole, closed=True, options=common)
                found = found._replace(contexts=(shared, *found.contexts))  # noqa: PLW2901
            yield found
