"""Symbols, folds and semantic tokens."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from ctys_ls.languages.answers import Fold, Symbol, Token
from ctys_ls.languages.xenconf.lexer import ADD, NAME, NEWLINE, NUMBER, STRING, pieces
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.languages.xenconf.values import Atom, Setting
from ctys_ls.schema.load import xen_keys
from ctys_ls.text import Position, Span, content_length

_KINDS = {NUMBER: "number", STRING: "string", "=": "operator", ADD: "operator"}


def symbols(tree: Tree) -> list[Symbol]:
    """The guest, with its settings below it."""
    children = []
    for index, chunk in enumerate(tree.chunks):
        if chunk.names:
            start = tree.starts[index]
            children += [_symbol(setting, start) for setting in tree.settings(index)]
    name = next((one for one in reversed(tree.found("name")) if isinstance(one.setting.value, Atom)), None)
    if name is None:
        return children
    last = len(tree.lines) - 1
    whole = Span(Position(0, 0), Position(last, len(tree.lines[last])))
    value = name.setting.value
    title = value.value if isinstance(value, Atom) else ""
    return [
        Symbol(
            title or "(no name)",
            "class",
            whole,
            name.setting.name_span.shifted(name.line),
            "guest",
            tuple(children),
        )
    ]


def _symbol(setting: Setting, start: int) -> Symbol:
    value = setting.value
    if isinstance(value, Atom):
        return Symbol(
            setting.name,
            "property",
            setting.span.shifted(start),
            setting.name_span.shifted(start),
            value.value[:80],
        )
    items = tuple(
        Symbol(item.value[:80] or "''", "string", item.span.shifted(start), item.span.shifted(start))
        for item in islice(value, 500)
        if isinstance(item, Atom)
    )
    return Symbol(
        setting.name,
        "array",
        setting.span.shifted(start),
        setting.name_span.shifted(start),
        f"{len(value)}",
        items,
    )


def folds(tree: Tree) -> list[Fold]:
    """Lists over several lines, and blocks of comments."""
    found = []
    block = -1
    for index, chunk in enumerate(tree.chunks):
        start = tree.starts[index]
        comment = chunk.height == 1 and not chunk.names and tree.lines[start].lstrip().startswith("#")
        if comment and block < 0:
            block = start
        elif not comment:
            if block >= 0 and start - block > 1:
                found.append(Fold(block, start - 1, "comment"))
            block = -1
        if chunk.height > 1 and chunk.names:
            found.append(Fold(start, start + chunk.height - 1))
    end = len(tree.lines) - 1
    if block >= 0 and end - block > 1:
        found.append(Fold(block, end - (0 if tree.lines[end] else 1), "comment"))
    return found


def tokens(tree: Tree, first: int = 0, last: int | None = None) -> list[Token]:
    """Keys, values and comments of some lines; a key that xl does not know is none of its own."""
    lines = tree.lines[first : None if last is None else last + 1]
    return [
        Token(number, start, end, kind, marks)
        for number, line in enumerate(lines, first)
        for start, end, kind, marks in _line_tokens(line)
    ]


@lru_cache(maxsize=20000)
def _line_tokens(line: str) -> tuple[tuple[int, int, str, tuple[str, ...]], ...]:
    """The tokens of one line: columns, kind, modifiers. Cached, as an edit changes few lines of a file."""
    known = xen_keys()
    end = content_length(line)
    found = []
    for piece in pieces(line if line.endswith("\n") else line + "\n"):
        if piece.kind == NAME:
            key = known.get(piece.text)
            marks = ("deprecated",) if key and (key.deprecated or key.xm_only) else ()
            found.append((piece.start, piece.end, "property" if key else "variable", marks))
        elif piece.kind == NEWLINE and piece.text.startswith("#"):
            kind = "macro" if piece.text.startswith("#@#") else "comment"
            found.append((piece.start, min(piece.end, end), kind, ()))
        elif piece.kind in _KINDS:
            found.append((piece.start, piece.end, _KINDS[piece.kind], ()))
    return tuple(found)
