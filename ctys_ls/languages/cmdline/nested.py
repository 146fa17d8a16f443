"""Shell text inside shell words: ``$( … )``, what ssh runs on a host, the text of ``sh -c``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctys_ls.languages.cmdline.pieces import Piece, joined
from ctys_ls.languages.cmdline.words import Lexeme, lex

#: Options of ssh that take a value (ssh(1)).
_SSH_VALUES = frozenset("BbcDEeFIiJLlmOopQRSWw")
_SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh", "su"})


def nested_texts(words: Sequence[Lexeme], first: int) -> Iterator[tuple[Piece, bool]]:
    """The texts inside the words of a command that a shell will read again, and whether one on another host does.

    ``first`` is the number of the command's name among the words.
    """
    for word in words:
        if word.piece is not None and "ctys" in word.piece.text:
            yield from ((text, False) for text in _substitutions(word, word.piece))
    pieces = [word.piece for word in words[first:] if word.piece is not None]
    if not pieces:
        return
    name, rest = pieces[0].text.rpartition("/")[2], pieces[1:]
    if name == "ssh":
        command = rest[_ssh_words(rest) :]
        if command:
            yield joined(command, " "), True
    elif name in _SHELLS:
        for index, piece in enumerate(rest[:-1]):
            if piece.text.startswith("-") and piece.text.endswith("c"):
                yield rest[index + 1], False
                return
    elif name == "eval" and rest:
        yield joined(rest, " "), False


def _substitutions(word: Lexeme, piece: Piece) -> Iterator[Piece]:
    for expansion in word.expansions:
        if expansion.name is not None:
            continue
        text = piece.text[expansion.start : expansion.end]
        lead = 2 if text.startswith("$(") else 1 if text.startswith("`") else 0
        closed = len(text) > lead and text[-1] in ")`"
        if lead:
            yield piece.cut(expansion.start + lead, expansion.end - 1 if closed else expansion.end)


def _ssh_words(rest: Sequence[Piece]) -> int:
    """How many words of ssh stand before the command that it runs: options and the host."""
    index = 0
    while index < len(rest) and rest[index].text.startswith("-"):
        text = rest[index].text
        index += 2 if len(text) == 2 and text[1] in _SSH_VALUES else 1
    return index + 1


def relexed(piece: Piece) -> list[Lexeme]:
    """The lexemes of a text that was quoted once already, with their places in the chunk."""
    return [_mapped(lexeme, piece) for lexeme in lex(piece.text)]


def _mapped(lexeme: Lexeme, source: Piece) -> Lexeme:
    where = source.cut(lexeme.start, lexeme.end)
    if lexeme.piece is None:
        return lexeme._replace(start=where.start, end=where.end)
    inner = lexeme.piece
    starts = inner.starts if inner.starts is not None else range(inner.start, inner.end)
    ends = inner.ends if inner.ends is not None else range(inner.start + 1, inner.end + 1)
    piece = Piece(
        inner.text,
        where.start,
        where.end,
        [source.cut(start, start + 1).start for start in starts],
        [source.cut(end - 1, end).end for end in ends],
    )
    bare = tuple(source.cut(place, place + 1).start for place in lexeme.bare)
    return lexeme._replace(start=where.start, end=where.end, piece=piece, bare=bare)
