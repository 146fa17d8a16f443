"""What is running of the domain files that are open: told whenever it has changed, for the editor to show in the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ctys_ls.handlers.base import CtysServer
from ctys_ls.handlers.sync import path_of
from ctys_ls.protocol import VERSION

if TYPE_CHECKING:
    from ctys_ls.documents import Document
    from ctys_ls.runtime.api import Row


class FileStates:
    """The states that were told of each open file."""

    def __init__(self, ls: CtysServer) -> None:
        self._ls = ls
        self._told: dict[str, list[dict[str, Any]]] = {}
        self._labels: dict[str, tuple[Document, str]] = {}
        ls.when_closed.append(self._forget)

    def tell(self, rows: Iterable[Row], seen: Mapping[str, float]) -> None:
        """Tell of each open file whose guests' states have changed; ``seen`` is when each host was last asked."""
        rows = tuple(rows)
        for document in self._ls.documents:
            if document.language_id != "xenconf":
                continue
            path, label = path_of(document.uri), self._label(document)
            states = [
                {
                    "host": row.host,
                    "label": row.record[2],
                    "state": row.state,
                    "seen": seen.get(row.host, 0.0),
                }
                for row in rows
                if len(row.record) > 2 and ((path and row.conf == path) or (label and row.record[2] == label))
            ]
            shown = [{key: state[key] for key in ("host", "label", "state")} for state in states]
            if self._told.get(document.uri, []) != shown:
                self._told[document.uri] = shown
                self._ls.outgoing.notify(
                    "ctys/fileState", {"v": VERSION, "uri": document.uri, "states": states}
                )

    def _label(self, document: Document) -> str:
        """The label of the guest that a file configures, by ctys's own rules."""
        known = self._labels.get(document.uri)
        if known is None or known[0] is not document:
            from ctys_ls.languages.xenconf.facts import read_conf

            known = (document, read_conf(document.text, path_of(document.uri)).label)
            self._labels[document.uri] = known
        return known[1]

    def _forget(self, uri: str) -> None:
        self._told.pop(uri, None)
        self._labels.pop(uri, None)
