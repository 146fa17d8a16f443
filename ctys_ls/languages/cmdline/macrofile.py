"""What an editor shows in a macro file: completion, hover, outline and colours of its definitions."""

from __future__ import annotations

import re

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Completion, Hover, Symbol, Token
from ctys_ls.languages.cmdline.definitions import macro_of
from ctys_ls.languages.cmdline.expand import MacroCall, macro_text
from ctys_ls.languages.cmdline.names import name_at, names
from ctys_ls.languages.cmdline.readers import Block
from ctys_ls.languages.cmdline.tree import Tree
from ctys_ls.languages.cmdline.world import world
from ctys_ls.text import Position, Span, span, split_lines

_REFERENCE = re.compile(r"macro:([\w.-]*)$", re.IGNORECASE)
_REST = re.compile(r"[\w.-]*")


def complete_macros(tree: Tree, place: Position, facts: Facts) -> Completion | None:
    """The names of macros behind ``macro:``; those of this file are facts once it is saved."""
    line = _line(tree, place.line)
    match = _REFERENCE.search(line[: place.column])
    rest = _REST.match(line, place.column)
    if match is None or rest is None:
        return None
    return Completion(span(place.line, match.start(1), rest.end()), world(facts).macros)


def hover_macro(tree: Tree, place: Position, facts: Facts) -> Hover | None:
    """The text of the macro at a place: as this file has it, else as facts have it."""
    name = name_at(tree, place)
    if name is None:
        return None
    text = _texts(tree).get(name.text) or macro_text(MacroCall(name.text, name.file, optional=False), facts)
    said = f"```\n{text}\n```" if text is not None else "Nobody has defined it."
    return Hover(f"**macro {name.text}**\n\n{said}", name.span)


def macro_symbols(tree: Tree) -> list[Symbol]:
    """The definitions."""
    found = []
    for start, block in zip(tree.starts, tree.chunks, strict=True):
        macro = macro_of(block) if isinstance(block, Block) else None
        if macro is not None:
            last = split_lines(block.text.rstrip("\r\n"))
            whole = Span(Position(start, 0), Position(start + len(last) - 1, len(last[-1])))
            where = span(start, macro.name.start, macro.name.end)
            found.append(Symbol(macro.name.text, "constant", whole, where, " ".join(macro.text.text.split())))
    return found


def macro_tokens(tree: Tree) -> list[Token]:
    """Definitions, references and comments."""
    found = [
        Token(*start, end.column, "macro", ("definition",) if definition else ())
        for (start, end), definition in ((name.span, name.definition) for name in names(tree))
    ]
    for start, block in zip(tree.starts, tree.chunks, strict=True):
        if block.text.lstrip().startswith("#"):
            first = split_lines(block.text)[0].rstrip("\r\n")
            found.append(Token(start, len(first) - len(first.lstrip()), len(first), "comment"))
    return sorted(found)


def _line(tree: Tree, line: int) -> str:
    number = tree.at(line)
    lines = split_lines(tree.chunks[number].text)
    return lines[line - tree.starts[number]] if line - tree.starts[number] < len(lines) else ""


def _texts(tree: Tree) -> dict[str, str]:
    macros = (macro_of(block) for block in tree.chunks if isinstance(block, Block))
    return {macro.name.text: macro.text.text for macro in macros if macro is not None}
