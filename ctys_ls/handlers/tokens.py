"""Semantic tokens: the whole document, what has changed since the last time, or a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, feature
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

    @feature(ls, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def full(ls: CtysServer, params: types.SemanticTokensParams) -> dict[str, Any] | None:
        document = ls.documents.get(params.text_document.uri)
        return None if document is None else sent.whole(document.uri, encoded(ls, document))

    @feature(ls, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA, legend)
    def delta(ls: CtysServer, params: types.SemanticTokensDeltaParams) -> dict[str, Any] | None:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return None
        return sent.delta(document.uri, params.previous_result_id, encoded(ls, document))

    @feature(ls, types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, legend)
    def part(ls: CtysServer, params: types.SemanticTokensRangeParams) -> dict[str, Any] | None:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return None
        return {"data": encoded(ls, document, params.range.start.line, params.range.end.line)}


def encoded(ls: CtysServer, document: Document, first: int = 0, last: int | None = None) -> list[int]:
    """The tokens of the lines ``first`` to ``last`` in the protocol's relative numbers."""
    if document.language is None:
        return []
    data: list[int] = []
    line, column, encoding = 0, 0, ls.client.encoding
    for token in document.language.tokens(document.tree):
        (number, start), (_, end) = token.span
        if number < first or (last is not None and number > last) or token.kind not in _KIND:
            continue
        text = document.lines[number]
        begin = to_units(text, start, encoding)
        bits = sum(_MODIFIER.get(name, 0) for name in token.modifiers)
        data += (
            number - line,
            begin - column if number == line else begin,
            to_units(text, end, encoding) - begin,
            _KIND[token.kind],
            bits,
        )
        line, column = number, begin
    return data


def difference(old: list[int], new: list[int]) -> list[dict[str, Any]]:
    """The one edit that turns ``old`` into ``new``; none where they are the same."""
    limit = min(len(old), len(new))
    head = next((place for place in range(limit) if old[place] != new[place]), limit)
    tail = next((count for count in range(limit - head) if old[-1 - count] != new[-1 - count]), limit - head)
    if head == len(old) == len(new):
        return []
    return [{"start": head, "deleteCount": len(old) - head - tail, "data": new[head : len(new) - tail]}]
