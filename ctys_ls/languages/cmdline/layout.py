"""The one canonical layout: one blank between words, contexts as ``host'(-Z KSU)'``, long commands continued.

Only what stands between words changes, and how contexts are quoted; a command that does anything unusual (pipes,
command substitution inside a context, quotes that are not closed) is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ctys_ls.languages.cmdline.chunk import Chunk, Simple
from ctys_ls.languages.cmdline.nodes import Command, Context, Option, Target
from ctys_ls.languages.cmdline.tree import Tree
from ctys_ls.languages.cmdline.words import Lexeme
from ctys_ls.text import Edit, Position, Span

#: The longest line that a command is laid out on.
WIDTH = 100
INDENT = "  "

_PLAIN_KINDS = frozenset({"word", "blank", "continuation", "newline", "comment"})
_SAFE = re.compile(r"[\w.@:/+-]+$", re.ASCII)
_TRAILING = re.compile(r"[ \t]+(?=\r?\n?$|\r$)")


def format_tree(tree: Tree, where: Span | None = None) -> list[Edit]:
    """Edits that bring the text (or the lines of ``where``) into the canonical layout."""
    edits: list[Edit] = []
    if tree.kind != "ctys":
        # The layout of scripts and texts is their owners' business.
        return edits
    for start, chunk in zip(tree.starts, tree.chunks, strict=True):
        if not isinstance(chunk, Chunk):
            continue
        if where is not None and not (start <= where.end.line and where.start.line < start + chunk.lines):
            continue
        body = chunk.text.rstrip("\r\n")
        fresh = laid_out(chunk)
        if fresh is not None and fresh != body:
            whole = Span(Position(0, 0), chunk.position(len(body)))
            edits.append(Edit(whole.shifted(start), fresh))
    return edits


def laid_out(chunk: Chunk) -> str | None:
    """A chunk in the canonical layout without its last terminator; None where it is left alone."""
    if chunk.open or any(lexeme.kind not in _PLAIN_KINDS or lexeme.bare for lexeme in chunk.lexemes):
        return None
    if not chunk.simple:
        return chunk.text.rstrip()
    simple = chunk.simple[0]
    if len(chunk.simple) > 1 or simple.command is None or _has_braces(simple):
        return None
    units = list(_units(chunk, simple, simple.command))
    if any("\n" in unit or "\r" in unit for unit in units):
        return None
    newline = "\r\n" if "\r\n" in chunk.text else "\n"
    comment = next(
        (chunk.text[each.start : each.end].rstrip() for each in chunk.lexemes if each.kind == "comment"), ""
    )
    text = _filled(units, newline)
    return f"{text}  {comment}" if comment else text


def _has_braces(simple: Simple) -> bool:
    """Whether braces made several words of one, which has to stay one."""
    return any(one.start == other.start for one, other in pairwise(simple.words))


def _filled(units: Sequence[str], newline: str) -> str:
    lines = [units[0]]
    for unit in units[1:]:
        # Two columns are kept for the backslash.
        if len(lines[-1]) + 1 + len(unit) + 2 <= WIDTH:
            lines[-1] += f" {unit}"
        else:
            lines.append(INDENT + unit)
    return f" \\{newline}".join(lines)


def _units(chunk: Chunk, simple: Simple, command: Command) -> Iterator[str]:
    """What is never torn apart: the name, an option with its value, a target with its contexts."""
    raw = [chunk.text[word.start : word.end] for word in simple.words]
    first = simple.prefix + (1 if command.name.text else 0)
    yield " ".join(raw[:first]) if first else raw[0]
    words, texts = simple.words[first:], raw[first:]
    count = _option_words(command, words)
    index = 0
    for option in command.arguments.options:
        size = _size(option, words, index)
        if size:
            yield " ".join(texts[index : index + size])
            index += size
    rest, rest_texts = words[count:], texts[count:]
    if command.arguments.separator is not None:
        yield "--"
        rest, rest_texts = rest[1:], rest_texts[1:]
    quoted = list(_targets(command, rest)) if command.program == "ctys" else None
    yield from (
        rest_texts if quoted is None or None in quoted else (text for text in quoted if text is not None)
    )


def _option_words(command: Command, words: Sequence[Lexeme]) -> int:
    """How many words the options fill."""
    last = max(
        (o.value.end if o.value is not None else o.flag.end for o in command.arguments.options), default=0
    )
    return sum(word.start < last for word in words)


def _size(option: Option, words: Sequence[Lexeme], index: int) -> int:
    """How many words an option fills; none for a letter in the middle of a cluster."""
    if index >= len(words) or words[index].start > option.flag.start:
        return 0
    return 2 if option.value is not None and not option.glued else 1


def _targets(command: Command, words: Sequence[Lexeme]) -> Iterator[str | None]:
    """Targets with their contexts in single quotes; None for what cannot be written so without a change."""
    arguments = command.arguments
    if any(word.expansions for word in words):
        yield None
        return
    if arguments.common is not None:
        yield _context(arguments.common)
    for target in arguments.targets:
        yield _body(target) if target.body is not None else _target(target)


def _target(target: Target) -> str | None:
    contexts = [_context(context) for context in target.contexts]
    if not _SAFE.match(target.name.text) or None in contexts:
        return None
    return target.name.text + "".join(text for text in contexts if text is not None)


def _context(context: Context) -> str | None:
    text = context.whole.text
    if not context.closed or "'" in text or context.nested:
        return None
    return f"'({' '.join(text[1:-1].split())})'"


def _body(target: Target) -> str | None:
    text = target.whole.text
    if not target.closed or "'" in text:
        return None
    inner = text[text.index("{") + 1 : -1]
    return f"{target.name.text}'{{ {' '.join(inner.split())} }}'"
