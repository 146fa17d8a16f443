"""A small reader of xl configuration files, for the simulated ``xl create``.

It is the simulator's own on purpose: the product's reader (``languages``) is one of the things that simulated hosts
test. The grammar is that of libxlutil (settings, lists, ``+=``); its messages are those of the real captures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A setting: text, or a list (of text and lists).
Value = str | list["Value"]

_TOKEN = re.compile(
    r"(?P<blank>[ \t]+|\#[^\n]*(?=\n))|(?P<newline>\n)|(?P<number>0x[0-9a-f]+|[0-9]+)|(?P<word>[a-z][._0-9a-z]*)"
    r"|(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")|(?P<append>\+=)|(?P<sign>[=\[\],;])|(?P<error>[^ \t\n]+)"
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|(.))", re.DOTALL)
_PLAIN = {
    "n": "\n",
    "t": "\t",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "r": "\r",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
#: What may stand where, in the words of the parser generator.
_STATEMENT, _END = "$end or IDENT or NEWLINE or ';'", "$end"


class ConfError(Exception):
    """The file is not in xl's language; ``messages`` are xl's, without the file's name. The text is the first."""

    def __init__(self, *messages: str) -> None:
        super().__init__(messages[0])
        self.messages = messages


@dataclass(frozen=True, slots=True)
class Conf:
    """The settings of a file: the last value of each key, and the line where it stood (from 1)."""

    values: dict[str, Value]
    lines: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def read_conf(text: str) -> Conf:
    """The settings of ``text``. Raises ConfError with the first message that xl would print."""
    try:
        return _Reader(text).read()
    except RecursionError:
        raise ConfError("1: config parsing error near `[': memory exhausted") from None


class _LexicalError(Exception):
    """A word that is none; the lexer has reported it already."""


class _SyntaxError(Exception):
    """A token in the wrong place; the text is the message."""


class _Lexer:
    """Tokens one after the other. ``depth`` counts open lists, in which line ends mean nothing."""

    def __init__(self, text: str, messages: list[str]) -> None:
        self._words = _TOKEN.finditer(text)
        self._messages = messages
        self._line = 1
        self._after_newline = False
        self.depth = 0

    def next(self) -> _Token:
        """The next token, "end" at the end. Raises _LexicalError."""
        for match in self._words:
            kind, word = str(match.lastgroup), match.group()
            self._after_newline = kind == "newline"
            if kind == "newline":
                self._line += 1
                if self.depth == 0:
                    # The parser complains about the end of a line before the line is counted: one less, and one more.
                    return _Token(kind, word, self._line - 2)
            elif kind == "error":
                self._messages.append(f"{self._line}: config parsing error near `{word}': lexical error")
                raise _LexicalError
            elif kind != "blank":
                self.depth = max(0, self.depth + {"[": 1, "]": -1}.get(word, 0))
                return _Token(kind, word, self._line)
        return _Token("end", "", self._line - self._after_newline)


class _Reader:
    """The parser, with the recovery of the real one: go on after the line, and say no more until three tokens fit."""

    _FITTING = 3

    def __init__(self, text: str) -> None:
        self._messages: list[str] = []
        self._lexer = _Lexer(text, self._messages)
        self._token: _Token | None = None
        self._fitted = self._FITTING

    @property
    def _now(self) -> _Token:
        if self._token is None:
            self._token = self._lexer.next()
        return self._token

    def _take(self) -> _Token:
        token, self._token = self._now, None
        self._fitted += 1
        return token

    def _recover(self) -> None:
        self._fitted = 0
        while True:
            self._lexer.depth = 0
            try:
                if self._now.kind in ("newline", "end"):
                    return
            except _LexicalError:
                continue
            self._token = None

    def _is(self, text: str) -> bool:
        return self._now.kind == "sign" and self._now.text == text

    def read(self) -> Conf:
        conf = Conf({}, {})
        while True:
            try:
                if self._now.kind == "end":
                    break
                self._statement(conf)
            except _LexicalError:
                self._recover()
            except _SyntaxError as error:
                if self._fitted >= self._FITTING:
                    self._messages.append(str(error))
                self._recover()
        if self._messages:
            raise ConfError(*self._messages)
        return conf

    def _statement(self, conf: Conf) -> None:
        if self._now.kind == "newline" or self._is(";"):
            self._take()
            return
        self._setting(conf)
        if self._now.kind not in ("newline", "end") and not self._is(";"):
            self._refuse(_END)

    def _setting(self, conf: Conf) -> None:
        if self._now.kind != "word":
            self._refuse(_STATEMENT)
        key = self._take()
        if self._now.kind != "append" and not self._is("="):
            self._refuse("+= or '='")
        append = self._take().kind == "append"
        token = self._now
        value = self._value()
        before = conf.values.get(key.text)
        if append and isinstance(before, str) and isinstance(value, str):
            value = before + value
        elif append and isinstance(before, list) and isinstance(value, list):
            value = [*before, *value]
        elif append and before is not None:
            raise _SyntaxError(
                f"{token.line}: config parsing error near `{token.text}': can't add [list] to \"string\" or vice versa"
            )
        conf.values[key.text] = value
        conf.lines[key.text] = key.line

    def _value(self) -> Value:
        if self._now.kind in ("string", "number"):
            return _plain(self._take())
        if not self._is("["):
            self._refuse("STRING or NUMBER or '['")
        self._take()
        items: list[Value] = []
        while not self._is("]"):
            if self._now.kind not in ("string", "number") and not self._is("["):
                self._refuse("']'")
            items.append(self._value())
            if self._is(","):
                self._take()
            elif not self._is("]"):
                self._refuse("']'")
        self._take()
        return items

    def _refuse(self, expected: str) -> None:
        token = self._now
        names = {
            "word": "IDENT",
            "newline": "NEWLINE",
            "string": "STRING",
            "number": "NUMBER",
            "append": "+=",
        }
        name = "$end" if token.kind == "end" else names.get(token.kind, f"'{token.text}'")
        near = {"newline": "<newline>", "end": "`'"}.get(token.kind, f"`{token.text}'")
        raise _SyntaxError(
            f"{token.line}: config parsing error near {near}: syntax error, unexpected {name}, expecting {expected}"
        )


def _plain(token: _Token) -> str:
    if token.kind == "number":
        return token.text

    def unescape(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 8) & 0xFF)
        if match[2] not in _PLAIN:
            what = (
                "digit after backslash hexnumerical character escape"
                if match[2] == "x"
                else "character after backlash"
            )
            raise _SyntaxError(
                f"{token.line}: config parsing error near `{token.text}': invalid {what} in quoted string"
            )
        return _PLAIN[match[2]]

    return _ESCAPE.sub(unescape, token.text[1:-1])


def text_of(conf: Conf, key: str) -> str:
    """The plain value of ``key``; "" where it is missing or a list."""
    value = conf.values.get(key, "")
    return value if isinstance(value, str) else ""


def texts_of(conf: Conf, key: str) -> list[str]:
    """The plain items of the list ``key``; a plain value counts as a list of one."""
    value = conf.values.get(key, [])
    if isinstance(value, str):
        return [value] if value else []
    return [item for item in value if isinstance(item, str)]
