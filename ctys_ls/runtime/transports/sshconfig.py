"""The part of an ssh configuration that can concern one host.

asyncssh reads the whole file again for each host; with a paragraph per host that grows with the square of their number.
What is left out here are only paragraphs whose ``Host`` line names other hosts and nothing else, so the meaning of the
rest stays to the letter; ``Match``, patterns, ``Include`` and all general settings are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"^[ \t]*(host|match)(?:[ \t]*=[ \t]*|[ \t]+)(.*)$", re.IGNORECASE)
_LITERAL = re.compile(r"[\w.:@-]+\Z")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines up to the next Host or Match; ``names`` is None where it can concern any host."""

    names: frozenset[str] | None
    text: str


class SshConfigText:
    """A configuration cut into paragraphs once, to be put together for each host."""

    def __init__(self, text: str) -> None:
        self._paragraphs: list[_Paragraph] = []
        names: frozenset[str] | None = None
        lines: list[str] = []
        for line in text.splitlines():
            block = _BLOCK.match(line)
            if block:
                self._add(names, lines)
                names, lines = _names(block[1], block[2]), []
            lines.append(line)
        self._add(names, lines)

    def _add(self, names: frozenset[str] | None, lines: list[str]) -> None:
        if lines:
            self._paragraphs.append(_Paragraph(names, "\n".join(lines)))

    def for_host(self, host: str) -> str:
        """The text without the paragraphs that are about other hosts."""
        kept = [
            paragraph.text
            for paragraph in self._paragraphs
            if paragraph.names is None or host in paragraph.names
        ]
        return "\n".join(kept) + "\n"


def _names(keyword: str, rest: str) -> frozenset[str] | None:
    words = rest.partition("#")[0].split()
    if keyword.lower() != "host" or not words or not all(map(_LITERAL.match, words)):
        return None
    return frozenset(words)
