"""ctys command lines: text to tree, tree to answers, text to requests.

Three layers: ``words`` is the shell's view (quotes, variables, comments), ``syntax`` is ctys's (options, actions,
suboptions, contexts, targets), ``build`` makes the requests of :mod:`ctys_ls.requests` of them. Between them a text
keeps its memory of where it was written (``pieces``). A document is a list of chunks, one logical line each (``tree``);
spans inside a chunk count lines from its first one, offsets count its characters.
"""

from __future__ import annotations

from ctys_ls.languages.answers import Fold, Symbol, Token
from ctys_ls.languages.cmdline.build import Built, build, build_argv
from ctys_ls.languages.cmdline.check import check
from ctys_ls.languages.cmdline.complete import TRIGGERS, complete, complete_line
from ctys_ls.languages.cmdline.explain import explain
from ctys_ls.languages.cmdline.hover import hover
from ctys_ls.languages.cmdline.tree import Options, Tree, parse, reparse
from ctys_ls.text import Edit, Span


def symbols(tree: Tree) -> list[Symbol]:
    """The outline."""
    del tree
    return []


def folds(tree: Tree) -> list[Fold]:
    """Ranges that can be folded."""
    del tree
    return []


def tokens(tree: Tree) -> list[Token]:
    """Semantic tokens in order of place."""
    del tree
    return []


def format(tree: Tree, where: Span | None = None) -> list[Edit]:  # noqa: A001
    """Edits that bring the text into the canonical layout."""
    del tree, where
    return []


__all__ = [
    "TRIGGERS",
    "Built",
    "Options",
    "build",
    "build_argv",
    "check",
    "complete",
    "complete_line",
    "explain",
    "hover",
    "parse",
    "reparse",
]
