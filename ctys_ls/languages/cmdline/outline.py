"""The shape of a document: its commands, what can be folded, what each word is for colouring."""

from __future__ import annotations

from collections.abc import Iterator

from ctys_ls.languages.answers import Fold, Symbol, Token
from ctys_ls.languages.cmdline.nodes import Command, all_options
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.spots import Spot, macro_spots, spots
from ctys_ls.languages.cmdline.tree import Chunk, Tree
from ctys_ls.schema import cmdline as schema
from ctys_ls.text import Span, span

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
    """The commands, each with its targets."""
    found = []
    for start, chunk in zip(tree.starts, tree.chunks, strict=True):
        for command in chunk.commands:
            whole = Span(chunk.position(command.start), chunk.position(command.end)).shifted(start)
            name, children = _title(command), tuple(_targets(command, chunk, start))
            found.append(
                Symbol(
                    name, "event", whole, chunk.span(command.name).shifted(start), command.program, children
                )
            )
    return found


def _title(command: Command) -> str:
    """What a command does, in its own words."""
    if command.program == "ctys-vhost":
        return " ".join(["look up", *(term.text for term in command.arguments.terms)])
    actions = [option.action.whole.text for option in all_options(command.arguments) if option.action]
    hosts = dict.fromkeys(target.host.text for target in command.arguments.targets)
    return " ".join([", ".join(actions) or "create", *(["on", ", ".join(hosts)] if hosts else [])])


def _targets(command: Command, chunk: Chunk, start: int) -> Iterator[Symbol]:
    for target in command.arguments.targets:
        options = " ".join(context.whole.text for context in target.contexts)
        yield Symbol(
            target.name.text or "?",
            "namespace",
            chunk.span(target.whole).shifted(start),
            chunk.span(target.name).shifted(start),
            options,
        )


def folds(tree: Tree) -> list[Fold]:
    """Commands over several lines, and runs of comments."""
    found, run = [], None
    for start, chunk in zip(tree.starts, tree.chunks, strict=True):
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


def tokens(tree: Tree) -> list[Token]:
    """Semantic tokens in order of place."""
    return [
        Token(token.span.shifted(start), token.kind, token.modifiers)
        for start, chunk in zip(tree.starts, tree.chunks, strict=True)
        if chunk.lexemes
        for token in _chunk_tokens(chunk)
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
        yield Token(Span(start, end), kind)
        return
    for line in range(start.line, end.line + 1):
        begin = start.column if line == start.line else 0
        stop = end.column if line == end.line else chunk.line_length(line)
        if stop > begin:
            yield Token(span(line, begin, stop), kind)
