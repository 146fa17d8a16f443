"""The language of Xen domain files (``*.conf``, ``*.cfg``), as xl reads them and as xm did."""

from ctys_ls.languages.xenconf.around import hints, links, selections
from ctys_ls.languages.xenconf.check import check
from ctys_ls.languages.xenconf.complete import complete, warm
from ctys_ls.languages.xenconf.hover import hover
from ctys_ls.languages.xenconf.layout import format  # noqa: A004 -- the Language protocol's name
from ctys_ls.languages.xenconf.mentions import definition, guest_name, names, references, renamable, rename
from ctys_ls.languages.xenconf.options import Dialect, Options
from ctys_ls.languages.xenconf.outline import folds, symbols, tokens
from ctys_ls.languages.xenconf.tree import Tree, parse, reparse
from ctys_ls.languages.xenconf.typing_help import on_type, signature

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
    "tokens",
    "warm",
]
