"""Names that several places share: macros, labels, hosts and groups; going to them, finding and renaming them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Name, Place
from ctys_ls.languages.cmdline.chunk import Chunk
from ctys_ls.languages.cmdline.definitions import includes, macro_of
from ctys_ls.languages.cmdline.expand import MACRO, macro_call
from ctys_ls.languages.cmdline.nodes import Command, Option
from ctys_ls.languages.cmdline.readers import Block
from ctys_ls.languages.cmdline.spots import Spot, macro_spots, spots
from ctys_ls.languages.cmdline.stacks import label_in
from ctys_ls.languages.cmdline.tree import Tree
from ctys_ls.text import Edit, Position, Span, span, split_lines

#: The word of a group file whose context counts for all members; no host.
_ALL_MEMBERS = "CONTEXT"
#: Session types whose labels are their own: no guest is meant.
_NO_GUESTS = frozenset({"CLI", "PM", "RDP", "VNC", "X11"})
#: The kinds of files that define names themselves.
_FILES = frozenset({"groups", "macros"})
_LABELS = frozenset({"L", "LABEL"})


def names(tree: Tree) -> list[Name]:
    """All names of a document, in order of place."""
    if tree.kind == "macros":
        return [name for number in range(len(tree.chunks)) for name in _macro(tree, number)]
    found = [
        replace(name, span=leaf.span(name.span)) for leaf in tree.leaves() for name in _named(leaf.chunk)
    ]
    if tree.kind == "groups":
        found = [*_members(tree, found), *_group_file(tree)]
    found.sort(key=lambda name: name.span)
    return found


def name_at(tree: Tree, place: Position) -> Name | None:
    """The name at a place. Where a macro's text and its place coincide, the macro."""
    found = None
    for name in _near(tree, place):
        if name.span.contains(place) and (found is None or name.kind == "macro"):
            found = name
    return found


def definition(tree: Tree, place: Position, facts: Facts) -> list[Place]:
    """Where the name at a place is defined: in this document, or the file that facts know."""
    name = name_at(tree, place)
    if name is None:
        return []
    here = [Place(other.span) for other in names(tree) if other.definition and same(other, name)]
    top = span(0, 0, 0)
    if here:
        return here
    file = name.file or "default"
    if name.kind == "macro" and file in facts.macro_files and name.text in facts.macros.get(file, {}):
        return [Place(top, facts.macro_files[file])]
    if name.kind == "host" and name.text in facts.group_files:
        return [Place(top, facts.group_files[name.text])]
    if name.kind == "label":
        # Only files of the workspace are here; what was enumerated lies on a host.
        return [
            Place(dict(guest.places).get(("name", name.text), top), guest.path)
            for guest in facts.files
            if guest.label == name.text and guest.path
        ]
    return []


def references(tree: Tree, place: Position) -> list[Span]:
    """Every mention of the name at a place in this document, its definition included."""
    name = name_at(tree, place)
    if name is None:
        return []
    if tree.kind in _FILES:
        return [
            other.span for other in names(tree) if same(other, name) and other.span.start != other.span.end
        ]
    # Only the places that are wanted are worked out: there may be a hundred times as many.
    return sorted(
        leaf.span(other.span)
        for leaf in tree.leaves()
        for other in _named(leaf.chunk)
        if same(other, name) and other.span.start != other.span.end
    )


def renamable(tree: Tree, place: Position) -> Span | None:
    """The name at a place; a group's own file is renamed by renaming the file."""
    name = name_at(tree, place)
    return name.span if name is not None and name.span.start != name.span.end else None


def rename(tree: Tree, place: Position, name: str) -> list[Edit]:
    """The edits that give the name at a place another one. Raises ValueError where ``name`` cannot be such a name."""
    old = name_at(tree, place)
    if old is None:
        raise ValueError("There is no name here that could be changed.")
    require_good(old.kind, name)
    return [Edit(where, name) for where in references(tree, place)]


def require_good(kind: str, name: str) -> None:
    """Raises ValueError with a sentence where ``name`` cannot be the name of a macro, label or host."""
    if not _GOOD[kind].fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a {kind}: letters, digits, '_', '-' and '.' only.")


_GOOD = {
    "macro": re.compile(r"[\w.-]+", re.ASCII),
    "label": re.compile(r"[\w.-]+", re.ASCII),
    "host": re.compile(r"[\w./-]+", re.ASCII),
}


