"""The shell's view of a line: words, operators, comments (POSIX shell, section 2.2 and 2.3; bash where it differs).

``lex`` never fails and loses nothing: the lexemes' stretches lie side by side and cover the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ctys_ls.languages.cmdline.pieces import Piece

#: Programs whose words are understood here.
PROGRAMS = ("ctys", "ctys-vhost")


class Expansion(NamedTuple):
    """A ``$NAME`` in a word: characters ``start`` to ``end`` of its text. ``name`` is None for what only a shell
    can work out (command substitution, arithmetic, ``${NAME:-…}``).
    """

    start: int
    end: int
    name: str | None
    quoted: bool


class Lexeme(NamedTuple):
    """A stretch of the text. ``kind`` is "word", "blank", "comment", "newline", "continuation" or "operator".

    For words and operators ``piece`` holds the text without quotes; ``bare`` are offsets of parentheses that the shell would
    refuse because they are not quoted; ``open`` is the quote that nothing closes.
    """

    kind: str
    start: int
    end: int
    piece: Piece | None = None
    quoted: bool = False
    expansions: tuple[Expansion, ...] = ()
    bare: tuple[int, ...] = ()
    open: str = ""
    #: The characters of the text that were quoted, as pairs of first and behind the last; empty quotes too.
    literal: tuple[tuple[int, int], ...] = ()


_BLANK = re.compile(r"[ \t]+")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_CONTINUATION = re.compile(r"\\(?:\r\n|\n|\r)")
_COMMENT = re.compile(r"#[^\r\n]*")
_OPERATOR = re.compile(r"&&|\|\||;;|\|&|&>>|&>|<<<|<<-|<<|>>|<&|>&|<>|>\||[;&|<>()]")
_PLAIN = re.compile(r"[^ \t\r\n'\"\\$`;&|<>()]+")
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|([0-9@*#?$!-])|\{([A-Za-z_]\w*)\}|\{[^}\r\n]*\})", re.ASCII)
_NAME = re.compile(r"\w+", re.ASCII)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
_SEPARATORS = frozenset({"&&", "||", ";;", "|&", ";", "&", "|", "(", ")"})
_REDIRECTIONS = frozenset({"&>>", "&>", "<<<", "<<-", "<<", ">>", "<&", ">&", "<>", ">|", "<", ">"})
#: Words before a command that leave it a command.
PREFIXES = frozenset(
    [
        "if",
        "then",
        "elif",
        "else",
        "while",
        "until",
        "do",
        "!",
        "{",
        "time",
        "sudo",
        "doas",
        "nohup",
        "exec",
        "env",
        "command",
        "nice",
        "ionice",
        "setsid",
    ]
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


def lex(text: str, start: int = 0) -> list[Lexeme]:
    """The lexemes of a text, from ``start`` on."""
    found: list[Lexeme] = []
    place, size = start, len(text)
    state = _State()
    while place < size:
        lexeme = _next(text, place, state)
        found.append(lexeme)
        state.saw(lexeme)
        place = lexeme.end
    return found


class _State:
    """What the shell knows at a place: whether a command's name has been seen, and whether it is ours."""

    def __init__(self) -> None:
        self.named = self.ours = self.redirected = False
        self.depth = 0

    def saw(self, lexeme: Lexeme) -> None:
        if lexeme.kind == "word" and lexeme.piece is not None:
            if self.redirected:
                self.redirected = False
            elif not self.named and not is_prefix(lexeme.piece.text):
                self.named = True
                self.ours = program_of(lexeme.piece.text) is not None
        elif lexeme.kind == "operator":
            operator = lexeme.piece.text if lexeme.piece is not None else ""
            self.redirected = operator in _REDIRECTIONS
            if operator in _SEPARATORS:
                self.named = self.ours = False
        elif lexeme.kind == "newline":
            self.named = self.ours = self.redirected = False


def is_prefix(word: str) -> bool:
    """Whether the command's name still follows: an assignment, a keyword, sudo."""
    return word in PREFIXES or _ASSIGNMENT.match(word) is not None


