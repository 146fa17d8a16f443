"""The language of Xen domain files (``*.conf``, ``*.cfg``), as xl reads them and as xm did.

Parsing and checking are loaded with the package, as every document needs them at once; each other answer when it is
first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ctys_ls.languages.xenconf.check import check
from ctys_ls.languages.xenconf.options import Dialect, Options
from ctys_ls.languages.xenconf.tree import Tree, parse, reparse

if TYPE_CHECKING:
    from ctys_ls.languages.xenconf.around import hints, links, selections
    from ctys_ls.languages.xenconf.completion import complete, warm
    from ctys_ls.languages.xenconf.explanation import hover
    from ctys_ls.languages.xenconf.layout import format  # noqa: A004 -- the Language protocol's name
    from ctys_ls.languages.xenconf.mentions import (
        definition,
        guest_name,
        names,
        references,
        renamable,
        rename,
    )
    from ctys_ls.languages.xenconf.outline import folds, symbols, tokens
    from ctys_ls.languages.xenconf.rules.host import text_for_xl
    from ctys_ls.languages.xenconf.typing_help import on_type, signature

#: The module of each answer. No module is called as an answer is: importing it would take the answer's place here.
_MODULES = {
    "around": ("hints", "links", "selections"),
    "completion": ("complete", "warm"),
    "explanation": ("hover",),
    "layout": ("format",),
    "mentions": ("definition", "guest_name", "name_at", "names", "references", "renamable", "rename"),
    "outline": ("folds", "symbols", "tokens"),
    "rules.host": ("text_for_xl",),
    "typing_help": ("on_type", "signature"),
}
_HOMES = {answer: module for module, answers in _MODULES.items() for answer in answers}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    answer = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = answer
    return answer


__all__ = [
    "Dialect",
    "Options",
    "Tree",
    "check",
    "complete",
    "definition",
    "folds",
    "format",
    "guest_name",
    "hints",
    "hover",
    "links",
    "name_at",
    "names",
    "on_type",
    "parse",
    "references",
    "renamable",
    "rename",
    "reparse",
    "selections",
    "signature",
    "symbols",
    "text_for_xl",
    "tokens",
    "warm",
]
