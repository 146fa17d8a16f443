"""The guest's name and its mentions; settings of the same key; renaming a guest."""

from __future__ import annotations

import re

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Name, Place
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.languages.xenconf.values import Atom
from ctys_ls.text import Edit, Position, Span, slice_of, span

_LABEL = re.compile(r"[ \t]*#@#LABEL[ \t]*=[ \t]*[\"']?([^\"'\s]*)")
_GOOD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_MOST = 1000


def definition(tree: Tree, place: Position, facts: Facts) -> list[Place]:
    """For the guest's name the setting that names it, for a key the setting that counts."""
    del facts
    if _named(tree, place):
        return [Place(where) for where in _names(tree)[-1:]]
    key = _key_at(tree, place)
    found = tree.found(key)[-1:] if key else []
    return [Place(one.setting.name_span.shifted(one.line)) for one in found]


def references(tree: Tree, place: Position) -> list[Span]:
    """Every mention of the guest's name, or every setting of a key."""
    if _named(tree, place):
        return sorted([*_labels(tree), *_names(tree)])
    key = _key_at(tree, place)
    return [one.setting.name_span.shifted(one.line) for one in tree.found(key)[:_MOST]] if key else []


def renamable(tree: Tree, place: Position) -> Span | None:
    """The guest's name at ``place``; nothing else in such a file can be renamed."""
    return _named(tree, place)


def rename(tree: Tree, place: Position, name: str) -> list[Edit]:
    """Give the guest another name: the setting and the LABEL tag. Raises ValueError for what is no name of a guest."""
    if not _GOOD.fullmatch(name):
        raise ValueError(f"“{name}” is no name for a guest: letters, digits, “_”, “.”, “+” and “-”.")
    if not _named(tree, place):
        return []
    return [Edit(where, name) for where in sorted([*_labels(tree), *_names(tree)])]


def guest_name(tree: Tree) -> Span | None:
    """The place of the setting that names the guest."""
    found = tree.last("name") if "name" in tree.by_name else []
    return found[0].setting.span.shifted(found[0].line) if found else None


def names(tree: Tree) -> list[Name]:
    """The guest's name and the tag that repeats it, for a search through all files."""
    found = [
        Name("label", one.setting.value.value, where, definition=True)
        for one, where in zip(
            (one for one in tree.found("name")[:_MOST] if isinstance(one.setting.value, Atom)),
            _names(tree),
            strict=True,
        )
        if isinstance(one.setting.value, Atom)
    ]
    tags = [Name("label", slice_of(tree.lines, where), where) for where in _labels(tree)]
    return sorted([*found, *tags], key=lambda name: name.span)


def name_at(tree: Tree, place: Position) -> Name | None:
    """The guest's name where it stands at ``place``."""
    return next((name for name in names(tree) if name.span.contains(place)), None)


def _names(tree: Tree) -> list[Span]:
    found = []
    for one in tree.found("name")[:_MOST]:
        value = one.setting.value
        if isinstance(value, Atom):
            found.append(value.part(0, len(value.value)).shifted(one.line))
    return found


def _labels(tree: Tree) -> list[Span]:
    found = []
    for number, line in tree.tagged:
        tag = _LABEL.match(line)
        if tag and tag[1]:
            found.append(span(number, tag.start(1), tag.end(1)))
    return found


def _named(tree: Tree, place: Position) -> Span | None:
    return next((where for where in [*_names(tree), *_labels(tree)] if where.contains(place)), None)


def _key_at(tree: Tree, place: Position) -> str:
    index = tree.at(place.line)
    start = tree.starts[index]
    near = Position(place.line - start, place.column)
    return next((one.name for one in tree.settings(index) if one.name_span.contains(near)), "")
