"""Command lines in shell scripts, Markdown and org."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ctys_ls.languages.cmdline.chunk import Chunk, chunk_of
from ctys_ls.languages.cmdline.readers import LONGEST_BLOCK, Block, Reader, dull, grown, read_lines
from ctys_ls.text import content_length

Leaves = list[tuple[int, int, Chunk]]

#: A line of a script that is complete in itself: quotes are closed, nothing is substituted, no here-document begins.
_COMPLETE = re.compile(
    r"""(?:[^'"\\#`$<\r\n]|'[^'\r\n]*'|"(?:[^"\\`$\r\n]|\\[^\r\n]|\$(?!\())*"|\\[^\r\n]|\$(?![('"])|<(?!<)|(?<=\S)\#)*
        (?:\#[^\r\n]*)?[\r\n]*$""",
    re.VERBOSE,
)
_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*\{?\.?([\w-]*)")
_INLINE = re.compile(r"(?<!`)(`+)(?!`)[ ]?((?:ctys|ctys-vhost)[ ][^`\r\n]*?)[ ]?\1(?!`)")
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*(?:[$#][ ])?(?:ctys|ctys-vhost)[ \t]")
#: A shell's prompt in front of a command. A bare ``#`` is a comment, but in a transcript of a console.
_PROMPT = re.compile(r"[ \t]*(?:[^\s'\"|;&<>()$#]{0,40}[$%>]|[^\s'\"|;&<>()$#]{1,40}#)[ \t]+(?=\S)")
_CONSOLE_PROMPT = re.compile(r"[ \t]*[^\s'\"|;&<>()$#]{0,40}[$%>#][ \t]+(?=\S)")
_CONSOLES = frozenset({"console", "shell-session", "shellsession", "text"})
_ORG_BEGIN = re.compile(r"[ \t]*#\+begin_(src|example)(?:[ \t]+([\w-]+))?", re.IGNORECASE)
_ORG_FIXED = re.compile(r"[ \t]*:[ ](?:[$#][ ])?(?=(?:ctys|ctys-vhost)[ \t])")
_ORG_INLINE = re.compile(r"(?<!\w)([~=])((?:ctys|ctys-vhost)[ ][^\r\n]*?\S)\1(?!\w)|src_\w+\{([^}\r\n]*)\}")
#: A target that a forgotten backslash may have cut off from the line above.
_TARGET = re.compile(r"[ \t]*[\w.@-]+['\"]\([ \t]*-")
#: The letters of ctys in some order, and an action behind -a: among other text too that is a slip.
_SLIP = re.compile(
    r"(?:^|[|;&($>%#])[ \t]*[ctys]{3,6}(?:-vhost)?[ \t][^\r\n]*-a[ \t]*(?:create|cancel|list|enumerate|show|info)\b",
    re.IGNORECASE,
)
_SHELLS = frozenset(
    {
        "",
        "sh",
        "bash",
        "shell",
        "zsh",
        "ksh",
        "dash",
        "console",
        "shell-session",
        "shellsession",
        "ctys",
        "text",
    }
)


def read_script(lines: Sequence[str], place: int) -> tuple[Chunk | Block, int, int]:
    """A logical line of a shell script, with the here-documents that it begins."""
    line = lines[place]
    if _COMPLETE.match(line):
        return (chunk_of(line) if _ours(line) else dull(line)), 1, 1
    chunk, count, reach = grown(lines, place, LONGEST_BLOCK, strict=False)
    ends = _delimiters(chunk)
    if ends:
        return _with_bodies(lines, place, chunk, count, ends)
    if _ours(chunk.text):
        return chunk, count, reach
    return Block(chunk.text, count), count, reach


def _ours(text: str) -> bool:
    return "ctys" in text or _TARGET.match(text) is not None or ("-a" in text and bool(_SLIP.search(text)))


def _delimiters(chunk: Chunk) -> list[str]:
    """The words that end the here-documents of a line."""
    found, wanted = [], False
    for lexeme in chunk.lexemes:
        if lexeme.kind == "operator" and lexeme.piece is not None:
            wanted = lexeme.piece.text in ("<<", "<<-")
        elif lexeme.kind == "word" and lexeme.piece is not None:
            if wanted:
                found.append(lexeme.piece.text)
            wanted = False
    return found


def _with_bodies(
    lines: Sequence[str], place: int, chunk: Chunk, count: int, ends: list[str]
) -> tuple[Chunk | Block, int, int]:
    first = end = place + count
    for delimiter in ends:
        stop = min(len(lines), place + LONGEST_BLOCK)
        while end < stop and lines[end].strip("\t\r\n") != delimiter:
            end += 1
        if end >= stop:
            # Nothing ends it: the shell would read to the end of the file, and a user who is typing would see all vanish.
            return chunk, count, stop - place + 1
        end += 1
    leaves: Leaves = [(0, 0, chunk)] if "ctys" in chunk.text else []
    leaves += _leaves(lines[first:end], first - place)
    return Block("".join(lines[place:end]), end - place, tuple(leaves)), end - place, end - place


def _leaves(lines: Sequence[str], shift: int, prompt: re.Pattern[str] | None = None) -> Leaves:
    """The logical lines of a block of code that mention ctys."""
    found: Leaves = []
    place = 0
    while place < len(lines):
        line = lines[place]
        column = 0
        if prompt is not None and (match := prompt.match(line)):
            column = match.end()
            chunk, count, _ = read_lines([line[column:], *lines[place + 1 :]], 0)
        elif not _ours(line) and not line.rstrip().endswith("\\"):
            place += 1
            continue
        else:
            chunk, count, _ = read_lines(lines, place)
        if _ours(chunk.text):
            found.append((place + shift, column, chunk))
        place += count
    return found


def read_markdown(lines: Sequence[str], place: int) -> tuple[Chunk | Block, int, int]:
    """A fenced block of Markdown, or one line with code in it."""
    line = lines[place]
    if match := _FENCE.match(line):
        fence, language = match.group(1), match.group(2).lower()
        return _block(lines, place, re.compile(rf"[ \t]{{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*$"), language)
    if "ctys" not in line:
        return dull(line), 1, 1
    if _INDENTED.match(line):
        return _indented(lines, place)
    leaves = [(0, match.start(2), chunk_of(match.group(2))) for match in _INLINE.finditer(line)]
    return Block(line, 1, tuple(leaves), checked=False), 1, 1


def _indented(lines: Sequence[str], place: int) -> tuple[Chunk | Block, int, int]:
    match = _PROMPT.match(lines[place])
    column = match.end() if match else 0
    chunk, count, reach = read_lines([lines[place][column:], *lines[place + 1 : place + LONGEST_BLOCK]], 0)
    return Block("".join(lines[place : place + count]), count, ((0, column, chunk),)), count, reach


def _block(lines: Sequence[str], place: int, end: re.Pattern[str], language: str) -> tuple[Block, int, int]:
    """A block of code from its first line to the one that ``end`` matches."""
    stop = min(len(lines), place + LONGEST_BLOCK)
    last = place + 1
    while last < stop and not end.match(lines[last][: content_length(lines[last])]):
        last += 1
    if last >= stop:
        return dull(lines[place]), 1, stop - place + 1
    body = lines[place + 1 : last]
    count = last + 1 - place
    shell = language in _SHELLS or language.startswith("sh")
    prompt = None if language == "ctys" else _CONSOLE_PROMPT if language in _CONSOLES else _PROMPT
    leaves = _leaves(body, 1, prompt) if shell and any(map(_ours, body)) else []
    return Block("".join(lines[place : last + 1]), count, tuple(leaves)), count, count


def read_org(lines: Sequence[str], place: int) -> tuple[Chunk | Block, int, int]:
    """A source block of org, or one line with code in it."""
    line = lines[place]
    if match := _ORG_BEGIN.match(line):
        end = re.compile(rf"[ \t]*#\+end_{match.group(1)}\b", re.IGNORECASE)
        return _block(lines, place, end, (match.group(2) or "").lower())
    if "ctys" not in line:
        return dull(line), 1, 1
    if match := _ORG_FIXED.match(line):
        return Block(line, 1, ((0, match.end(), chunk_of(line[match.end() :])),)), 1, 1
    leaves = []
    for match in _ORG_INLINE.finditer(line):
        group = 2 if match.group(2) is not None else 3
        leaves.append((0, match.start(group), chunk_of(match.group(group))))
    return Block(line, 1, tuple(leaves), checked=False), 1, 1


READERS: dict[str, Reader] = {"shell": read_script, "markdown": read_markdown, "org": read_org}
