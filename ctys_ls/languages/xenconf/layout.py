"""The one canonical layout: ``key = value``, no blanks at line ends, lists over several lines set in by four.

Comments stay where they are, strings are never touched, and a statement that xl refuses is left alone.
"""

from __future__ import annotations

import re

from ctys_ls.languages.xenconf.lexer import ADD, BAD, NEWLINE, Piece, pieces
from ctys_ls.languages.xenconf.parser import Chunk
from ctys_ls.languages.xenconf.tree import Tree
from ctys_ls.text import Edit, Position, Span, content_length, slice_of, span, split_lines

_INDENT = "    "
#: What may be taken away; other kinds of white space are characters that xl refuses, and stay to be seen.
_BLANK = " \t\r\n"


def format(tree: Tree, where: Span | None = None) -> list[Edit]:  # noqa: A001 -- the Language protocol's name
    """Edits that bring the text, or the lines of ``where``, into the canonical layout; applied twice they change nothing."""
    first, last = (where.start.line, where.end.line) if where else (0, len(tree.lines) - 1)
    edits: list[Edit] = []
    written = _last_written(tree)
    index = tree.at(first)
    while index < len(tree.chunks) and tree.starts[index] <= last:
        chunk, start = tree.chunks[index], tree.starts[index]
        index += 1
        old = list(tree.lines[start : start + chunk.height])
        new = _new(chunk, old)
        if new != old and (where or start <= written):
            edits += _edits(start, old, new)
    if where is None:
        edits += _end(tree, written)
    return edits


def _new(chunk: Chunk, old: list[str]) -> list[str]:
    """The canonical lines of a chunk; those of a refused one stay, save for a comment that only lacks its line end."""
    unfinished = [problem.code for problem in chunk.problems] == ["xenconf.syntax-final-comment"]
    if chunk.problems and not unfinished:
        return old
    text = "".join(old) + ("\n" if unfinished else "")
    new = _statement(text) if chunk.names else _blank(text)
    return [*new[:-1], new[-1].removesuffix("\n")] if unfinished else new


def text_lines(text: str) -> list[str]:
    """The lines of a chunk, without the empty one that follows a final line end."""
    lines = split_lines(text)
    return lines if lines[-1] else lines[:-1]


def _blank(line: str) -> list[str]:
    """A comment or an empty line: only the blanks at its end go."""
    body = line.rstrip("\r\n")
    end = "\n" if line != body else ""
    return [body.rstrip(" \t") + end]


def _statement(text: str) -> list[str]:
    found = list(pieces(text))
    if any(piece.kind == BAD for piece in found):
        return text_lines(text)
    if "\n" in text.rstrip("\n"):
        return _long(text)
    comment = next(
        (
            piece.text.rstrip(_BLANK)
            for piece in found
            if piece.kind == NEWLINE and piece.text.startswith("#")
        ),
        "",
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
    for number, line in enumerate(text_lines(text)):
        found = list(pieces(line if line.endswith("\n") else line + "\n"))
        code = [piece for piece in found if piece.kind != NEWLINE]
        comment = next(
            (
                piece.text.rstrip(_BLANK)
                for piece in found
                if piece.kind == NEWLINE and piece.text.startswith("#")
            ),
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


def _last_written(tree: Tree) -> int:
    """The last line with anything but blanks; -1 where there is none."""
    for number in range(len(tree.lines) - 1, -1, -1):
        if tree.lines[number].strip(_BLANK):
            return number
    return -1


def _end(tree: Tree, written: int) -> list[Edit]:
    """Exactly one line end closes the text.

    A stray character that xl drops at the very end would be refused in front of a line end; such a text stays.
    """
    if any(problem.code == "xenconf.stray-end" for problem in tree.chunks[-1].problems):
        return []
    last = len(tree.lines) - 1
    end = Position(last, len(tree.lines[last]))
    start = Position(written, content_length(tree.lines[written])) if written >= 0 else Position(0, 0)
    text = "\n" if written >= 0 else ""
    tail = slice_of(tree.lines, Span(start, end))
    return [] if tail in {text, "\r\n"} else [Edit(Span(start, end), text)]
