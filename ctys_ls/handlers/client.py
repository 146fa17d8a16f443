"""What the client can do, read once from the capabilities it sends.

They are read from the message as it came: building the protocol's two hundred capability classes to look at twenty
flags would cost a tenth of the server's start.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ctys_ls.text import Encoding


class Client(NamedTuple):
    """The abilities that change what the server sends; without any, the plainest client of LSP 3.0 is served."""

    name: str = ""
    encoding: Encoding = Encoding.UTF16
    pull_diagnostics: bool = False
    refresh_diagnostics: bool = False
    related_information: bool = False
    snippets: bool = False
    edit_range: bool = False
    #: Formats of hovers and of items' documentation, the best first; empty: a plain string is all it takes.
    hover_formats: tuple[str, ...] = ()
    item_formats: tuple[str, ...] = ()
    code_action_literals: bool = False
    nested_symbols: bool = False
    progress: bool = False
    configuration: bool = False
    watch_configuration: bool = False
    watch_files: bool = False
    document_changes: bool = False
    rename_files: bool = False
    prepare_rename: bool = False
    show_document: bool = False
    refresh_lenses: bool = False
    refresh_hints: bool = False
    prompt: bool = False


def read_client(params: dict[str, Any]) -> Client:
    """The client of an ``initialize`` request; what is missing or of a wrong shape counts as "cannot"."""
    flags = {field: _look(params, f"capabilities.{path}") is True for field, path in _FLAGS.items()}
    return Client(
        name=str(_look(params, "clientInfo.name") or ""),
        encoding=choose_encoding(_look(params, "capabilities.general.positionEncodings")),
        pull_diagnostics=isinstance(_look(params, "capabilities.textDocument.diagnostic"), dict),
        edit_range="editRange"
        in _list(params, "capabilities.textDocument.completion.completionList.itemDefaults"),
        hover_formats=_formats(params, "capabilities.textDocument.hover.contentFormat"),
        item_formats=_formats(
            params, "capabilities.textDocument.completion.completionItem.documentationFormat"
        ),
        code_action_literals=isinstance(
            _look(params, "capabilities.textDocument.codeAction.codeActionLiteralSupport"), dict
        ),
        show_document=_look(params, "capabilities.window.showDocument.support") is True,
        rename_files="rename" in _list(params, "capabilities.workspace.workspaceEdit.resourceOperations"),
        prompt=_look(params, "initializationOptions.prompt") is True,
        **flags,
    )


def choose_encoding(offered: object) -> Encoding:
    """The unit of columns: code points where the client can (nothing to convert), else what it likes best.

    UTF-16 where it offers nothing known, as the protocol has it.
    """
    known = (
        [Encoding(unit) for unit in offered if unit in tuple(Encoding)] if isinstance(offered, list) else []
    )
    if Encoding.UTF32 in known:
        return Encoding.UTF32
    return known[0] if known else Encoding.UTF16


_FLAGS = {
    "related_information": "textDocument.publishDiagnostics.relatedInformation",
    "refresh_diagnostics": "workspace.diagnostics.refreshSupport",
    "snippets": "textDocument.completion.completionItem.snippetSupport",
    "nested_symbols": "textDocument.documentSymbol.hierarchicalDocumentSymbolSupport",
    "progress": "window.workDoneProgress",
    "configuration": "workspace.configuration",
    "watch_configuration": "workspace.didChangeConfiguration.dynamicRegistration",
    "watch_files": "workspace.didChangeWatchedFiles.dynamicRegistration",
    "prepare_rename": "textDocument.rename.prepareSupport",
    "document_changes": "workspace.workspaceEdit.documentChanges",
    "refresh_lenses": "workspace.codeLens.refreshSupport",
    "refresh_hints": "workspace.inlayHint.refreshSupport",
}


def _look(value: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _formats(params: Any, path: str) -> tuple[str, ...]:
    offered = _list(params, path)
    return tuple(kind for kind in ("markdown", "plaintext") if kind in offered)


def _list(value: Any, path: str) -> list[Any]:
    found = _look(value, path)
    return found if isinstance(found, list) else []
