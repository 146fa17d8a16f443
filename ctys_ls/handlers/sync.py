"""Open documents: opened, changed, saved, closed."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from lsprotocol import types

from ctys_ls.handlers import diagnostics
from ctys_ls.handlers.base import CtysServer, hot
from ctys_ls.handlers.wire import raw_span
from ctys_ls.settings import Settings, own_shelves

#: Languages whose answers know hosts, macros and groups: all that hold command lines.
COMMAND_LINES = frozenset({"ctys", "shellscript", "markdown", "org"})


def register(ls: CtysServer) -> None:
    """Register the document notifications."""

    @hot(ls, types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(ls: CtysServer, params: Any) -> None:
        document = params["textDocument"]
        language, uri = document["languageId"], document["uri"]
        ls.documents.open(
            uri,
            language,
            document["version"],
            document["text"],
            language_options(language, ls.settings),
            path_of(uri),
        )
        diagnostics.changed(ls, uri)
        ls.world.changed(uri)
        ls.workspace_changed()
        for follow in ls.when_opened:
            follow()
        if language in COMMAND_LINES:
            ls.warm_up()

    @hot(ls, types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: CtysServer, params: Any) -> None:
        document = params["textDocument"]
        changes = [
            (raw_span(change["range"]) if change.get("range") else None, change["text"])
            for change in params["contentChanges"]
        ]
        if ls.documents.change(document["uri"], document["version"], changes, ls.client.encoding):
            diagnostics.changed(ls, document["uri"])
            ls.world.changed(document["uri"])

    @hot(ls, types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=False))
    def did_save(ls: CtysServer, params: Any) -> None:
        uri = params["textDocument"]["uri"]
        diagnostics.changed(ls, uri)
        ls.host_checks.saved(uri)
        for follow in ls.when_saved:
            follow(uri)

    @hot(ls, types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: CtysServer, params: Any) -> None:
        uri = params["textDocument"]["uri"]
        ls.documents.close(uri)
        diagnostics.closed(ls, uri)
        ls.world.closed(uri)
        ls.workspace_changed()
        for forget in ls.when_closed:
            forget(uri)


def language_options(language_id: str, settings: Settings) -> Any:
    """A language's own options out of the settings; None where it has none."""
    if language_id == "ctys":
        from ctys_ls.languages.cmdline.tree import Options as Places

        return Places(shelves=own_shelves())
    if language_id != "xenconf":
        return None
    from ctys_ls.languages.xenconf.options import Dialect, Options

    return Options(dialect=Dialect(settings.xenconf.dialect), release=settings.xenconf.release)


def reread(ls: CtysServer) -> None:
    """Parse the open documents again: the options of their languages have changed."""
    for document in list(ls.documents):
        options = language_options(document.language_id, ls.settings)
        path = path_of(document.uri)
        ls.documents.open(document.uri, document.language_id, document.version, document.text, options, path)


def path_of(uri: str) -> str:
    """The file path of a URI, "" for a document that is no file."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return unquote(parts.path) if parts.scheme == "file" else ""
