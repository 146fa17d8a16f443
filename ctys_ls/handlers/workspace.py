"""The workspace as a whole: its symbols, its folders, and the files that change behind the editor's back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, feature, hot, log
from ctys_ls.handlers.extras import uri_of
from ctys_ls.handlers.outline import SYMBOL_KINDS
from ctys_ls.handlers.sync import path_of
from ctys_ls.handlers.wire import span_out
from ctys_ls.settings import own_shelves

if TYPE_CHECKING:
    from ctys_ls.handlers.index import Index
    from ctys_ls.handlers.mentions import Mentions

#: Seconds after ``initialized`` at which reading begins: the open document comes first.
DELAY = 1.0
#: Files that hold domain files' names, and those that mention them, macros and groups.
SUFFIXES = (".conf", ".cfg")
MENTIONING = ("**/*.{ctys,sh,bash,ksh,zsh,md,markdown,org}", "**/macros/**", "**/groups/**")


def register(ls: CtysServer) -> None:
    """Register workspace symbols, watched files and workspace folders."""
    ls.when_initialized.append(lambda: _begin(ls))
    ls.when_shut_down.append(lambda: _stop(ls))
    ls.when_saved.append(lambda uri: _know_again(ls, [path_of(uri)]))

    @feature(ls, types.WORKSPACE_SYMBOL, types.WorkspaceSymbolOptions(resolve_provider=False))
    def symbols(ls: CtysServer, params: types.WorkspaceSymbolParams) -> list[dict[str, Any]]:
        return [*_open_symbols(ls, params.query.casefold()), *_indexed(ls, params.query)]

    @hot(ls, types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def changed(ls: CtysServer, params: Any) -> None:
        paths = [path_of(change["uri"]) for change in params["changes"]]
        index, mentions = ls.index, ls.mentions
        if index is not None and mentions is not None:
            ls.background(_follow(ls, index, mentions, [path for path in paths if path]))
        _know_again(ls, paths)

    @hot(ls, types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(ls: CtysServer, params: Any) -> None:
        event = params["event"]
        gone = {folder["uri"] for folder in event.get("removed", ())}
        kept = [uri for uri in ls.workspace_folders if uri not in gone]
        ls.workspace_folders = [*kept, *(folder["uri"] for folder in event.get("added", ()))]
        _read(ls)


async def _follow(ls: CtysServer, index: Index, mentions: Mentions, paths: list[str]) -> None:
    domain_files = [path for path in paths if path.endswith(SUFFIXES)]
    await asyncio.to_thread(mentions.update, [path for path in paths if not path.endswith(SUFFIXES)])
    if domain_files:
        await asyncio.to_thread(index.update_all, domain_files)
        await _known(ls)


async def _known(ls: CtysServer) -> None:
    await ls.world.renew()
    ls.workspace_changed()


def _know_again(ls: CtysServer, paths: list[str]) -> None:
    """Macros and groups that were saved count from now on in every command line."""
    if ls.running_engine is None or not any(_defines(path) for path in paths):
        return

    async def reread() -> None:
        await (await ls.engine()).reread()
        ls.facts_may_have_changed()

    ls.background(reread())


def _defines(path: str) -> bool:
    """Whether a file holds macros or is a group."""
    from ctys_ls.languages.cmdline.shelves import place_of

    return place_of(path, own_shelves())[0] != ""


def _begin(ls: CtysServer) -> None:
    asyncio.get_running_loop().call_later(DELAY, _read, ls)
    if ls.client.watch_files:
        watchers = [{"globPattern": pattern} for pattern in ("**/*.{conf,cfg}", *MENTIONING)]
        registration = {
            "id": "ctys-files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": {"watchers": watchers},
        }
        ls.background(ls.outgoing.request("client/registerCapability", {"registrations": [registration]}))


def _read(ls: CtysServer) -> None:
    from ctys_ls.handlers.index import Index
    from ctys_ls.handlers.mentions import Mentions

    if ls.ending:
        return
    _stop_reading(ls)
    ls.index = index = Index()
    ls.mentions = mentions = Mentions(own_shelves())
    folders = [path for uri in ls.workspace_folders if (path := path_of(uri))]
    loop = asyncio.get_running_loop()

    def done() -> None:
        log.info("%d domain files in the workspace.", len(index))
        with suppress(RuntimeError):
            # The loop may have ended meanwhile; then nobody waits for it.
            loop.call_soon_threadsafe(lambda: ls.background(_known(ls)))
        mentions.read(folders)

    index.start(folders, done)


async def _stop(ls: CtysServer) -> None:
    _stop_reading(ls)


def _stop_reading(ls: CtysServer) -> None:
    if ls.index is not None:
        ls.index.stop()
    if ls.mentions is not None:
        ls.mentions.stop()


def _indexed(ls: CtysServer, query: str) -> list[dict[str, Any]]:
    if ls.index is None:
        return []
    from ctys_ls.handlers.index import line_of

    found = []
    for entry in ls.index.find(query):
        path = entry.path or ""
        uri = uri_of(path)
        if ls.documents.get(uri) is None:
            place = {"line": line_of(entry), "character": 0}
            found.append(
                {
                    "name": entry.label or path.rpartition("/")[2],
                    "kind": SYMBOL_KINDS["module"],
                    "location": {"uri": uri, "range": {"start": place, "end": place}},
                    "containerName": path,
                }
            )
    return found


def _open_symbols(ls: CtysServer, wanted: str) -> list[dict[str, Any]]:
    return [
        {
            "name": symbol.name,
            "kind": SYMBOL_KINDS.get(symbol.kind, 13),
            "location": {
                "uri": document.uri,
                "range": span_out(document.lines, symbol.span, ls.client.encoding),
            },
            "containerName": path_of(document.uri) or document.uri,
        }
        for document in ls.documents
        if document.language is not None
        for symbol in document.language.symbols(document.tree)
        if wanted in symbol.name.casefold()
    ]
