"""Formatting: the one canonical layout, for a whole document or a part of it."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, feature
from ctys_ls.handlers.wire import edits_out, span_in


def register(ls: CtysServer) -> None:
    """Register formatting and range formatting."""

    @feature(ls, types.TEXT_DOCUMENT_FORMATTING)
    def whole(ls: CtysServer, params: types.DocumentFormattingParams) -> list[dict[str, Any]]:
        return _edits(ls, params.text_document.uri, None)

    @feature(ls, types.TEXT_DOCUMENT_RANGE_FORMATTING)
    def part(ls: CtysServer, params: types.DocumentRangeFormattingParams) -> list[dict[str, Any]]:
        return _edits(ls, params.text_document.uri, params.range)


def _edits(ls: CtysServer, uri: str, where: types.Range | None) -> list[dict[str, Any]]:
    document = ls.documents.get(uri)
    if document is None or document.language is None:
        return []
    part = None
    if where is not None:
        raw = {
            "start": {"line": where.start.line, "character": where.start.character},
            "end": {"line": where.end.line, "character": where.end.character},
        }
        part = span_in(document.lines, raw, ls.client.encoding)
    return edits_out(document, document.language.format(document.tree, part), ls.client.encoding)
