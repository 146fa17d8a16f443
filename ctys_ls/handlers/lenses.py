"""Code lenses above command lines; the same acts are code actions, for editors that show no lenses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, hot, whole
from ctys_ls.handlers.code_actions import line_commands
from ctys_ls.handlers.wire import span_out
from ctys_ls.languages.extras import OFFERS

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.text import Encoding


def register(ls: CtysServer) -> None:
    """Register code lenses, if there are command lines in any language."""
    if not any("command_lines" in offered for offered in OFFERS.values()):
        return

    @hot(ls, types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))
    def lenses(ls: CtysServer, params: Any) -> Any:
        document = ls.documents.get(params["textDocument"]["uri"])
        lines = getattr(document.language, "command_lines", None) if document else None
        if document is None or lines is None:
            return []
        encoding = ls.client.encoding
        return whole(document, lambda: _lenses(document, lines, encoding))


def _lenses(document: Document, lines: Callable[..., Any], encoding: Encoding) -> list[dict[str, Any]]:
    return [
        {
            "range": where,
            "command": {"title": short, "command": command, "arguments": [argument | {"v": 1}]},
        }
        for span, text in lines(document.tree)
        for where in [span_out(document.lines, span, encoding)]
        for short, (_, command, argument) in zip(SHORT, line_commands(text), strict=True)
    ]


#: Titles of the lenses, in the order of the code actions.
SHORT = ("Run", "Plan", "Explain")
