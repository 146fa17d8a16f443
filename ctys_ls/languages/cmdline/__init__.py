"""ctys command lines: text to tree, tree to answers, text to requests.

Three layers: ``words`` is the shell's view (quotes, variables, comments), ``syntax`` is ctys's (options, actions,
suboptions, contexts, targets), ``build`` makes the requests of :mod:`ctys_ls.requests` of them. Between them a text
keeps its memory of where it was written (``pieces``). A document is a list of chunks, one logical line each (``tree``);
spans inside a chunk count lines from its first one, offsets count its characters.
"""

from __future__ import annotations

from ctys_ls.languages.cmdline.build import Built, build, build_argv
from ctys_ls.languages.cmdline.check import check
from ctys_ls.languages.cmdline.complete import complete, complete_line
from ctys_ls.languages.cmdline.explain import explain
from ctys_ls.languages.cmdline.hints import hints
from ctys_ls.languages.cmdline.hover import hover
from ctys_ls.languages.cmdline.layout import format_tree as format  # noqa: A004
from ctys_ls.languages.cmdline.names import definition, name_at, names, references, renamable, rename
from ctys_ls.languages.cmdline.outline import command_lines, folds, selections, symbols, tokens
from ctys_ls.languages.cmdline.signature import signature
from ctys_ls.languages.cmdline.tree import Options, parse, reparse

__all__ = [
    "Built",
    "Options",
    "build",
    "build_argv",
    "check",
    "command_lines",
    "complete",
    "complete_line",
    "definition",
    "explain",
    "folds",
    "format",
    "hints",
    "hover",
    "name_at",
    "names",
    "parse",
    "references",
    "renamable",
    "rename",
    "reparse",
    "selections",
    "signature",
    "symbols",
    "tokens",
]