def same(one: Name, other: Name) -> bool:
    """Whether two names are one, wherever they stand."""
    return (one.kind, one.text, one.file) == (other.kind, other.text, other.file)


def _near(tree: Tree, place: Position) -> list[Name]:
    """The names of the logical line or definition at a place."""
    if tree.kind == "macros":
        return list(_macro(tree, tree.at(place.line)))
    leaf = tree.leaf_at(place)
    found = [] if leaf is None else [replace(name, span=leaf.span(name.span)) for name in _named(leaf.chunk)]
    if tree.kind == "groups":
        found = [*_members(tree, found), *_group_file(tree, Span(place, place))]
    return sorted(found, key=lambda name: name.span)


def _named(chunk: Chunk) -> tuple[Name, ...]:
    """The names of a logical line, lines from its first one; kept with it."""
    if chunk.names is None:
        chunk.names = tuple(name for command in chunk.commands for name in _command(command, chunk))
    return chunk.names


def _command(command: Command, chunk: Chunk) -> Iterator[Name]:
    for _, name, file in macro_spots(command):
        yield Name("macro", name.text, chunk.span(name), file=file)
    for spot in spots(command):
        text, where = spot.piece.text, chunk.span(spot.piece)
        if not text or "$" in text or "macro:" in text.lower():
            continue
        if chunk.text[spot.piece.start : spot.piece.end] != text:
            # Quotes or braces made the name; it cannot be replaced as a whole.
            continue
        if spot.kind == "host" and (label := label_in(spot.target) if spot.target else ""):
            inner = spot.piece.cut(1, len(text) - 1)
            yield Name("label", label, chunk.span(inner))
        elif spot.kind == "host" and text[0] not in "-(){}[":
            yield Name("host", text, where)
        elif _is_label(spot) and not _types(spot.scope, command) & _NO_GUESTS:
            yield Name("label", text, where)


def _is_label(spot: Spot) -> bool:
    return spot.kind == "argument" and spot.sub is not None and spot.sub.key.text.upper() in _LABELS


def _types(scope: Sequence[Option], command: Command) -> set[str]:
    """The session types that -t names for a word: in its own context, else in front of the targets."""
    for options in (scope, command.arguments.options):
        for option in reversed(options):
            if option.letter == "t" and option.value is not None:
                return {option.value.text.upper()}
    return set()


def _members(tree: Tree, found: Iterable[Name]) -> Iterator[Name]:
    """The names of a group file's lines, as parts of the group."""
    group = group_of(tree)
    return (replace(name, inside=group) for name in found if name.text != _ALL_MEMBERS)


def _group_file(tree: Tree, where: Span | None = None) -> Iterator[Name]:
    """The file itself is the group's definition; what it includes, all of it or at ``where``, are other groups."""
    group = group_of(tree)
    if group:
        yield Name("host", group, span(0, 0, 0), definition=True)
    for leaf in tree.leaves(where):
        for piece in includes(leaf.chunk):
            yield Name("host", piece.text, leaf.span(leaf.chunk.span(piece)), inside=group)


def macro_file(tree: Tree) -> str:
    """What a macro file is called behind ``macro:NAME%``, "" for the default one."""
    return "" if tree.kind != "macros" or tree.name == "default" else tree.name


def group_of(tree: Tree) -> str:
    """The group that a file is, "" for any other file."""
    return tree.name if tree.kind == "groups" else ""


def _macro(tree: Tree, number: int) -> Iterator[Name]:
    """The names of a definition in a macro file: its own, and the macros in its text."""
    start, block = tree.starts[number], tree.chunks[number]
    macro = macro_of(block) if isinstance(block, Block) else None
    if macro is None:
        return
    name, own = macro.name.text, macro_file(tree)
    place = _span(block.text, start, macro.name.start, macro.name.end)
    yield Name("macro", name, place, definition=True, file=own)
    for match in MACRO.finditer(macro.text.text):
        call = macro_call(match)
        first = macro.text.start + match.start(1 if match.group(1) else 3)
        where = _span(block.text, start, first, first + len(call.name))
        yield Name("macro", call.name, where, inside=name, file=call.file)


def _span(text: str, start: int, first: int, last: int) -> Span:
    """A stretch of a block in the document; names do not run over lines."""
    before = split_lines(text[:first])
    line, column = len(before) - 1, len(before[-1])
    place = Position(start + line, column)
    return Span(place, Position(place.line, column + last - first))