def program_of(word: str) -> str | None:
    """Which of our programs a command's name means: ``ctys``, ``/usr/bin/ctys``; None for any other."""
    name = word.rpartition("/")[2]
    return name if name in PROGRAMS else None


def is_separator(text: str) -> bool:
    """Whether an operator ends a command."""
    return text in _SEPARATORS


def is_redirection(text: str) -> bool:
    """Whether an operator takes the next word as a file."""
    return text in _REDIRECTIONS


def _next(text: str, place: int, state: _State) -> Lexeme:
    char = text[place]
    if char in " \t" and (match := _BLANK.match(text, place)):
        return Lexeme("blank", place, match.end())
    if char in "\r\n" and (match := _NEWLINE.match(text, place)):
        state.depth = 0
        return Lexeme("newline", place, match.end())
    if char == "\\" and (match := _CONTINUATION.match(text, place)):
        return Lexeme("continuation", place, match.end())
    if char == "#" and (match := _COMMENT.match(text, place)):
        return Lexeme("comment", place, match.end())
    bare = state.ours and (char == "(" or (char == ")" and state.depth > 0))
    if not bare and (match := _OPERATOR.match(text, place)):
        state.depth = 0
        return Lexeme("operator", place, match.end(), Piece(match.group(), place, match.end()))
    match = _PLAIN.match(text, place)
    if match and (match.end() == len(text) or text[match.end()] in " \t\r\n;&|<>"):
        return Lexeme("word", place, match.end(), Piece(match.group(), place, match.end()))
    return _Word(text, place, state).read()


