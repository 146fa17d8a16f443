"""Command lines of ctys in Markdown: the language of command lines with another way to find them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ctys_ls.languages.cmdline import (
    check,
    command_lines,
    complete,
    definition,
    folds,
    format,  # noqa: A004 -- the Language protocol's name
    hints,
    hover,
    name_at,
    names,
    references,
    renamable,
    rename,
    reparse,
    selections,
    signature,
    symbols,
    tokens,
)
from ctys_ls.languages.cmdline.tree import Options, Tree
from ctys_ls.languages.cmdline.tree import parse as parse_kind


def parse(lines: Sequence[str], options: Any = None, *, path: str = "") -> Tree:
    """The tree of a whole text."""
    del options
    return parse_kind(lines, Options("markdown"), path=path)


__all__ = [
    "Options",
    "check",
    "command_lines",
    "complete",
    "definition",
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
