"""Help while a string of parameters is typed, and the layout of lists while they are typed."""

from __future__ import annotations

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Signature
from ctys_ls.languages.xenconf.cursor import Spot, cursor
from ctys_ls.languages.xenconf.layout import format as laid_out
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.schema.load import xen_keys, xen_subs
from ctys_ls.schema.model import SubKey
from ctys_ls.text import Edit, Position, Span, clamp, span

_INDENT = 4


def signature(tree: Tree, place: Position, facts: Facts) -> Signature | None:
    """The parameters of the disk, interface … whose string is being typed, and which of them it is now."""
    del facts
    place = clamp(tree.lines, place)
    at = cursor(tree, place)
    key = xen_keys().get(at.key)
    if at.spot is not Spot.STRING or key is None or not key.sub:
        return None
    rows = [row for row in xen_subs()[key.sub].values() if not row.instead and not row.deprecated]
    if not rows:
        return None
    places = [row for row in rows if row.place.isdigit()]
    named = [row for row in rows if not row.place.isdigit()]
    labels = [*(row.name for row in places), *(_label(row) for row in named)]
    parameters = tuple((label, _about(row)) for label, row in zip(labels, [*places, *named], strict=True))
    return Signature(
        f"{key.sub}: {', '.join(labels)}", parameters=parameters, active=_active(at.before, places, named)
    )


def _label(row: SubKey) -> str:
    return row.name if row.kind == "flag" else f"{row.name}=…"


def _about(row: SubKey) -> str:
    values = " Values: " + ", ".join(f"`{value}`" for value in row.values) + "." if row.values else ""
    default = f" Default: {row.default}." if row.default else ""
    return row.about + values + default


def _active(before: str, places: list[SubKey], named: list[SubKey]) -> int:
    parts = before.split(",")
    name = parts[-1].partition("=")[0].strip()
    for number, row in enumerate([*places, *named]):
        if row.name == name:
            return number
    if "=" in parts[-1]:
        return -1
    number = sum("=" not in part for part in parts) - 1
    return number if number < len(places) else -1


def on_type(tree: Tree, place: Position, typed: str) -> list[Edit]:
    """After a line end inside a list: set the new line in; after the closing bracket: lay the list out."""
    place = clamp(tree.lines, place)
    if typed == "\n":
        depth = cursor(tree, Position(place.line, 0)).depth
        line = tree.lines[place.line]
        blanks = len(line) - len(line.lstrip(" \t"))
        wanted = " " * (_INDENT * depth)
        if line.lstrip(" \t").startswith("]"):
            wanted = wanted[_INDENT:]
        return [Edit(span(place.line, 0, blanks), wanted)] if depth and line[:blanks] != wanted else []
    if typed == "]":
        index = tree.at(place.line)
        if not tree.chunks[index].problems and tree.chunks[index].names:
            first = tree.starts[index]
            return laid_out(tree, Span(Position(first, 0), Position(place.line, place.column)))
    return []
