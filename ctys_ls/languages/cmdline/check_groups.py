"""Groups: those that do not exist, include others that do not, or lead back to themselves."""

from __future__ import annotations

from collections.abc import Iterator

from ctys_ls.facts import Facts
from ctys_ls.languages.cmdline.check_values import dynamic
from ctys_ls.languages.cmdline.definitions import includes
from ctys_ls.languages.cmdline.findings import Finding, near, perhaps, replacements, severity
from ctys_ls.languages.cmdline.members import below, missing, recursive
from ctys_ls.languages.cmdline.names import group_of
from ctys_ls.languages.cmdline.nodes import Command, all_targets
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.tree import Tree
from ctys_ls.problems import Fix, Problem
from ctys_ls.text import Edit, Span


def group_findings(command: Command, facts: Facts) -> list[Finding]:
    """What is wrong with the groups that a command names; nothing where the user's files have not been read."""
    if not facts.home:
        return []
    return [
        finding
        for target in all_targets(command.arguments)
        if target.user is None and not dynamic(target.host.text)
        for finding in _group(target.host, facts)
    ]


def _group(where: Piece, facts: Facts) -> Iterator[Finding]:
    name = where.text
    if name not in facts.groups:
        # A name without a slash is a host.
        if "/" in name and not name.startswith(("/", "[", "-")):
            close = near(name, facts.groups)
            text = f"There is no group {name}.{perhaps(close)}"
            yield Finding("ctys.unknown-group", where, text, replacements(where, close, safe=False))
    elif recursive(name, facts.groups):
        yield Finding("ctys.group-recursion", where, f"The group {name} leads back to itself.")
    elif lost := missing(name, facts.groups):
        yield Finding("ctys.unknown-group", where, f"The group {name} includes {lost}, which does not exist.")


def check_groups(tree: Tree, facts: Facts) -> list[Problem]:
    """What a group file includes: groups that exist, none of which leads back to it."""
    own = group_of(tree)
    if not facts.home or not own:
        return []
    found: list[Problem] = []
    for leaf in tree.leaves():
        for piece in includes(leaf.chunk):
            where = leaf.span(leaf.chunk.span(piece))
            if piece.text == own or own in below(piece.text, facts.groups):
                text = f"{piece.text} leads back to {own}."
                found.append(_problem("ctys.group-recursion", where, text))
            elif piece.text not in facts.groups:
                close = near(piece.text, facts.groups)
                fixes = tuple(Fix(f"Change to {name!r}", (Edit(where, name),), safe=False) for name in close)
                text = f"There is no group {piece.text}.{perhaps(close)}"
                found.append(_problem("ctys.unknown-group", where, text, fixes))
    return found


def _problem(code: str, where: Span, text: str, fixes: tuple[Fix, ...] = ()) -> Problem:
    return Problem(code, severity(code), where, text, fixes)
