"""Hover: what the text under the pointer means."""

from __future__ import annotations

import json
from typing import Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, JsonText, hot
from ctys_ls.handlers.wire import markup, place_in, span_out

NOTHING = JsonText("null")


def register(ls: CtysServer) -> None:
    """Register hover."""

    @hot(ls, types.TEXT_DOCUMENT_HOVER)
    def hover(ls: CtysServer, params: Any) -> JsonText:
        document = ls.documents.get(params["textDocument"]["uri"])
        place = params["position"]
        if document is None or document.language is None:
            return NOTHING
        found = document.language.hover(
            document.tree, place_in(document.lines, place, ls.client.encoding), ls.facts()
        )
        if found is None:
            return NOTHING
        contents = markup(found.markdown, ls.client.hover_formats)
        span = span_out(document.lines, found.span, ls.client.encoding)
        return JsonText(json.dumps({"contents": contents, "range": span}, separators=(",", ":")))
