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
    r"(?P<blank>[ \t\r\f\v]+|\#[^\n]*)|(?P<newline>\n)|(?P<number>0x[0-9a-fA-F]+(?!\w)|[0-9]+(?!\w))"
    r"|(?P<word>[A-Za-z_]\w*(?=[\s=+,;\[\]#'\")]|$))|(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<append>\+=)|(?P<sign>[=\[\],;])|(?P<error>[^ \t\n]+)",
    re.ASCII,
)
_ESCAPES = {"n": "\n", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "r": "\r", "v": "\v"}


class ConfError(Exception):
    """The file is not in xl's language; the text is xl's message without the file's name."""


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
    return _Reader(_tokens(text)).read()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    line, depth = 1, 0
    for match in _TOKEN.finditer(text):
        kind, word = str(match.lastgroup), match.group()
        if kind == "error":
            raise ConfError(f"{line}: config parsing error near `{word}': lexical error")
        if kind == "newline":
            if depth == 0:
                tokens.append(_Token(kind, word, line))
            line += 1
        elif kind != "blank":
            depth += {"[": 1, "]": -1}.get(word, 0) if kind == "sign" else 0
            depth = max(depth, 0)
            tokens.append(_Token(kind, word, line))
    tokens.append(_Token("end", "", line))
    return tokens


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        return self._now.kind == "sign" and self._now.text == text

    def read(self) -> Conf:
        conf = Conf({}, {})
        while self._now.kind != "end":
            if self._now.kind == "newline" or self._is(";"):
                self._take()
                continue
            self._setting(conf)
            if self._now.kind not in ("newline", "end") and not self._is(";"):
                self._refuse("$end")
        return conf

    def _setting(self, conf: Conf) -> None:
        if self._now.kind != "word":
            self._refuse("$end")
        key = self._take()
        if self._now.kind != "append" and not self._is("="):
            self._refuse("+= or '='")
        append = self._take().kind == "append"
        value = self._value()
        before = conf.values.get(key.text)
        if append and isinstance(before, str) and isinstance(value, str):
            value = before + value
        elif append and isinstance(before, list) and isinstance(value, list):
            value = [*before, *value]
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
        near = {"newline": "<newline>", "end": "<end of file>"}.get(token.kind, f"`{token.text}'")
        raise ConfError(
            f"{token.line}: config parsing error near {near}: syntax error, unexpected {name}, expecting {expected}"
        )


def _plain(token: _Token) -> str:
    if token.kind == "number":
        return token.text
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), token.text[1:-1])


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
