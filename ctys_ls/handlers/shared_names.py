"""Announces what ``names``, ``rename`` and ``hierarchy`` answer; they are loaded by the first question, or while nothing
waits.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from lsprotocol import types

from ctys_ls.handlers.base import CtysServer, hot
from ctys_ls.languages.extras import OFFERS

#: What a language offers, the method that it makes possible, and the module and function that answer.
_METHODS = (
    ("definition", types.TEXT_DOCUMENT_DEFINITION, "names", "definition"),
    ("references", types.TEXT_DOCUMENT_REFERENCES, "names", "references"),
    ("rename", types.TEXT_DOCUMENT_RENAME, "rename", "rename"),
    ("rename", types.TEXT_DOCUMENT_PREPARE_RENAME, "rename", "prepare"),
    ("names", types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY, "hierarchy", "prepare"),
    ("names", types.CALL_HIERARCHY_INCOMING_CALLS, "hierarchy", "incoming"),
    ("names", types.CALL_HIERARCHY_OUTGOING_CALLS, "hierarchy", "outgoing"),
)


def register(ls: CtysServer) -> None:
    """Register definition, references, rename and the call hierarchy, as far as a language offers them."""
    offered = frozenset[str]().union(*OFFERS.values())
    for offer, method, module, function in _METHODS:
        if offer in offered:
            hot(ls, method)(_loaded(module, function))


def _loaded(module: str, function: str) -> Callable[[CtysServer, Any], Any]:
    def answer(ls: CtysServer, params: Any) -> Any:
        return getattr(import_module(f"ctys_ls.handlers.{module}"), function)(ls, params)

    return answer
