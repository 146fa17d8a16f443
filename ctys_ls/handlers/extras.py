"""Abilities that a language may or may not offer: links, hints, definitions, mentions, renaming, signatures.

Each is registered, and so announced, only where a language has the function for it (``languages.extras.OFFERS``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, feature, hot, whole
from ctys_ls.handlers.wire import edits_out, markup, place_in, place_out, span_in, span_out
from ctys_ls.languages.extras import OFFERS

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.text import Position

#: A line end and the brackets: what on-type formatting is asked after.
TYPED = ("\n", "]", ")", "}")


#: What editors ask of a whole document.
WHOLE = frozenset({types.TEXT_DOCUMENT_INLAY_HINT, types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT})


def register(ls: CtysServer) -> None:
    """Register what the languages offer."""
    offered = frozenset[str]().union(*OFFERS.values())
    table: dict[str, tuple[tuple[str, Any, Callable[..., Any]], ...]] = {
        "links": (
            (types.TEXT_DOCUMENT_DOCUMENT_LINK, types.DocumentLinkOptions(resolve_provider=False), links),
        ),
        "hints": ((types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions(resolve_provider=False), hints),),
        "references": ((types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, None, highlights),),
        "signature": (
            (
                types.TEXT_DOCUMENT_SIGNATURE_HELP,
                types.SignatureHelpOptions(trigger_characters=["=", ",", ":"]),
                signature,
            ),
        ),
        "on_type": (
            (
                types.TEXT_DOCUMENT_ON_TYPE_FORMATTING,
                types.DocumentOnTypeFormattingOptions(TYPED[0], list(TYPED[1:])),
                on_type,
            ),
        ),
    }
    for name, methods in table.items():
        if name in offered:
            for method, options, function in methods:
                (hot if method in WHOLE else feature)(ls, method, options)(function)


def links(ls: CtysServer, params: types.DocumentLinkParams) -> list[dict[str, Any]]:
    """``textDocument/documentLink``."""
    document, offer = _asked(ls, params, "links")
    if document is None or offer is None:
        return []
    return [
        {"range": span_out(document.lines, link.span, ls.client.encoding), "target": uri_of(link.target)}
        | ({"tooltip": link.tooltip} if link.tooltip else {})
        for link in offer(document.tree)
    ]


def hints(ls: CtysServer, params: Any) -> Any:
    """``textDocument/inlayHint``."""
    document, offer = _offered(ls, params["textDocument"]["uri"], "hints")
    if document is None or offer is None:
        return []
    encoding, facts, wanted = ls.client.encoding, ls.facts(), ls.settings.hints
    where = span_in(document.lines, params["range"], encoding)
    kinds = {"type": 1, "parameter": 2}
    return whole(
        document,
        lambda: [
            {
                "position": place_out(document.lines, hint.place, encoding),
                "label": hint.label,
                "paddingLeft": True,
            }
            | ({"tooltip": hint.tooltip} if hint.tooltip else {})
            | ({"kind": kinds[hint.kind]} if hint.kind in kinds else {})
            for hint in offer(document.tree, where, facts)
            if getattr(wanted, hint.topic, True)
        ],
    )


def highlights(ls: CtysServer, params: Any) -> Any:
    """``textDocument/documentHighlight``."""
    document, offer = _offered(ls, params["textDocument"]["uri"], "references")
    if document is None or offer is None:
        return []
    encoding = ls.client.encoding
    place = place_in(document.lines, params["position"], encoding)
    return whole(
        document,
        lambda: [{"range": span_out(document.lines, span, encoding)} for span in offer(document.tree, place)],
    )


def signature(ls: CtysServer, params: types.SignatureHelpParams) -> dict[str, Any] | None:
    """``textDocument/signatureHelp``."""
    document, offer = _asked(ls, params, "signature")
    found = offer(document.tree, _place(ls, document, params), ls.facts()) if document and offer else None
    if found is None:
        return None
    one: dict[str, Any] = {
        "label": found.label,
        "parameters": [
            {"label": label} | ({"documentation": markup(text, ls.client.hover_formats)} if text else {})
            for label, text in found.parameters
        ],
    }
    if found.documentation:
        one["documentation"] = markup(found.documentation, ls.client.hover_formats)
    return {"signatures": [one], "activeSignature": 0} | (
        {"activeParameter": found.active} if found.active >= 0 else {}
    )


def on_type(ls: CtysServer, params: types.DocumentOnTypeFormattingParams) -> list[dict[str, Any]]:
    """``textDocument/onTypeFormatting``."""
    document, offer = _asked(ls, params, "on_type")
    if document is None or offer is None:
        return []
    return edits_out(
        document, offer(document.tree, _place(ls, document, params), params.ch), ls.client.encoding
    )


def uri_of(target: str) -> str:
    """A path as a URI; a URI as it is."""
    if not target.startswith("/"):
        return target
    from urllib.parse import quote

    return "file://" + quote(target)


def _asked(ls: CtysServer, params: Any, name: str) -> tuple[Document | None, Callable[..., Any] | None]:
    """The document asked about, and its language's function if it has one."""
    return _offered(ls, params.text_document.uri, name)


def _offered(ls: CtysServer, uri: str, name: str) -> tuple[Document | None, Callable[..., Any] | None]:
    document = ls.documents.get(uri)
    return document, getattr(document.language, name, None) if document else None


def _place(ls: CtysServer, document: Document, params: Any) -> Position:
    raw = {"line": params.position.line, "character": params.position.character}
    return place_in(document.lines, raw, ls.client.encoding)
