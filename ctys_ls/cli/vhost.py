"""``ctys-vhost``: look-ups in the inventory, that is in what enumerate has seen (UC-30). It asks no host."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ctys_ls import __version__

_USAGE = """\
usage: ctys-vhost [-o OUTPUT] [-M first|last|all|complement|sort|usort|unique] [-s] TERM...

  ctys-vhost -o machine -s -M all lab00 XEN tst100    every record that matches all three terms

A term is a regular expression over the whole record, or E:f1:f2, F:n:text, R:n, AND, OR, NOT.
The records are what `ctys -a enumerate HOST` has seen. Exit status 11: -M unique, and the answer was not.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Answer one look-up; returns the exit status of the original."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in ("-h", "-H", "--help"):
        print(_USAGE, end="")
        return 0
    if words and words[0] in ("-V", "--version"):
        print(f"ctys-vhost {__version__}")
        return 0
    if not words:
        print(_USAGE, end="", file=sys.stderr)
        return 1
    from ctys_ls.cli.ctys import run_words

    try:
        return run_words("ctys-vhost", words)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
