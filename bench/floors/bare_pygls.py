"""A pygls server as its own documentation writes one: no language, FLOOR_ITEMS equal completion items.

It is the measure for start, memory, completion, hover and bursts: what a Python server costs before it does anything.
"""

from __future__ import annotations

import logging
import os

from lsprotocol import types
from pygls.lsp.server import LanguageServer

ITEMS = int(os.environ.get("FLOOR_ITEMS", "0"))
server = LanguageServer("floor", "1", text_document_sync_kind=types.TextDocumentSyncKind.Incremental)


def publish(document: types.TextDocumentItem | types.VersionedTextDocumentIdentifier) -> None:
    server.text_document_publish_diagnostics(
        types.PublishDiagnosticsParams(uri=document.uri, diagnostics=[], version=document.version)
    )


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(params: types.DidOpenTextDocumentParams) -> None:
    publish(params.text_document)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(params: types.DidChangeTextDocumentParams) -> None:
    publish(params.text_document)


@server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=["="]))
def complete(_params: types.CompletionParams) -> types.CompletionList:
    documentation = types.MarkupContent(types.MarkupKind.Markdown, "what it means")
    items = [
        types.CompletionItem(
            label=f"item{number}",
            kind=types.CompletionItemKind.Keyword,
            detail="detail",
            documentation=documentation,
        )
        for number in range(ITEMS)
    ]
    return types.CompletionList(is_incomplete=False, items=items)


@server.feature(types.TEXT_DOCUMENT_HOVER)
def hover(_params: types.HoverParams) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "hover"))


if __name__ == "__main__":
    # It warns of every cancellation that comes too late.
    logging.getLogger("pygls").setLevel(logging.ERROR)
    server.start_io()
