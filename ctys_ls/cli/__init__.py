"""The ``ctys-ls`` program: the language server and its sub-commands.

A sub-command is a module of this package with ``add_arguments(parser)`` and ``run(args) -> int``; it is imported only when it is called, so that the server's start pays for none of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from ctys_ls import __version__

#: Sub-command to its module; help texts stand here so that ``--help`` imports nothing.
COMMANDS = {
    "check": "diagnostics of files, for terminals and CI",
    "format": "rewrite files in the one canonical layout",
    "fix": "apply the safe fixes",
    "plan": "show what a command line would run; nothing is run",
    "doctor": "find out why a host cannot be managed",
    "lab": "simulated hosts on loopback, to try and to test",
    "console": "attach this terminal to a guest's console",
    "vnc": "show a guest's screen (VNC) in a viewer or a browser",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``ctys-ls``; without a sub-command it is the language server. Returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        from ctys_ls.cli import serve

        return serve.main(arguments)
    import argparse

    parser = argparse.ArgumentParser(
        prog="ctys-ls",
        description="Language server for ctys command lines and Xen domain files; without a command it serves stdio.",
    )
    parser.add_argument("--version", action="version", version=f"ctys-ls {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == arguments[0]:
            module = import_module(f"ctys_ls.cli.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    args = parser.parse_args(arguments)
    status: int = args.run(args)
    return status
