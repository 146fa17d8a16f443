"""The shape of a document: symbols, folding, selection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, feature
from ctys_ls.handlers.wire import place_in, span_out
from ctys_ls.text import Position, Span, content_length, span

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.languages.answers import Symbol

_WORD = re.compile(r"[\w.-]+")


def register(ls: CtysServer) -> None:
    """Register document symbols, folding ranges and selection ranges."""

    @feature(ls, types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(ls: CtysServer, params: types.DocumentSymbolParams) -> list[dict[str, Any]]:
        document = ls.documents.get(params.text_document.uri)
        if document is None or document.language is None:
            return []
        found = document.language.symbols(document.tree)
        if ls.client.nested_symbols:
            return [_nested(ls, document, symbol) for symbol in found]
        return [flat for symbol in found for flat in _flat(ls, document, symbol, "")]

    @feature(ls, types.TEXT_DOCUMENT_FOLDING_RANGE)
    def folding(ls: CtysServer, params: types.FoldingRangeParams) -> list[dict[str, Any]]:
        document = ls.documents.get(params.text_document.uri)
        if document is None or document.language is None:
            return []
        return [
            {"startLine": fold.first, "endLine": fold.last} | ({"kind": fold.kind} if fold.kind else {})
            for fold in document.language.folds(document.tree)
        ]

    @feature(ls, types.TEXT_DOCUMENT_SELECTION_RANGE)
    def selection(ls: CtysServer, params: types.SelectionRangeParams) -> list[dict[str, Any]]:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return []
        answers = []
        for raw in params.positions:
            place = place_in(
                document.lines, {"line": raw.line, "character": raw.character}, ls.client.encoding
            )
            answer: dict[str, Any] = {}
            for where in reversed(_around(document, place)):
                outer = {"parent": answer} if answer else {}
                answer = {"range": span_out(document.lines, where, ls.client.encoding)} | outer
            answers.append(answer)
        return answers


def _around(document: Document, place: Position) -> list[Span]:
    """The spans around a place, the innermost first, each within the next."""
    line = document.lines[place.line]
    found = [
        span(place.line, word.start(), word.end())
        for word in _WORD.finditer(line)
        if word.start() <= place.column <= word.end()
    ][:1]
    offered = getattr(document.language, "selections", None)
    if offered is not None:
        found += offered(document.tree, place)
    found.append(span(place.line, 0, content_length(line)))
    last = len(document.lines) - 1
    found.append(Span(Position(0, 0), Position(last, len(document.lines[last]))))
    nested = [found[0]]
    for where in found[1:]:
        if where != nested[-1] and where.start <= nested[-1].start and nested[-1].end <= where.end:
            nested.append(where)
    return nested


def _nested(ls: CtysServer, document: Document, symbol: Symbol) -> dict[str, Any]:
    out: dict[str, Any] = {
        "name": symbol.name,
        "kind": SYMBOL_KINDS.get(symbol.kind, 13),
        "range": span_out(document.lines, symbol.span, ls.client.encoding),
        "selectionRange": span_out(document.lines, symbol.selection, ls.client.encoding),
    }
    if symbol.detail:
        out["detail"] = symbol.detail
    if symbol.children:
        out["children"] = [_nested(ls, document, child) for child in symbol.children]
    return out


def _flat(ls: CtysServer, document: Document, symbol: Symbol, container: str) -> list[dict[str, Any]]:
    own: dict[str, Any] = {
        "name": symbol.name,
        "kind": SYMBOL_KINDS.get(symbol.kind, 13),
        "location": {"uri": document.uri, "range": span_out(document.lines, symbol.span, ls.client.encoding)},
    }
    if container:
        own["containerName"] = container
    return [own, *(flat for child in symbol.children for flat in _flat(ls, document, child, symbol.name))]


#: Our kinds in the protocol's numbers (SymbolKind).
SYMBOL_KINDS = {
    "file": 1,
    "module": 2,
    "namespace": 3,
    "package": 4,
    "class": 5,
    "method": 6,
    "property": 7,
    "field": 8,
    "constructor": 9,
    "enum": 10,
    "interface": 11,
    "function": 12,
    "variable": 13,
    "constant": 14,
    "string": 15,
    "number": 16,
    "boolean": 17,
    "array": 18,
    "object": 19,
    "key": 20,
    "null": 21,
    "enumMember": 22,
    "struct": 23,
    "event": 24,
    "operator": 25,
    "typeParameter": 26,
}
