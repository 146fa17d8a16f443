"""The shape of a document: its commands, what can be folded, what each word is for colouring."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ctys_ls.languages.answers import Fold, Symbol, Token
from ctys_ls.languages.cmdline.chunk import Chunk
from ctys_ls.languages.cmdline.hover import command_at
from ctys_ls.languages.cmdline.macrofile import macro_symbols, macro_tokens
from ctys_ls.languages.cmdline.nodes import Command, all_options
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.spots import Spot, macro_spots, spot_at, spots
from ctys_ls.languages.cmdline.tree import Leaf, Tree
from ctys_ls.schema import cmdline as schema
from ctys_ls.text import Position, Span

_KINDS = {
    "program": "function",
    "flag": "keyword",
    "action": "method",
    "key": "property",
    "user": "variable",
    "host": "namespace",
    "construct": "keyword",
    "bracket": "operator",
    "separator": "operator",
    "term": "string",
}


def symbols(tree: Tree) -> list[Symbol]:
    """The commands, each with its targets; the definitions of a macro file."""
    if tree.kind == "macros":
        return macro_symbols(tree)
    found = []
    for leaf in tree.leaves():
        for command in leaf.chunk.commands:
            name, children = _title(command), tuple(_targets(command, leaf))
            selection = leaf.span(leaf.chunk.span(command.name))
            found.append(
                Symbol(name, "event", command_span(command, leaf), selection, command.program, children)
            )
    return found


def _title(command: Command) -> str:
    """What a command does, in its own words."""
    if command.program == "ctys-vhost":
        return " ".join(["look up", *(term.text for term in command.arguments.terms)])
    actions = [option.action.whole.text for option in all_options(command.arguments) if option.action]
    hosts = dict.fromkeys(target.host.text for target in command.arguments.targets)
    return " ".join([", ".join(actions) or "create", *(["on", ", ".join(hosts)] if hosts else [])])


def command_span(command: Command, leaf: Leaf) -> Span:
    """Where a command stands in the document."""
    return leaf.span(Span(leaf.chunk.position(command.start), leaf.chunk.position(command.end)))


def command_lines(tree: Tree, where: Span | None = None) -> list[tuple[Span, str]]:
    """The commands that can be run of a document, or of the lines of ``where``: where they stand, and their text."""
    return [
        (command_span(simple.command, leaf), leaf.chunk.text[simple.command.start : simple.command.end])
        for leaf in tree.leaves(where)
        for simple in leaf.chunk.simple
        # What ssh runs on another host cannot be run from here as it stands.
        if simple.command and simple.command.name.text and not simple.remote
    ]


def selections(tree: Tree, place: Position) -> list[Span]:
    """The spans around a place, the innermost first: the word's part, its suboption, the value, the option, the target,
    the command.
    """
    leaf = tree.leaf_at(place)
    command = command_at(leaf.chunk, leaf.offset(place)) if leaf else None
    if leaf is None or command is None:
        return []
    offset = leaf.offset(place)
    pieces: list[Piece] = []
    spot = spot_at(command, offset)
    if spot is not None:
        pieces.append(spot.piece)
        if spot.sub is not None:
            pieces.append(spot.sub.whole)
        if spot.option is not None and spot.option.value is not None:
            value = spot.option.value
            pieces += [value, Piece("", spot.option.flag.start, value.end)]
        if spot.target is not None:
            pieces.append(spot.target.whole)
    pieces.append(Piece("", command.start, command.end))
    inside = [piece for piece in pieces if piece.start <= offset <= piece.end]
    return [leaf.span(leaf.chunk.span(piece)) for piece in inside]


def _targets(command: Command, leaf: Leaf) -> Iterator[Symbol]:
    for target in command.arguments.targets:
        options = " ".join(context.whole.text for context in target.contexts)
        yield Symbol(
            target.name.text or "?",
            "namespace",
            leaf.span(leaf.chunk.span(target.whole)),
            leaf.span(leaf.chunk.span(target.name)),
            options,
        )


def folds(tree: Tree) -> list[Fold]:
    """Commands over several lines, and runs of comments."""
    found: list[Fold] = []
    run: int | None = None
    if tree.kind in ("shell", "markdown", "org"):
        return found
    for start, _, chunk in tree.leaves():
        comment = bool(chunk.lexemes) and not chunk.simple and chunk.lexemes[0].kind == "comment"
        if comment:
            run = start if run is None else run
        elif run is not None:
            if start - run > 1:
                found.append(Fold(run, start - 1, "comment"))
            run = None
        last = chunk.position(len(chunk.text.rstrip("\r\n"))).line
        if last > 0:
            found.append(Fold(start, start + last))
    if run is not None and tree.starts[-1] > run:
        found.append(Fold(run, tree.starts[-1], "comment"))
    return found


def tokens(tree: Tree, first: int = 0, last: int | None = None) -> list[Token]:
    """Semantic tokens in order of place, of the logical lines that have part in some lines."""
    if tree.kind == "macros":
        return macro_tokens(tree)
    end = last if last is not None else sys.maxsize
    return [
        leaf.token(token)
        for leaf in tree.leaves()
        if leaf.chunk.lexemes and first - len(leaf.chunk.offsets) < leaf.line <= end
        for token in _chunk_tokens(leaf.chunk)
    ]


def _chunk_tokens(chunk: Chunk) -> list[Token]:
    if chunk.tokens is None:
        found = list(_marks(chunk))
        found.sort(key=lambda mark: (mark[0], -mark[1]))
        chunk.tokens = []
        end = 0
        for first, last, kind in found:
            # Of two marks on the same text the one that began first stays.
            if first >= end and last > first:
                chunk.tokens += _in_lines(chunk, first, last, kind)
                end = last
    return chunk.tokens


def _marks(chunk: Chunk) -> Iterator[tuple[int, int, str]]:
    for lexeme in chunk.lexemes:
        if lexeme.kind == "comment":
            yield lexeme.start, lexeme.end, "comment"
    for command in chunk.commands:
        macros = [whole for whole, _, _ in macro_spots(command)]
        for whole in macros:
            yield whole.start, whole.end, "macro"
        for spot in spots(command):
            if not any(_overlap(spot.piece, whole) for whole in macros):
                kind = _KINDS.get(spot.kind) or _value_kind(spot, command)
                yield spot.piece.start, spot.piece.end, kind


def _overlap(one: Piece, other: Piece) -> bool:
    return one.start < other.end and other.start < one.end


def _value_kind(spot: Spot, command: Command) -> str:
    rows = schema.rows()
    text = spot.piece.text
    if text.isdigit():
        return "number"
    if spot.kind == "argument" and spot.sub is not None:
        sub = rows.sub(spot.action, spot.sub.key.text)
        return "enumMember" if sub is not None and sub.kind in ("enum", "enums") else "string"
    row = rows.option(command.program, spot.option.letter) if spot.option else None
    return "enumMember" if row is not None and row.kind in ("enum", "enums") else "string"


def _in_lines(chunk: Chunk, first: int, last: int, kind: str) -> Iterator[Token]:
    start, end = chunk.position(first), chunk.position(last)
    if start.line == end.line:
        yield Token(start.line, start.column, end.column, kind)
        return
    for line in range(start.line, end.line + 1):
        begin = start.column if line == start.line else 0
        stop = end.column if line == end.line else chunk.line_length(line)
        if stop > begin:
            yield Token(line, begin, stop, kind)
