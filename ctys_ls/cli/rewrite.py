"""What ``format`` and ``fix`` have in common: files are rewritten in one step, or shown, or only looked at."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from ctys_ls.cli.files import Source, difference, language_arguments, show, sources, write
from ctys_ls.cli.reading import UnusableError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of both."""
    parser.add_argument("--diff", action="store_true", help="print what would change; change nothing")
    language_arguments(parser)
    parser.add_argument(
        "path", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input to output"
    )


def rewrite(
    args: argparse.Namespace, change: Callable[[list[Source], Source], tuple[str, str]], *, check: bool
) -> int:
    """Apply ``change`` (new text, what was done) to every file.

    0: done; 1: with ``check``, some file would change; 2: a path cannot be used or written.
    """
    troubles: list[str] = []
    files = list(sources(args, troubles))
    changed = 0
    for file in files:
        text, done = change(files, file)
        changed += text != file.text
        if args.diff:
            show(difference(file.path, file.text, text))
        elif file.path == "-" and not check:
            show(text)
        elif text != file.text:
            if not check:
                try:
                    write(file, text)
                except (OSError, UnusableError) as refused:
                    why = getattr(refused, "strerror", None) or refused
                    troubles.append(f"{file.path}: cannot be written: {why}; it is as it was")
                    continue
            show(f"{file.path}: {done}\n")
    for trouble in troubles:
        print(f"ctys-ls: {trouble}", file=sys.stderr)
    if troubles:
        return 2
    return 1 if check and changed else 0
