"""Macro files (``NAME = text``) and group files (targets): the two files that other lines refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ctys_ls.languages.cmdline.chunk import Chunk, chunk_of
from ctys_ls.languages.cmdline.pieces import Piece
from ctys_ls.languages.cmdline.readers import Block, Reader, read_lines
from ctys_ls.text import split_lines

_MACRO = re.compile(r"[ \t]*([\w.-]+)[ \t]*=[ \t]*")
_INCLUDE = re.compile(r"[ \t]*#include[ \t]+([^\r\n#]+)")
_CONTINUED = re.compile(r"\\(\r\n|\r|\n)$")


class Macro(NamedTuple):
    """A definition in a macro file: places count characters of its chunk."""

    name: Piece
    text: Piece


def read_macros(lines: Sequence[str], place: int) -> tuple[Chunk | Block, int, int]:
    """A definition with its continuation lines. The shell has no part in it: quotes mean nothing here."""
    count = 1
    while place + count < len(lines) and _CONTINUED.search(lines[place + count - 1]):
        count += 1
    reach = count + (1 if place + count == len(lines) and _CONTINUED.search(lines[-1]) else 0)
    return Block("".join(lines[place : place + count]), count), count, reach


def read_groups(lines: Sequence[str], place: int) -> tuple[Chunk | Block, int, int]:
    """A line of targets; quotes and continuations as on a command line."""
    plain, count, reach = read_lines(lines, place)
    chunk = chunk_of(plain.text, "members")
    return chunk, count, reach


READERS: dict[str, Reader] = {"macros": read_macros, "groups": read_groups}


def macro_of(block: Block) -> Macro | None:
    """The definition that a block of a macro file holds; None for comments and empty lines."""
    text = block.text
    match = _MACRO.match(text)
    if match is None or text.lstrip().startswith("#"):
        return None
    end = len(text.rstrip())
    first = min(match.end(), end)
    return Macro(Piece(match.group(1), match.start(1), match.end(1)), Piece(text[first:end], first, end))


def includes(chunk: Chunk) -> Iterator[Piece]:
    """The group files that an ``#include`` line of a group file names."""
    match = _INCLUDE.match(chunk.text)
    if match is None:
        return
    for name in re.finditer(r"[^\s,]+", match.group(1)):
        start = match.start(1) + name.start()
        yield Piece(name.group(), start, start + len(name.group()))


def read_macro_text(text: str) -> dict[str, str]:
    """The macros of a file's text by name; of two with one name the last counts. Continuations vanish."""
    lines = split_lines(text)
    found: dict[str, str] = {}
    place = 0
    while place < len(lines):
        block, count, _ = read_macros(lines, place)
        macro = macro_of(block) if isinstance(block, Block) else None
        if macro is not None:
            found[macro.name.text] = re.sub(r"\\(?:\r\n|\r|\n)[ \t]*", "", macro.text.text)
        place += count
    return found


def read_group_text(text: str) -> tuple[str, ...]:
    """The members of a group file as written, in order, ``#include`` lines among them. Commas and blanks separate members."""
    members: list[str] = []
    lines = split_lines(text)
    place = 0
    while place < len(lines):
        chunk, count, _ = read_groups(lines, place)
        place += count
        if isinstance(chunk, Block):
            continue
        if included := [piece.text for piece in includes(chunk)]:
            members.append(f"#include {','.join(included)}")
        for command in chunk.commands:
            for target in command.arguments.targets:
                contexts = "".join(f"'({context.whole.text[1:-1]})'" for context in target.contexts)
                members.append(target.name.text + contexts)
    return tuple(members)
