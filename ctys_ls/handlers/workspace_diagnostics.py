"""Problems of the domain files that nobody has opened: asked for by clients that show them all.

The answer waits until there is something new to tell; a file is judged again only when it has changed.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, JsonText, hot
from ctys_ls.handlers.extras import uri_of
from ctys_ls.handlers.sync import language_options
from ctys_ls.handlers.wire import diagnostic

#: Files read at a time, and seconds between two looks at the files while nothing is told of them.
BATCH, LOOK = 64, 30.0
#: The stamp of a file that no file has.
_NEVER = (-1, -1)


class Workspace:
    """What is known of each file: its stamp, the id and the JSON of its report."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._reports: dict[str, tuple[tuple[int, int], str, str]] = {}
        self._count = 0
        self._news = asyncio.Event()

    def forget(self, paths: Iterable[str]) -> None:
        """These files are to be judged anew, for others have changed that they are compared with."""
        for path in paths:
            if path in self._reports:
                _, ident, items = self._reports[path]
                self._reports[path] = (_NEVER, ident, items)
        self.tell()

    def tell(self) -> None:
        """Something has changed."""
        self._news.set()

    async def answer(self, previous: dict[str, str]) -> JsonText:
        """Reports of all files that are not open, once at least one differs from what the client has."""
        while True:
            self._news.clear()
            reports, fresh = await self._look(previous)
            if fresh:
                return JsonText(f'{{"items":[{",".join(reports)}]}}')
            try:
                await asyncio.wait_for(self._news.wait(), LOOK)
            except TimeoutError:
                continue

    async def _look(self, previous: dict[str, str]) -> tuple[list[str], bool]:
        index = self._ls.index
        if index is None or not index.ready.is_set():
            return [], False
        paths = index.paths()
        reports, told, fresh = [], set[str](), False
        for start in range(0, len(paths), BATCH):
            for path, stamp, text in await asyncio.to_thread(self._read, paths[start : start + BATCH]):
                uri = uri_of(path)
                if self._ls.documents.get(uri) is not None:
                    continue
                if text is not None:
                    self._judge(path, stamp, text)
                    # One file is judged in a millisecond or so; whoever types comes first.
                    await asyncio.sleep(0)
                told.add(uri)
                _, ident, items = self._reports[path]
                same = previous.get(uri) == ident
                fresh = fresh or not same
                body = '"kind":"unchanged"' if same else f'"kind":"full","items":{items}'
                reports.append(f'{{"uri":{json.dumps(uri)},"version":null,"resultId":"{ident}",{body}}}')
        for uri in previous.keys() - told:
            # A file that is gone, or that speaks for itself now: nothing is left of what was told of it.
            if previous[uri] != "gone":
                fresh = True
                reports.append(
                    f'{{"uri":{json.dumps(uri)},"version":null,"resultId":"gone","kind":"full","items":[]}}'
                )
        return reports, fresh

    def _read(self, paths: list[str]) -> list[tuple[str, tuple[int, int], str | None]]:
        """In a thread: the texts of those files that have changed; None for the others."""
        found: list[tuple[str, tuple[int, int], str | None]] = []
        for path in paths:
            try:
                status = os.stat(path)  # noqa: PTH116 - ten thousand of them
                stamp = (status.st_mtime_ns, status.st_size)
                known = self._reports.get(path)
                text = (
                    None
                    if known and known[0] == stamp
                    else Path(path).read_text(encoding="utf-8", errors="replace")
                )
            except OSError:
                continue
            found.append((path, stamp, text))
        return found

    def _judge(self, path: str, stamp: tuple[int, int], text: str) -> None:
        from ctys_ls.documents import Documents

        client = self._ls.client
        options = language_options("xenconf", self._ls.settings)
        document = Documents().open(uri_of(path), "xenconf", 0, text, options, path)
        problems = document.language.check(document.tree, self._ls.facts()) if document.language else []
        items = json.dumps(
            [
                diagnostic(
                    document,
                    problem,
                    client.encoding,
                    related=client.related_information,
                )
                for problem in problems
            ],
            separators=(",", ":"),
        )
        known = self._reports.get(path)
        if known and known[2] == items:
            self._reports[path] = (stamp, known[1], items)
            return
        self._count += 1
        self._reports[path] = (stamp, f"w{self._count}", items)


def register(ls: CtysServer) -> None:
    """Register the request."""

    @hot(ls, types.WORKSPACE_DIAGNOSTIC)
    async def pull(ls: CtysServer, params: Any) -> JsonText:
        if ls.workspace_reports is None:
            ls.workspace_reports = Workspace(ls)
        known = params.get("previousResultIds") if isinstance(params, dict) else None
        previous = {
            one["uri"]: one["value"]
            for one in known or ()
            if isinstance(one, dict) and isinstance(one.get("uri"), str) and isinstance(one.get("value"), str)
        }
        return await ls.workspace_reports.answer(previous)
