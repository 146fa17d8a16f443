"""A command line in each kind of document, with 🐧 in front of it where the place allows, and ranges in UTF-16 units."""

from __future__ import annotations

from typing import Any

#: Language id to what stands in front of a line and what behind it.
AROUND = {
    "ctys": ("# 🐧\n", "\n"),
    "shellscript": ("#!/bin/sh\necho '🐧' && ", "\n"),
    "markdown": ("🐧 text\n\n```console\n🐧$ ", "\n```\n"),
    "org": ("#+begin_src sh\necho '🐧' | ", "\n#+end_src\n"),
}


class Standing:
    """``line`` in a document of ``language``."""

    def __init__(self, language: str, line: str, uri: str) -> None:
        before, after = AROUND[language]
        self.language, self.line, self.uri = language, line, uri
        self.text = before + line + after
        self.number = before.count("\n")
        self.column = len(before.rpartition("\n")[2])

    def spot(self, word: str, shift: int = 0) -> dict[str, Any]:
        """The range of a word of the line; ``shift`` leaves characters at its beginning out."""
        lines = self.text.split("\n")[self.number]
        start = self.column + self.line.index(word)
        ends = (_units(lines[:at]) for at in (start + shift, start + len(word)))
        first, last = ({"line": self.number, "character": units} for units in ends)
        return {"start": first, "end": last}

    def at(self, word: str, shift: int = 0) -> dict[str, Any]:
        """The place of a word as the parameters of a request."""
        return {"textDocument": {"uri": self.uri}, "position": self.spot(word, shift)["start"]}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
