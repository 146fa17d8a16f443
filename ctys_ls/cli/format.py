"""``ctys-ls format``: the editor's formatter for files."""

from __future__ import annotations

import argparse

from ctys_ls.cli import rewrite
from ctys_ls.cli.files import Source, where
from ctys_ls.text import apply_edits, split_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the contract."""
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 where something would change"
    )
    rewrite.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Format. 0: done, 1: with --check, something would change, 2: a path cannot be used."""
    return rewrite.rewrite(args, _formatted, check=args.check)


def _formatted(_files: list[Source], file: Source) -> tuple[str, str]:
    tree = file.language.parse(split_lines(file.text), file.options, path=where(file))
    return apply_edits(file.text, file.language.format(tree)), "laid out"
