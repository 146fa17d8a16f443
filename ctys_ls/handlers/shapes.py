"""The shapes of messages: what an id may be, what keystroke methods need, and what can be read of broken ones."""

from __future__ import annotations

import json
import re
from typing import Any, TypeGuard

_MEMBER = re.compile(rb'"(jsonrpc|method|id)"\s*:\s*("(?:[^"\\]|\\.){0,200}"|-?\d{1,18}(?=[\s,}]))\s*,?\s*')
#: Methods that are about a place.
_PLACED = frozenset({"textDocument/completion", "textDocument/hover", "textDocument/documentHighlight"})
_OPEN = re.compile(rb"\s*\{\s*")


def valid_id(ident: object) -> TypeGuard[int | str]:
    """Whether a request may have this id."""
    return isinstance(ident, (int, str)) and not isinstance(ident, bool)


def salvaged_id(body: bytes) -> Any:
    """The id of a request whose text is broken further on; None unless it is beyond doubt.

    Only members at the very start count, and only where a method is among them: an answer to one of our own requests
    has an id, too, and that is none of the client's.
    """
    start = _OPEN.match(body)
    seen: dict[bytes, bytes] = {}
    place = start.end() if start else len(body)
    while member := _MEMBER.match(body, place):
        seen[member[1]] = member[2]
        place = member.end()
    if b"id" not in seen or not (b"method" in seen or body[place:].startswith(b'"method"')):
        return None
    try:
        return json.loads(seen[b"id"])
    except ValueError:
        return None


def wrong_params(method: str, params: object) -> str | None:
    """What is wrong with the parameters of a keystroke method, None where they have the shape they need."""
    if not method.startswith(("textDocument/", "completionItem/")):
        return None
    if not isinstance(params, dict):
        return f"{method} needs an object as params."
    if method == "completionItem/resolve":
        return None
    document = params.get("textDocument")
    if not isinstance(document, dict) or not isinstance(document.get("uri"), str):
        return f"{method} needs params.textDocument.uri."
    if "position" in params or method in _PLACED:
        place = params.get("position")
        if not isinstance(place, dict) or not all(
            isinstance(place.get(key), int) for key in ("line", "character")
        ):
            return f"{method} needs params.position with line and character."
    if method == "textDocument/inlayHint" and not _good_range(params.get("range")):
        return f"{method} needs params.range with start and end."
    if method == "textDocument/didOpen" and not (
        isinstance(document.get("text"), str)
        and isinstance(document.get("languageId"), str)
        and isinstance(document.get("version"), int)
    ):
        return f"{method} needs params.textDocument with languageId, version and text."
    if method == "textDocument/didChange" and not _good_changes(params.get("contentChanges")):
        return f"{method} needs params.contentChanges, each with a text and, if partial, a range."
    return None


def _good_changes(changes: object) -> bool:
    def good(change: object) -> bool:
        if not isinstance(change, dict) or not isinstance(change.get("text"), str):
            return False
        where = change.get("range")
        return where is None or _good_range(where)

    return isinstance(changes, list) and all(good(change) for change in changes)


def _good_range(where: object) -> bool:
    return isinstance(where, dict) and all(
        isinstance(where.get(edge), dict)
        and all(isinstance(where[edge].get(key), int) for key in ("line", "character"))
        for edge in ("start", "end")
    )
