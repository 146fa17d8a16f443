"""``ctys-ls`` without a sub-command: the language server.

Only what answers ``initialize`` is imported here; everything else waits for its first use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ctys_ls import __version__

USAGE = """\
usage: ctys-ls [--stdio | --tcp HOST:PORT [--allow-remote]] [--log-file FILE] [--log-level LEVEL] [--version]

Language server for ctys command lines and Xen domain files. Editors start it; it speaks the Language Server Protocol
on standard input and output. For other commands see ctys-ls --help.

  --stdio             serve standard input and output (the default)
  --tcp HOST:PORT     serve one client that connects to this address of the loopback interface
  --allow-remote      let --tcp listen on other interfaces; whoever connects acts in your name
  --log-file FILE     write the log there instead of to standard error
  --log-level LEVEL   debug, info, warning (the default) or error
  --version           print the version and exit
"""
LEVELS = ("debug", "info", "warning", "error")


class _UsageError(Exception):
    """The arguments cannot be used; the text says why."""


def main(arguments: Sequence[str]) -> int:
    """Serve one client; the exit status is 0 after shutdown and exit, 1 after any other end, 2 for wrong arguments."""
    try:
        options = _parse(list(arguments))
    except _UsageError as wrong:
        print(f"ctys-ls: {wrong}\n\n{USAGE}", file=sys.stderr, end="")
        return 2
    if "version" in options:
        print(f"ctys-ls {__version__}")
        return 0
    try:
        _set_up_log(options)
    except OSError as trouble:
        print(f"ctys-ls: --log-file {options['log-file']}: {trouble.strerror}", file=sys.stderr)
        return 2
    if "tcp" in options:
        return _serve_tcp(options["tcp"], remote="allow-remote" in options)
    return _serve_stdio()


def _parse(arguments: list[str]) -> dict[str, str]:
    """The options; argparse would cost more than the rest of this module."""
    options: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if word in ("--stdio", "--version", "--allow-remote"):
            options[name] = ""
        elif word.startswith("--") and name in ("tcp", "log-file", "log-level"):
            given = value if equals else next(words, "")
            if not given:
                raise _UsageError(f"--{name} needs a value")
            options[name] = given
        elif word.startswith("--clientProcessId"):
            # vscode-languageclient adds it; initialize tells the same.
            if not equals:
                next(words, "")
        else:
            raise _UsageError(f"{word!r} is no option of the server")
    if "tcp" in options and "stdio" in options:
        raise _UsageError("--stdio and --tcp exclude each other")
    if options.get("log-level", "warning") not in LEVELS:
        raise _UsageError(f"--log-level is one of {', '.join(LEVELS)}")
    return options


def _set_up_log(options: dict[str, str]) -> None:
    from ctys_ls.handlers.logs import set_up

    set_up(options.get("log-level", "warning"), options.get("log-file"))


def _serve_stdio() -> int:
    if os.isatty(0):
        print(
            "ctys-ls: waiting for an editor on standard input; Ctrl-C ends. See ctys-ls --help.",
            file=sys.stderr,
        )
    sink = os.dup(1)
    # The protocol owns standard output: a stray print goes to the log instead of into the middle of a message.
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return _run(0, sink)


def _serve_tcp(address: str, *, remote: bool) -> int:
    import socket

    host, colon, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not colon or not port.isdecimal() or int(port) > 65535:
        print(f"ctys-ls: --tcp {address}: HOST:PORT is needed, as in 127.0.0.1:2087", file=sys.stderr)
        return 2
    try:
        family, _, _, _, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        if not remote and not _is_loopback(str(place[0])):
            print(
                f"ctys-ls: --tcp {address} is not on the loopback interface: whoever connects would act in your name."
                " Use 127.0.0.1, or add --allow-remote.",
                file=sys.stderr,
            )
            return 2
        with socket.create_server((str(place[0]), int(port)), family=family) as listener:
            bound = listener.getsockname()
            print(f"ctys-ls: listening on {bound[0]}:{bound[1]}", file=sys.stderr, flush=True)
            client, _ = listener.accept()
    except OSError as trouble:
        print(f"ctys-ls: --tcp {address}: {trouble.strerror or trouble}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    with client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _run(client.fileno(), client.fileno())


def _is_loopback(address: str) -> bool:
    import ipaddress

    return ipaddress.ip_address(address).is_loopback


def _run(source: int, sink: int) -> int:
    import gc

    # What is loaded now stays: the collector need not look at it while it is being made, or ever again.
    gc.disable()
    from ctys_ls.handlers import lazy_types

    lazy_types.import_types()
    import asyncio

    from ctys_ls.server import make_server, serve
    from ctys_ls.stdio import ClientFirst

    gc.enable()
    gc.freeze()
    try:
        with asyncio.Runner(
            loop_factory=lambda: asyncio.SelectorEventLoop(ClientFirst({source, sink}))
        ) as runner:
            return runner.run(serve(make_server(), source, sink))
    except KeyboardInterrupt:
        return 130