class _Word:
    """A reader of one word that holds quotes, escapes or expansions."""

    def __init__(self, text: str, start: int, state: _State) -> None:
        self.text, self.start, self.place, self.state = text, start, start, state
        self.chars: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.expansions: list[Expansion] = []
        self.bare: list[int] = []
        self.literal: list[tuple[int, int]] = []
        self.quoted = False
        self.open = ""

    def read(self) -> Lexeme:
        text, size = self.text, len(self.text)
        while self.place < size and not self.open:
            char = text[self.place]
            if char in " \t\r\n;&|<>":
                break
            if char in "()":
                if not self._parenthesis(char):
                    break
            elif char == "'":
                self._literally(self._single)
            elif char == '"':
                self._literally(self._double)
            elif char == "\\":
                if not self._escape():
                    break
            elif char in "$`":
                self._dollar(quoted=False)
            else:
                match = _PLAIN.match(text, self.place)
                self._take(match.end() if match else self.place + 1)
        piece = Piece("".join(self.chars), self.start, self.place, self.starts, self.ends)
        return Lexeme(
            "word",
            self.start,
            self.place,
            piece,
            self.quoted,
            tuple(self.expansions),
            tuple(self.bare),
            self.open,
            tuple(self.literal),
        )

    def _literally(self, read: Callable[[], bool]) -> bool:
        """Read a quoted part and keep in mind which characters it gave."""
        first = len(self.chars)
        done = read()
        self.literal.append((first, len(self.chars)))
        return done

    def _take(self, end: int) -> None:
        """The text up to ``end`` as it is."""
        self.chars += self.text[self.place : end]
        self.starts += range(self.place, end)
        self.ends += range(self.place + 1, end + 1)
        self.place = end

    def _put(self, char: str, end: int) -> None:
        """One character that is written as the text up to ``end``."""
        self.chars.append(char)
        self.starts.append(self.place)
        self.ends.append(end)
        self.place = end

    def _parenthesis(self, char: str) -> bool:
        """In a command of ours an unquoted parenthesis is taken as the user meant it."""
        if not self.state.ours or (char == ")" and self.state.depth <= 0):
            return False
        self.state.depth += 1 if char == "(" else -1
        self.bare.append(self.place)
        self._take(self.place + 1)
        return True

    def _single(self) -> bool:
        end = self.text.find("'", self.place + 1)
        self.quoted = True
        self.place += 1
        if end < 0:
            self.open = "'"
            self._take(len(self.text))
            return True
        self._take(end)
        self.place += 1
        return True

    def _double(self) -> bool:
        text, size = self.text, len(self.text)
        self.quoted = True
        self.place += 1
        while self.place < size:
            char = text[self.place]
            if char == '"':
                self.place += 1
                return True
            if char in "$`":
                self._dollar(quoted=True)
            elif char == "\\" and self.place + 1 < size:
                if match := _CONTINUATION.match(text, self.place):
                    self.place = match.end()
                elif text[self.place + 1] in '$`"\\':
                    self._put(text[self.place + 1], self.place + 2)
                else:
                    self._take(self.place + 1)
            else:
                self._take(self.place + 1)
        self.open = '"'
        return True

    def _escape(self) -> bool:
        if match := _CONTINUATION.match(self.text, self.place):
            # A continuation inside a word vanishes; at the end of one it is a lexeme of its own.
            follows = self.text[match.end() : match.end() + 1]
            if not follows or follows in " \t\r\n;&|<>()#":
                return False
            self.place = match.end()
            return True
        if self.place + 1 >= len(self.text):
            self._take(self.place + 1)
            return True
        self.quoted = True
        self.literal.append((len(self.chars), len(self.chars) + 1))
        self._put(self.text[self.place + 1], self.place + 2)
        return True

    def _dollar(self, *, quoted: bool) -> None:
        text, first = self.text, len(self.chars)
        if not quoted and text.startswith("$'", self.place):
            self._literally(self._ansi)
            return
        if not quoted and text.startswith('$"', self.place):
            self.place += 1
            self._literally(self._double)
            return
        if match := _VARIABLE.match(text, self.place):
            self._take(match.end())
            name = match.group(1) or match.group(2) or match.group(3)
            if match.group(1):
                name += self._rest_of_name()
        elif text.startswith("$(", self.place) or text[self.place] == "`":
            self._take(_substitution_end(text, self.place))
            name = None
        else:
            self._take(self.place + 1)
            return
        self.expansions.append(Expansion(first, len(self.chars), name, quoted))

    def _rest_of_name(self) -> str:
        """What a continuation in the middle of a variable's name leaves for the next line."""
        found = ""
        while (gap := _CONTINUATION.match(self.text, self.place)) and (
            more := _NAME.match(self.text, gap.end())
        ):
            self.place = gap.end()
            self._take(more.end())
            found += more.group()
        return found

    def _ansi(self) -> bool:
        text, size = self.text, len(self.text)
        self.quoted = True
        self.place += 2
        while self.place < size:
            char = text[self.place]
            if char == "'":
                self.place += 1
                return True
            if char == "\\" and self.place + 1 < size:
                self._ansi_escape(text[self.place + 1])
            else:
                self._take(self.place + 1)
        self.open = "'"
        return True

    def _ansi_escape(self, char: str) -> None:
        code = _CODE.match(self.text, self.place)
        if code is None:
            self._put(_ESCAPES.get(char, char if char in "'\"\\?" else "\\"), self.place + 2)
            if char not in _ESCAPES and char not in "'\"\\?":
                self.place -= 1
                self._take(self.place + 1)
            return
        octal, hexa = code.group(1), code.group(2)
        self._put(chr(int(octal, 8) & 0xFF if octal else int(hexa, 16)), code.end())


_CODE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2}))")


def _substitution_end(text: str, place: int) -> int:
    """The end of a command substitution; parentheses in quotes do not count."""
    if text[place] == "`":
        end = text.find("`", place + 1)
        return len(text) if end < 0 else end + 1
    depth, index, size = 0, place + 1, len(text)
    while index < size:
        char = text[index]
        if char in "'\"":
            close = text.find(char, index + 1)
            index = size if close < 0 else close
        elif char == "\\":
            index += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if not depth:
                return index + 1
        index += 1
    return size
