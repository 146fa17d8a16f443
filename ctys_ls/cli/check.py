"""``ctys-ls check``: the diagnostics of the editor, in a terminal."""

from __future__ import annotations

import argparse
import sys

from ctys_ls.cli.files import (
    language_arguments,
    release_argument,
    show,
    sources,
    where,
    workspace,
)
from ctys_ls.cli.reports import PRINTERS
from ctys_ls.cli.ways import privilege_flags
from ctys_ls.problems import Severity
from ctys_ls.requests import Privilege
from ctys_ls.text import split_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the contract."""
    parser.add_argument("--format", choices=tuple(PRINTERS), default="text", help="how to print (text)")
    language_arguments(parser)
    release_argument(parser)
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="HOST",
        help="also check Xen files against this host: bridges, kernels, images, memory, guests; nothing is changed there",
    )
    parser.add_argument(
        "-Z",
        dest="ways",
        type=privilege_flags,
        default=Privilege(ksu=True, sudo=True),
        metavar="KSU,SUDO",
        help="how to reach the toolstack on the hosts (KSU,SUDO)",
    )
    parser.add_argument("path", nargs="+", metavar="PATH", help="a file, a folder, or - for standard input")


def run(args: argparse.Namespace) -> int:
    """Check and print. 0: no error, 1: at least one, 2: a path cannot be used or a host cannot be asked."""
    troubles: list[str] = []
    files = list(sources(args, troubles))
    facts = workspace(files)
    if args.host:
        from ctys_ls.cli.hostfacts import with_hosts

        facts = with_hosts(facts, files, args.host, args.ways, troubles)
    checked = [
        (
            file,
            file.language.check(
                file.language.parse(split_lines(file.text), file.options, path=where(file)), facts
            ),
        )
        for file in files
    ]
    show(PRINTERS[args.format](checked))
    for trouble in troubles:
        print(f"ctys-ls: {trouble}", file=sys.stderr)
    if troubles:
        return 2
    return 1 if any(problem.severity is Severity.ERROR for _, found in checked for problem in found) else 0
