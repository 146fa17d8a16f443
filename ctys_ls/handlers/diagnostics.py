"""Diagnostics: pushed to clients that cannot ask, pulled by those that can; made once nothing else waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from time import perf_counter
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ctys_ls.handlers.base import CtysServer, JsonText, answer, hot, internal_error
from ctys_ls.handlers.wire import diagnostic
from ctys_ls.text import LARGEST

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.facts import Facts
    from ctys_ls.problems import Problem

#: More findings than this in one file help nobody; the rest is counted.
CAP = 500
#: A document whose check takes longer than this (seconds) waits for a pause in typing of DEBOUNCE.
QUICK, DEBOUNCE = 0.02, 0.05
#: One whose check takes longer than this is checked in a thread of its own: whoever types comes first.
SLOW = 0.04
#: The first check of a document may have loaded its language; only more than this is held against the document.
LOADING = 0.25
#: Changes that follow each other faster than anybody types are a program's: their problems wait for its end, or PATIENCE.
BURST, PATIENCE = 0.008, 0.05

#: The report of a document that is not open.
CLOSED = JsonText('{"kind":"full","items":[]}')


class Reports:
    """What is known of each document's problems. One per server."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        #: Documents to be checked when nothing else waits.
        self._dirty: dict[str, None] = {}
        #: When each document last changed, and since when its problems have been waiting.
        self._changes: dict[str, float] = {}
        self._waiting: dict[str, float] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        #: When the problems of a document with a timer are due.
        self._due: dict[str, float] = {}
        self._costs: dict[str, float] = {}
        self._reports: dict[str, tuple[Document, Facts, str, str]] = {}
        self._checked: dict[str, tuple[Document, Facts, list[Problem]]] = {}
        self._waiting_for_thread: dict[str, None] = {}
        self._slow: dict[str, asyncio.Task[None]] = {}
        self._count = 0
        ls.when_idle.append(self.flush)

    def problems(self, document: Document) -> list[Problem]:
        """All problems of a snapshot; worked out once for the same text and facts."""
        facts = self._ls.facts()
        known = self._checked.get(document.uri)
        if known and known[0] is document and known[1] is facts:
            return known[2]
        start = perf_counter()
        found = _check(document, facts)
        self._done(document, facts, found, perf_counter() - start)
        return found

    def is_slow(self, document: Document) -> bool:
        """Whether a check of this snapshot is to be expected to take long."""
        known = self._checked.get(document.uri)
        done = known is not None and known[0] is document and known[1] is self._ls.facts()
        return not done and self._costs.get(document.uri, 0) > SLOW

    async def work_out(self, document: Document) -> None:
        """Check a snapshot in a thread; from then on its report is at hand."""
        facts, start = self._ls.facts(), perf_counter()
        found = await asyncio.to_thread(_check, document, facts)
        if self._ls.documents.get(document.uri) is document:
            self._done(document, facts, found, perf_counter() - start)

    def _done(self, document: Document, facts: Facts, found: list[Problem], cost: float) -> None:
        if document.uri in self._costs or cost > LOADING:
            self._costs[document.uri] = cost
        else:
            self._costs[document.uri] = 0.0
        self._checked[document.uri] = (document, facts, found)

    def report(self, document: Document) -> tuple[str, str]:
        """Result id and JSON list; the id stays while the list stays the same."""
        facts = self._ls.facts()
        known = self._reports.get(document.uri)
        if known and known[0] is document and known[1] is facts:
            return known[2], known[3]
        items = self._items(document)
        text = json.dumps(items, separators=(",", ":"))
        if known and known[3] == text:
            ident = known[2]
        else:
            self._count += 1
            ident = str(self._count)
        self._reports[document.uri] = (document, facts, ident, text)
        return ident, text

    def changed(self, uri: str) -> None:
        """A document has a new text: publish when nothing else waits."""
        if self._ls.client.pull_diagnostics:
            return
        now = perf_counter()
        pause, self._changes[uri] = now - self._changes.get(uri, 0.0), now
        delay = DEBOUNCE if self._costs.get(uri, 0) > QUICK else BURST if pause < BURST else 0.0
        waited = now - self._waiting.setdefault(uri, now)
        if delay == 0.0 or waited > PATIENCE:
            if timer := self._timers.pop(uri, None):
                timer.cancel()
            self._dirty[uri] = None
            return
        self._due[uri] = now + delay
        if uri not in self._timers:
            self._timers[uri] = asyncio.get_running_loop().call_later(delay, self._ripe, uri)

    def _ripe(self, uri: str) -> None:
        """A timer has run out; a change since then has only moved the moment."""
        left = self._due[uri] - perf_counter()
        if left > 0:
            self._timers[uri] = asyncio.get_running_loop().call_later(left, self._ripe, uri)
        else:
            self._publish(uri)

    def flush(self) -> None:
        """Publish what has changed."""
        while self._dirty:
            self._publish(self._dirty.popitem()[0])

    def forget(self, uri: str) -> None:
        """A document was closed: its problems disappear with it."""
        for known in (self._dirty, self._changes, self._waiting, self._due):
            known.pop(uri, None)
        if timer := self._timers.pop(uri, None):
            timer.cancel()
        self._costs.pop(uri, None)
        self._reports.pop(uri, None)
        self._checked.pop(uri, None)
        if not self._ls.client.pull_diagnostics:
            self._ls.outgoing.notify("textDocument/publishDiagnostics", {"uri": uri, "diagnostics": []})

    def everything_changed(self) -> None:
        """Facts or settings have changed: every open document is judged anew."""
        if self._ls.client.pull_diagnostics:
            if self._ls.client.refresh_diagnostics:
                self._ls.background(self._ls.outgoing.request("workspace/diagnostic/refresh", None))
            return
        for document in self._ls.documents:
            self.changed(document.uri)
        self.flush()

    def _publish(self, uri: str) -> None:
        self._timers.pop(uri, None)
        self._waiting.pop(uri, None)
        document = self._ls.documents.get(uri)
        if document is None or self._ls.ending:
            return
        if self.is_slow(document):
            # One thread for each document: what has changed meanwhile is looked at when it is done.
            if uri in self._slow:
                self._waiting_for_thread[uri] = None
                return
            self._slow[uri] = task = asyncio.ensure_future(self._publish_slowly(document))
            task.add_done_callback(lambda _: self._next(uri))
            return
        try:
            _, items = answer("diagnostics", lambda: self.report(document))
        except JsonRpcException:
            # Logged already; the problems of an older text would stand at wrong places.
            items = "[]"
        text = f'{{"uri":{json.dumps(uri)},"version":{document.version},"diagnostics":{items}}}'
        self._ls.send(
            f'{{"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{text}}}'.encode("ascii")
        )

    async def _publish_slowly(self, document: Document) -> None:
        try:
            await self.work_out(document)
        except Exception as trouble:  # noqa: BLE001 - nobody else would see it
            internal_error("diagnostics", trouble)
            return
        if self._ls.documents.get(document.uri) is document:
            self._publish(document.uri)

    def _next(self, uri: str) -> None:
        self._slow.pop(uri, None)
        if uri in self._waiting_for_thread:
            del self._waiting_for_thread[uri]
            self._publish(uri)

    def _items(self, document: Document) -> list[dict[str, Any]]:
        if document.too_large:
            return [_too_large(document)]
        client, problems = self._ls.client, self.problems(document)
        items = [
            diagnostic(
                document,
                problem,
                client.encoding,
                related=client.related_information,
            )
            for problem in problems[:CAP]
        ]
        if len(problems) > CAP:
            items.append(
                {
                    "range": items[-1]["range"],
                    "severity": 3,
                    "source": "ctys",
                    "code": "more-problems",
                    "message": f"{len(problems) - CAP} more problems are not shown.",
                }
            )
        return items


