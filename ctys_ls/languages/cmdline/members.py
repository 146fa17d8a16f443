"""The members of groups: targets as a group file has them, ``#include`` of other groups, ``CONTEXT( … )`` for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.nodes import Context, Option, Target
from ctys_ls.languages.cmdline.pieces import Piece, plain, standing_for

_INCLUDE = "#include"


def members(group: Iterable[str], where: Piece) -> Iterator[Target]:
    """The members of a group as targets that stand at ``where``; what they include are groups by name.

    A ``CONTEXT( … )`` among them counts for all that follow.
    """
    common: tuple[Option, ...] = ()
    for found in _targets(group, where):
        if found.name.text == "CONTEXT":
            common += tuple(option for context in found.contexts for option in context.options)
            continue
        if common:
            first = found.contexts[0] if found.contexts else None
            shared = Context(first.whole if first else found.whole, closed=True, options=common)
            found = found._replace(contexts=(shared, *found.contexts))  # noqa: PLW2901
        yield found


def _targets(group: Iterable[str], where: Piece) -> Iterator[Target]:
    for member in group:
        included = included_by(member)
        # The quotes of a group file are there for its reader; a member may have lost them already.
        words = included or member.replace("'", "").replace('"', "").split()
        pieces = [standing_for(word, where) for word in words]
        yield from syntax.arguments("ctys", [plain("--"), *pieces]).targets


def included_by(member: str) -> list[str]:
    """The groups that an ``#include`` line names; none for any other member."""
    if not member.startswith(_INCLUDE):
        return []
    return member[len(_INCLUDE) :].replace(",", " ").split()


def missing(name: str, groups: Mapping[str, tuple[str, ...]]) -> str:
    """The first group that ``name`` includes, directly or not, and that does not exist; "" where all do."""
    return next((other for other in below(name, groups) if other not in groups), "")


def recursive(name: str, groups: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a group leads back to itself."""
    return name in below(name, groups)


def below(name: str, groups: Mapping[str, tuple[str, ...]]) -> dict[str, None]:
    """All groups below a group, those that it includes and those that are its members."""
    seen: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for member in groups.get(waiting.pop(), ()):
            plain_names = [member.partition("(")[0].strip("'\" ")]
            for other in included_by(member) or [each for each in plain_names if each in groups]:
                if other not in seen:
                    seen[other] = None
                    waiting.append(other)
    return seen


def hosts(name: str, facts: Facts, outer: frozenset[str] = frozenset()) -> list[str]:
    """The destinations that a group stands for, in order, each once; ``outer`` are the groups that it is inside of."""
    found: list[str] = []
    for target in members(facts.groups.get(name, ()), plain(name)):
        inner = target.host.text if target.user is None else ""
        if inner not in facts.groups:
            found.append(target.name.text)
        elif inner not in outer and inner != name:
            found += hosts(inner, facts, outer | {name})
    return list(dict.fromkeys(found))
