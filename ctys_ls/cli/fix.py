"""``ctys-ls fix``: the editor's quick fixes for files."""

from __future__ import annotations

import argparse

from ctys_ls.cli import rewrite
from ctys_ls.cli.files import Source, release_argument, where, workspace
from ctys_ls.facts import Facts
from ctys_ls.languages.repair import repaired


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the contract."""
    parser.add_argument(
        "--unsafe", action="store_true", help="also fixes that may change what the file was meant to say"
    )
    release_argument(parser)
    rewrite.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Fix. 0: done, 2: a path cannot be used."""
    known: list[Facts] = []

    def change(files: list[Source], file: Source) -> tuple[str, str]:
        if not known:
            known.append(workspace(files))
        done = repaired(
            file.language, file.text, known[0], file.options, path=where(file), unsafe=args.unsafe
        )
        return done.text, "; ".join(done.applied)

    return rewrite.rewrite(args, change, check=False)
