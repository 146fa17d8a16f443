"""One logical line: its lexemes, the commands in it, and the answers that are kept with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from ctys_ls.facts import Facts
from ctys_ls.languages.answers import Name, Token
from ctys_ls.languages.cmdline import syntax
from ctys_ls.languages.cmdline.braces import brace_words
from ctys_ls.languages.cmdline.nested import nested_texts, relexed
from ctys_ls.languages.cmdline.nodes import Command
from ctys_ls.languages.cmdline.pieces import Piece, joined
from ctys_ls.languages.cmdline.words import (
    Lexeme,
    is_prefix,
    is_redirection,
    is_separator,
    lex,
    program_of,
)
from ctys_ls.problems import Problem
from ctys_ls.text import Position, Span, content_length, split_lines


class Simple:
    """A simple command of the shell: its words, and what it is for us (``command``, None for other programs).

    ``nested`` is set inside the words of another command, ``remote`` where another host's shell reads it.
    """

    __slots__ = ("command", "name", "nested", "prefix", "remote", "words")

    def __init__(self, words: list[Lexeme], prefix: int, command: Command | None) -> None:
        self.words, self.prefix, self.command = words, prefix, command
        self.nested = self.remote = False
        self.name = words[prefix] if prefix < len(words) else None


class Chunk:
    """The parse of one logical line. Never changed after it is made, but for answers that are kept with it."""

    __slots__ = (
        "alone",
        "commands",
        "form",
        "lexemes",
        "lines",
        "names",
        "offsets",
        "open",
        "problems",
        "simple",
        "sound",
        "text",
        "tokens",
    )

    def __init__(self, text: str, form: str = "shell") -> None:
        self.text = text
        #: "shell": commands; "prompt": the program's name is left out; "members": targets only, as in a group file.
        self.form = form
        self.lexemes = lex(text)
        self.simple = (
            _members(self.lexemes, text) if form == "members" else _simple_commands(self.lexemes, form, text)
        )
        self.commands: tuple[Command, ...] = tuple(s.command for s in self.simple if s.command)
        self.open = _open(self.lexemes)
        lines = split_lines(text)
        self.offsets = (0, *accumulate(len(line) for line in lines[:-1]))
        #: An empty line behind the last terminator is not counted: it is the next chunk's first one.
        self.lines = len(lines) if lines[-1] or len(lines) == 1 else len(lines) - 1
        #: What the checks found, with the facts that they were made from; kept by ``check``.
        self.problems: tuple[Facts, list[Problem]] | None = None
        #: The facts by which nothing is wrong here, whatever stands around it; kept by ``check``.
        self.sound: Facts | None = None
        #: The names that places share; kept by ``names``.
        self.names: tuple[Name, ...] | None = None
        #: Semantic tokens; kept by ``outline``.
        self.tokens: list[Token] | None = None
        #: Whether the line is nothing but targets; found out by ``cutoff``.
        self.alone: bool | None = None

    def position(self, offset: int) -> Position:
        """The place of an offset, in lines from the chunk's first one."""
        if len(self.offsets) == 1:
            return Position(0, offset)
        line = bisect_right(self.offsets, offset) - 1
        return Position(line, offset - self.offsets[line])

    def offset(self, place: Position) -> int:
        """The offset of a place; one outside the chunk is moved to the nearest inside."""
        line = max(0, min(place.line, len(self.offsets) - 1))
        return self.offsets[line] + max(0, min(place.column, self.line_length(line)))

    def line_length(self, line: int) -> int:
        """The length of a line without its terminator."""
        last = self.offsets[line + 1] if line + 1 < len(self.offsets) else len(self.text)
        return content_length(self.text[self.offsets[line] : last])

    def span(self, piece: Piece) -> Span:
        """Where a piece was written."""
        return Span(self.position(piece.start), self.position(piece.end))


@lru_cache(maxsize=4096)
def prompt_chunk(line: str) -> Chunk:
    """A line that is typed at a prompt; it may begin with the options, its program's name left out."""
    return Chunk(line, "prompt" if line.lstrip().startswith(("-", "(")) else "shell")


def chunk_of(text: str, form: str = "shell") -> Chunk:
    """The parse of a logical line; equal lines share one."""
    return Chunk(text, form)


def _open(lexemes: Sequence[Lexeme]) -> str:
    """What keeps the text from being complete: a quote, ``\\`` for a continuation, or nothing."""
    if not lexemes:
        return ""
    last = lexemes[-1]
    return "\\" if last.kind == "continuation" else last.open


def _simple_commands(lexemes: Sequence[Lexeme], form: str, text: str) -> list[Simple]:
    """The commands of a line, between separators; commands inside a command's words follow it."""
    nested = "ctys" in text
    found: list[Simple] = []
    words: list[Lexeme] = []
    redirected = False
    end = 0
    for lexeme in lexemes:
        if lexeme.kind == "word":
            if not redirected:
                words.append(lexeme)
            redirected = False
            end = lexeme.end
            continue
        if lexeme.kind != "operator" or lexeme.piece is None:
            continue
        operator = lexeme.piece.text
        if is_redirection(operator):
            redirected = True
            # The number in front of a redirection is a file descriptor, not a word.
            if words and words[-1].end == lexeme.start and words[-1].piece and words[-1].piece.text.isdigit():
                words.pop()
        elif is_separator(operator):
            found += _with_nested(words, end, form, nested=nested)
            words, redirected = [], False
    found += _with_nested(words, end, form, nested=nested)
    return found


def _with_nested(words: list[Lexeme], end: int, form: str, *, nested: bool) -> list[Simple]:
    if not words:
        return []
    simple = _simple(words, end, form)
    found = [simple]
    if nested:
        for text, remote in nested_texts(words, simple.prefix):
            if "ctys" in text.text:
                inner = _simple_commands(relexed(text), "shell", text.text)
                for each in inner:
                    each.nested, each.remote = True, each.remote or remote
                found += inner
    return found


def _simple(words: list[Lexeme], end: int, form: str) -> Simple:
    prefix = 0
    words = [word for each in words for word in brace_words(each)]
    pieces = [word.piece for word in words if word.piece is not None]
    while prefix < len(pieces) and is_prefix(pieces[prefix].text):
        prefix += 1
    if prefix == len(pieces):
        return Simple(words, prefix, None)
    program = program_of(pieces[prefix].text)
    if program is None and form == "prompt" and not prefix:
        name = Piece("", pieces[0].start, pieces[0].start)
        return Simple(words, 0, syntax.command("ctys", name, pieces, end))
    if program is None:
        return Simple(words, prefix, None)
    return Simple(words, prefix, syntax.command(program, pieces[prefix], pieces[prefix + 1 :], end))


def _members(lexemes: Sequence[Lexeme], text: str) -> list[Simple]:
    """A line of a group file: targets with contexts, blanks or commas between them."""
    words = [lexeme for lexeme in lexemes if lexeme.kind == "word" and lexeme.piece is not None]
    if not words:
        return []
    pieces = [word.piece for word in words if word.piece is not None]
    # Commas between members count as blanks; inside a context they belong to its options.
    line = joined(pieces, " ")
    depth, chars = 0, []
    for char in line.text:
        depth += (char == "(") - (char == ")")
        chars.append(" " if char == "," and depth <= 0 else char)
    name = Piece("", words[0].start, words[0].start)
    arguments = syntax.targets_of(line._replace(text="".join(chars)))
    return [
        Simple(words, 0, Command("ctys", name, arguments, tuple(pieces), words[0].start, len(text.rstrip())))
    ]
