"""Semantic tokens: the whole document, what has changed since the last time, or a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, hot
from ctys_ls.text import to_units

if TYPE_CHECKING:
    from ctys_ls.documents import Document

#: The legend: the protocol's standard names, in the order of their numbers.
KINDS = (
    "namespace", "type", "class", "enum", "interface", "struct", "typeParameter", "parameter", "variable", "property",
    "enumMember", "event", "function", "method", "macro", "keyword", "modifier", "comment", "string", "number", "regexp",
    "operator", "decorator",
)  # fmt: skip
MODIFIERS = (
    "declaration", "definition", "readonly", "static", "deprecated", "abstract", "async", "modification",
    "documentation", "defaultLibrary",
)  # fmt: skip
_KIND = {name: number for number, name in enumerate(KINDS)}
_MODIFIER = {name: 1 << number for number, name in enumerate(MODIFIERS)}


class Sent:
    """What each document's client was last sent, so that a delta can be told."""

    def __init__(self) -> None:
        self._count = 0
        self._last: dict[str, tuple[str, list[int]]] = {}

    def whole(self, uri: str, data: list[int]) -> dict[str, Any]:
        """All tokens."""
        self._count += 1
        self._last[uri] = (str(self._count), data)
        return {"resultId": str(self._count), "data": data}

    def delta(self, uri: str, previous: str, data: list[int]) -> dict[str, Any]:
        """What has changed since ``previous``; all tokens where that is not known any more."""
        ident, old = self._last.get(uri, ("", []))
        answer = self.whole(uri, data)
        if not ident or ident != previous:
            return answer
        return {"resultId": answer["resultId"], "edits": difference(old, data)}

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._last.pop(uri, None)


def register(ls: CtysServer) -> None:
    """Register semantic tokens."""
    sent = Sent()
    ls.when_closed.append(sent.forget)
    legend = types.SemanticTokensLegend(token_types=list(KINDS), token_modifiers=list(MODIFIERS))

    # As they come and go: the framework would look at each of a hundred thousand numbers.
    @hot(ls, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def full(ls: CtysServer, params: Any) -> dict[str, Any] | None:
        document = ls.documents.get(params["textDocument"]["uri"])
        return None if document is None else sent.whole(document.uri, encoded(ls, document))

    @hot(ls, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, legend)
    def delta(ls: CtysServer, params: Any) -> dict[str, Any] | None:
        document = ls.documents.get(params["textDocument"]["uri"])
        if document is None:
            return None
        return sent.delta(document.uri, params["previousResultId"], encoded(ls, document))

    @hot(ls, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, legend)
    def part(ls: CtysServer, params: Any) -> dict[str, Any] | None:
        document = ls.documents.get(params["textDocument"]["uri"])
        if document is None:
            return None
        where = params["range"]
        return {"data": encoded(ls, document, where["start"]["line"], where["end"]["line"])}


def encoded(ls: CtysServer, document: Document, first: int = 0, last: int | None = None) -> list[int]:
    """The tokens of the lines ``first`` to ``last`` in the protocol's relative numbers."""
    if document.language is None:
        return []
    data: list[int] = []
    line, column, encoding, lines = 0, 0, ls.client.encoding, document.lines
    seen, simple = -1, True
    for number, start, end, kind, modifiers in document.language.tokens(document.tree, first, last):
        if number < first or (last is not None and number > last) or kind not in _KIND:
            continue
        if number != seen:
            # Nearly every line counts the same in all units.
            seen, simple = number, lines[number].isascii()
        if not simple:
            start = to_units(lines[number], start, encoding)  # noqa: PLW2901 - in the client's units from here on
            end = to_units(lines[number], end, encoding)  # noqa: PLW2901
        bits = sum(_MODIFIER.get(name, 0) for name in modifiers) if modifiers else 0
        data += (number - line, start - column if number == line else start, end - start, _KIND[kind], bits)
        line, column = number, start
    return data


def difference(old: list[int], new: list[int]) -> list[dict[str, Any]]:
    """The one edit that turns ``old`` into ``new``; none where they are the same."""
    limit = min(len(old), len(new))
    head = next((place for place in range(limit) if old[place] != new[place]), limit)
    tail = next((count for count in range(limit - head) if old[-1 - count] != new[-1 - count]), limit - head)
    if head == len(old) == len(new):
        return []
    return [{"start": head, "deleteCount": len(old) - head - tail, "data": new[head : len(new) - tail]}]
