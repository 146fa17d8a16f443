"""The one canonical layout: ``key = value``, no blanks at line ends, lists over several lines set in by four.

Comments stay where they are, strings are never touched, and a statement that xl refuses is left alone.
"""

from __future__ import annotations

import re

from ctys_ls.languages.xenconf.lexer import ADD, BAD, NEWLINE, Piece, pieces
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.text import Edit, Position, Span, span

_INDENT = "    "
_WIDTH = 100


def format(tree: Tree, where: Span | None = None) -> list[Edit]:  # noqa: A001 -- the Language protocol's name
    """Edits that bring the text, or the lines of ``where``, into the canonical layout; applied twice they change nothing."""
    first, last = (where.start.line, where.end.line) if where else (0, len(tree.lines) - 1)
    edits: list[Edit] = []
    index = tree.at(first)
    while index < len(tree.chunks) and tree.starts[index] <= last:
        chunk, start = tree.chunks[index], tree.starts[index]
        index += 1
        old = list(tree.lines[start : start + chunk.height])
        new = (
            _blank(old[0]) if not chunk.names else (list(old) if chunk.problems else _statement("".join(old)))
        )
        if chunk.problems and not chunk.names:
            new = list(old)
        if new != old:
            edits += _edits(start, old, new)
    if where is None:
        edits += _end(tree)
    return edits


def _blank(line: str) -> list[str]:
    """A comment or an empty line: only the blanks at its end go."""
    body = line.rstrip("\r\n")
    end = "\n" if line != body else ""
    return [body.rstrip(" \t") + end]


def _statement(text: str) -> list[str]:
    found = pieces(text)
    if any(piece.kind == BAD for piece in found):
        return text.splitlines(keepends=True)
    if "\n" in text.rstrip("\n"):
        return _long(text)
    comment = next(
        (piece.text.rstrip() for piece in found if piece.kind == NEWLINE and piece.text.startswith("#")), ""
    )
    code = _line([piece for piece in found if piece.kind != NEWLINE])
    gap = re.search(r"([ \t]*)#[^\n]*\n?$", text)
    space = gap[1] if gap and comment and gap[1] else "  "
    return [code + (space + comment if comment else "") + ("\n" if text.endswith("\n") else "")]


def _line(found: list[Piece]) -> str:
    """Tokens of one line with canonical blanks."""
    out: list[str] = []
    before = ""
    for piece in found:
        kind = piece.kind
        if kind in {"=", ADD}:
            out.append(f" {kind} ")
        elif kind in {",", ";"}:
            out.append(f"{kind} ")
        elif kind == "[":
            out.append("[" if out and before not in {"[", ",", "=", ADD, ";", ""} else "[ ")
        elif kind == "]":
            if before == "[":
                out[-1] = "[]"
            else:
                out.append("]" if before in {"", ","} else " ]")
        else:
            out.append(piece.text)
        before = kind
    return "".join(out).rstrip(" ")


def _long(text: str) -> list[str]:
    """A list over several lines: each line is set in by its depth, blanks inside the line are made canonical."""
    lines: list[str] = []
    depth = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        found = pieces(line if line.endswith("\n") else line + "\n")
        code = [piece for piece in found if piece.kind != NEWLINE]
        comment = next(
            (piece.text.rstrip() for piece in found if piece.kind == NEWLINE and piece.text.startswith("#")),
            "",
        )
        closing = 0
        for piece in code:
            if piece.kind != "]":
                break
            closing += 1
        body = _line(code).lstrip(" ")
        indent = _INDENT * max(0, depth - closing) if number else ""
        depth += sum((piece.kind == "[") - (piece.kind == "]") for piece in code)
        if not body:
            indent = _INDENT * depth if number else ""
        gap = re.search(r"([ \t]*)#[^\n]*\n?$", line)
        space = gap[1] if gap and gap[1] else "  "
        joined = body + (space + comment if comment and body else comment)
        lines.append((indent + joined if joined else "") + ("\n" if line.endswith("\n") else ""))
    return lines


def _edits(start: int, old: list[str], new: list[str]) -> list[Edit]:
    if len(old) != len(new):
        return [Edit(Span(Position(start, 0), Position(start + len(old) - 1, len(old[-1]))), "".join(new))]
    return [
        Edit(span(start + number, 0, len(before.rstrip("\r\n"))), after.rstrip("\r\n"))
        for number, (before, after) in enumerate(zip(old, new, strict=True))
        if before != after
    ]


def _end(tree: Tree) -> list[Edit]:
    """Exactly one line end closes the text."""
    last = len(tree.lines) - 1
    if tree.lines[last]:
        end = Position(last, len(tree.lines[last]))
        return [Edit(Span(end, end), "\n")]
    blank = last
    while blank and not tree.lines[blank - 1].strip():
        blank -= 1
    if blank == last or not blank:
        return []
    return [Edit(Span(Position(blank, 0), Position(last, 0)), "")]