def _too_large(document: Document) -> dict[str, Any]:
    """The one thing that is said of such a text."""
    top = {"line": 0, "character": 0}
    return {
        "range": {"start": top, "end": top},
        "severity": 2,
        "source": "ctys",
        "code": "too-large",
        "message": f"This text has {document.size / 1e6:.1f} million characters. ctys-ls analyses texts of at most "
        f"{LARGEST / 1e6:.1f} million, and says nothing about this one.",
    }


def register(ls: CtysServer) -> None:
    """Register the pull request."""
    ls.reports = Reports(ls)

    @hot(
        ls,
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            inter_file_dependencies=False, workspace_diagnostics=False, identifier="ctys"
        ),
    )
    def pull(ls: CtysServer, params: Any) -> JsonText | Coroutine[Any, Any, JsonText]:
        document = ls.documents.get(params["textDocument"]["uri"])
        if document is None:
            return CLOSED
        previous = params.get("previousResultId")
        return (
            _pull_slowly(ls, document, previous)
            if ls.reports.is_slow(document)
            else _pulled(ls, document, previous)
        )


def _pulled(ls: CtysServer, document: Document, previous: object) -> JsonText:
    ident, items = ls.reports.report(document)
    if previous == ident:
        return JsonText(f'{{"kind":"unchanged","resultId":"{ident}"}}')
    return JsonText(f'{{"kind":"full","resultId":"{ident}","items":{items}}}')


async def _pull_slowly(ls: CtysServer, document: Document, previous: object) -> JsonText:
    """The report of the newest text: of an older one it would be wrong before it is read."""
    while ls.reports.is_slow(document):
        await ls.reports.work_out(document)
        newest = ls.documents.get(document.uri)
        if newest is None:
            return CLOSED
        document = newest
    return _pulled(ls, document, previous)


def _check(document: Document, facts: Facts) -> list[Problem]:
    return document.language.check(document.tree, facts) if document.language else []


def changed(ls: CtysServer, uri: str) -> None:
    """A document has a new text."""
    ls.reports.changed(uri)


def closed(ls: CtysServer, uri: str) -> None:
    """A document was closed."""
    ls.reports.forget(uri)
