"""Code lenses above command lines; the same acts are code actions, for editors that show no lenses."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, feature
from ctys_ls.handlers.code_actions import line_commands
from ctys_ls.handlers.wire import span_out
from ctys_ls.languages.extras import OFFERS


def register(ls: CtysServer) -> None:
    """Register code lenses, if there are command lines in any language."""
    if not any("command_lines" in offered for offered in OFFERS.values()):
        return

    @feature(ls, types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))
    def lenses(ls: CtysServer, params: types.CodeLensParams) -> list[dict[str, Any]]:
        document = ls.documents.get(params.text_document.uri)
        lines = getattr(document.language, "command_lines", None) if document else None
        if document is None or lines is None:
            return []
        return [
            {
                "range": span_out(document.lines, span, ls.client.encoding),
                "command": {"title": short, "command": command, "arguments": [argument | {"v": 1}]},
            }
            for span, text in lines(document.tree)
            for short, (_, command, argument) in zip(SHORT, line_commands(text), strict=True)
        ]


#: Titles of the lenses, in the order of the code actions.
SHORT = ("Run", "Plan", "Explain")
