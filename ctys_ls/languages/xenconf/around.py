"""Links to images and kernels, notes on what numbers amount to, and the spans around a place."""

from __future__ import annotations

from collections.abc import Iterator

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Hint, Link
from ctys_ls.languages.xenconf.meaning import meanings
from ctys_ls.languages.xenconf.rules.disk import read_disk
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.languages.xenconf.values import Atom, Setting, Value
from ctys_ls.schema.load import xen_keys
from ctys_ls.schema.model import Kind
from ctys_ls.text import Position, Span

#: More links than this help nobody.
_MOST = 500


def links(tree: Tree) -> list[Link]:
    """Absolute paths of the host: kernels, ramdisks, firmware, images."""
    found: list[Link] = []
    keys = xen_keys()
    for name in tree.by_name:
        key = keys.get(name)
        if key is None or not (key.kind is Kind.PATH or name in {"disk", "bootloader"}):
            continue
        for located in tree.found(name)[:_MOST]:
            for atom in atoms(located.setting.value):
                start, end = read_disk(atom.value).target_at if name == "disk" else (0, len(atom.value))
                path = atom.value[start:end]
                if path.startswith("/") and "\0" not in path:
                    found.append(Link(atom.part(start, end).shifted(located.line), path, "on this machine"))
    return sorted(found[:_MOST], key=lambda link: link.span)


def atoms(value: Value) -> Iterator[Atom]:
    """The strings and numbers of a value, in order."""
    waiting: list[Value] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Atom):
            yield one
        else:
            waiting.extend(reversed([*one]))


def hints(tree: Tree, where: Span, facts: Facts) -> list[Hint]:
    """What the values within ``where`` amount to, where they alone do not say it."""
    del facts
    found = []
    for setting, start in _within(tree, where):
        value = setting.value
        if not isinstance(value, Atom):
            continue
        for topic, said in meanings(setting):
            if topic and said != f"{value.value} MiB":
                place, tip = value.span.shifted(start).end, f"{setting.name} in plain words"
                found.append(Hint(place, said.replace("`", ""), tip, topic=topic))
    return found


def _within(tree: Tree, where: Span) -> Iterator[tuple[Setting, int]]:
    index = tree.at(where.start.line)
    while index < len(tree.chunks) and tree.starts[index] <= where.end.line:
        chunk = tree.chunks[index]
        # What a refused statement amounts to nobody knows.
        if chunk.names and not chunk.problems:
            for setting in tree.settings(index):
                yield setting, tree.starts[index]
        index += 1


def selections(tree: Tree, place: Position) -> list[Span]:
    """Parameter, string, list, setting: the spans around a place, the innermost first."""
    index = tree.at(place.line)
    start = tree.starts[index]
    near = Position(place.line - start, place.column)
    for setting in tree.settings(index):
        if not setting.span.contains(near):
            continue
        around = [setting.span]
        if setting.name_span.contains(near):
            around.append(setting.name_span)
        value: Value | None = setting.value if setting.value.span.contains(near) else None
        while value is not None:
            around.append(value.span)
            if isinstance(value, Atom):
                around += _inside(value, near)
                break
            value = value.at(near)
        return [span.shifted(start) for span in reversed(around)]
    return []


def _inside(atom: Atom, near: Position) -> list[Span]:
    """The text between the quotes, and the parameter of a string of parameters."""
    found = [atom.part(0, len(atom.value))] if atom.quoted else []
    at = 0
    for part in atom.value.split(","):
        where = atom.part(at + len(part) - len(part.lstrip(" ")), at + len(part))
        if "," in atom.value and where.contains(near):
            found.append(where)
            break
        at += len(part) + 1
    return found
