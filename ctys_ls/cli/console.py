"""``ctys-ls console``: attach this terminal to a guest's console, or to a shell on its host."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import socket
import sys
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from ctys_ls.cli.guestlogin import answers
from ctys_ls.cli.ways import privilege_flags
from ctys_ls.requests import ConsoleKind, Privilege
from ctys_ls.runtime.consoledialog import How, Place, Ssh, console_argv, login_argv, parse_place, ssh_argv

_LINE_MODE = (ConsoleKind.EMACS, ConsoleKind.EMACSM)
_WINDOW = (ConsoleKind.XTERM, ConsoleKind.GTERM)
#: What pyGRUB's and the installers' menus need at the least.
_LEAST_ROWS, _LEAST_COLUMNS = 12, 60
#: What xenconsole says where another one is attached, and where the guest has none.
_LOCKED = "Could not lock"
_NO_TTY = "Could not read tty"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    kinds = [kind.value for kind in ConsoleKind]
    parser.add_argument("place", metavar="[USER@]HOST/GUEST", help="the guest; with --shell only [USER@]HOST")
    parser.add_argument(
        "--kind", type=str.upper, choices=kinds, default="CLI", help="the terminal this runs in"
    )
    parser.add_argument(
        "-Z", dest="ways", type=privilege_flags, default=Privilege(), metavar="KSU,SUDO", help="ways to root"
    )
    parser.add_argument(
        "-L",
        dest="locality",
        type=str.upper,
        choices=["CF", "DF", "LO", "SO"],
        help="DF: XTERM or GTERM of the host, through X11 forwarding",
    )
    parser.add_argument(
        "--option",
        dest="options",
        action="append",
        default=[],
        metavar="WORD",
        help="with -L DF: for its terminal",
    )
    parser.add_argument(
        "--events", action="store_true", help="with -L DF: tell what happens as lines of JSON"
    )
    parser.add_argument(
        "--detach", action="store_true", help="with -L DF: leave the terminal when the window is open"
    )
    parser.add_argument(
        "--login",
        default="",
        metavar="USER@ADDRESS",
        help="log in to the guest by ssh instead, through its host",
    )
    parser.add_argument(
        "--number", type=int, default=0, metavar="N", help="which console, where the guest has several"
    )
    parser.add_argument("--take", action="store_true", help="end whoever is attached to the console")
    parser.add_argument("--shell", action="store_true", help="a shell on the host instead of a console")
    parser.add_argument(
        "--transcript", type=Path, metavar="FILE", help="write what the guest prints, with times"
    )
    parser.add_argument(
        "--wait", type=float, default=5.0, metavar="SECONDS", help="for a guest that is not there yet"
    )


def run(args: argparse.Namespace) -> int:
    """Run the relay; exit status 0 for a detach or the guest's own end, a shell's own status, 1 for an error."""
    try:
        place = parse_place(args.place, shell=args.shell)
    except ValueError as error:
        return _refused(str(error), 2)
    place = replace(place, login=args.login, number=args.number, take=args.take)
    if place.login.startswith("-") or (place.login and "@" not in place.login.strip("@")):
        return _refused(f"--login {place.login!r} is no USER@ADDRESS", 2)
    if args.locality == "DF" and args.kind in _WINDOW and place.label:
        from ctys_ls.cli import hostwindow

        return hostwindow.run(args, place, Ssh(path_of("CTYS_SSH_CONFIG"), path_of("CTYS_KNOWN_HOSTS")))
    if args.kind == ConsoleKind.SDL and place.label:
        from ctys_ls.cli import sdlwindow

        return sdlwindow.run(args, place, Ssh(path_of("CTYS_SSH_CONFIG"), path_of("CTYS_KNOWN_HOSTS")))
    with ExitStack() as stack:
        transcript: TextIO | None = None
        if args.transcript:
            try:
                transcript = stack.enter_context(_private(args.transcript))
            except OSError as error:
                return _refused(f"cannot write the transcript {args.transcript}: {error.strerror}", 1)
        status = attach(place, ConsoleKind(args.kind), args.ways, transcript=transcript, wait=args.wait)
    if status and args.kind in _WINDOW and sys.stdin.isatty():
        input("Press Enter to close this window. ")
    return status


def attach(
    place: Place,
    kind: ConsoleKind = ConsoleKind.CLI,
    ways: Privilege = Privilege(),  # noqa: B008 - a frozen value
    *,
    transcript: TextIO | None = None,
    wait: float = 5.0,
    ssh_config: Path | None = None,
) -> int:
    """Relay this terminal to ``place`` and say how it ended; returns the exit status."""
    # pexpect is loaded here and not with the module: `--help` and a wrong argument pay nothing for it.
    from ctys_ls.runtime.console import relay
    from ctys_ls.runtime.terminal import Terminal, size

    _heed_signals()
    ssh_config = ssh_config or path_of("CTYS_SSH_CONFIG")
    place = replace(place, local=is_local(place, ssh_config))
    ssh = Ssh(ssh_config, path_of("CTYS_KNOWN_HOSTS"))
    if not place.local and not shutil.which("ssh"):
        return _refused("ssh is not installed here; install it (package openssh-client)", 1)
    nonce = secrets.token_hex(8) if place.label and not place.login else None
    if place.login:
        try:
            words = answers(place, ssh, wait)
        except KeyboardInterrupt:
            return _refused(f"gave up waiting for {place.label} on {place.host}", 130)
        if words:
            return _refused(f"{no_login(place)}: {words}; its console: {by_console(place)}", 1)
        argv = login_argv(place, ssh)
    elif nonce:
        argv = console_argv(place, ways, ssh, wait, nonce)
    elif place.local:
        argv = [os.environ.get("SHELL", "/bin/sh")]
    else:
        argv = ssh_argv(place.destination, ssh)

    def banner(simulated: bool) -> str:
        note = " (a simulated host)" if simulated else ""
        if place.login:
            return f"{place.login}, a login in {place.label} on {place.host}; exit ends it"
        if not place.label:
            return f"shell on {place.host}; exit ends it"
        # In a shell buffer the key goes the long way, C-q C-] RET.
        buffer = "kill this buffer or " if line_mode else ""
        return f"console of {place.label} on {place.host}{note}; {buffer}detach with ^]"

    # The windows of EMACS and EMACSM leave it to the guest to show what was typed, so that a password stays unseen.
    # Where they are terminals, as in VS Code, there is nothing to leave out.
    line_mode = kind in _LINE_MODE and os.environ.get("TERM", "dumb") == "dumb"
    terminal = Terminal.here(os.environ, line_mode=line_mode, guest_echoes=line_mode)
    if not terminal.plain and (small := _too_small(*size())):
        print(f"ctys-ls: {small}", file=sys.stderr, flush=True)
    try:
        with _listed(place, kind):
            ended = relay(
                argv,
                terminal,
                banner,
                environ=os.environ,
                piped=argv[0] == "ssh",
                nonce=nonce,
                transcript=transcript,
            )
    except FileNotFoundError as error:
        return _refused(f"cannot start {error.args[0]}", 1)
    text = sentence(place, ended.how, ended.words)
    if text:
        # The terminal may be what has gone.
        with suppress(OSError):
            print(f"ctys-ls: {text}", file=sys.stderr, flush=True)
    return ended.status


def _too_small(rows: int, columns: int) -> str:
    """A sentence where full-screen programs of a guest have no room."""
    if rows >= _LEAST_ROWS and columns >= _LEAST_COLUMNS:
        return ""
    here = f"this terminal has {rows} rows and {columns} columns"
    return f"{here}, too few for menus and editors of a guest; make it larger, or use CONSOLE:XTERM"


def no_login(place: Place) -> str:
    """The beginning of a sentence about a login that did not come about."""
    return f"{place.host}: no login in {place.label} as {place.login}"


def by_console(place: Place) -> str:
    """The command that attaches to the guest's console."""
    return f"ctys-ls console {place.destination}/{place.label}"


def _heed_signals() -> None:
    """Let a closed terminal, its size and Ctrl-C work whoever started us: what is ignored or blocked is handed on.

    A relay that outlives its terminal would keep the guest's console from everybody else.
    """
    signal.pthread_sigmask(
        signal.SIG_UNBLOCK, {signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGWINCH}
    )
    for number, action in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, action)


def _listed(place: Place, kind: ConsoleKind) -> AbstractContextManager[None]:
    """Let LIST show this client (class C) as long as it is attached; a shell on a host is none."""
    if not place.label:
        return nullcontext()
    from ctys_ls.runtime.places import runtime_dir
    from ctys_ls.runtime.registry import Client, registered

    return registered(
        runtime_dir(), Client(place.host, place.label, "CLI" if kind is ConsoleKind.CLI else "X11")
    )


def sentence(place: Place, how: How, words: str) -> str:
    """What is said at the end: nothing after a shell, one sentence with the cure for an error."""
    host, guest = place.host, place.label
    said = f": {words}" if words else ""
    doctor = f"ctys-ls doctor {place.destination} finds out why"
    if place.login and how is How.DROPPED:
        return f"{no_login(place)}, or it was lost{said}; its console: {by_console(place)}"
    if how is How.FAILED and _LOCKED in words:
        taken = f"{host}: the console of {guest} was refused: another client is attached{said}"
        return f"{taken}; RECONNECT (here: --take) ends that one first, a shell on the host: --shell {host}"
    if how is How.FAILED and _NO_TTY in words:
        cure = f"see its screen (ctys-ls vnc {place.destination}/{guest}), or give a HVM guest serial = 'pty' in its file"
        return f"{host}: {guest} has no console{said}; {cure}"
    sentences = {
        How.DETACHED: f"detached from {guest} on {host}; it runs on" if guest else "",
        How.ENDED: f"{guest} on {host} has ended",
        How.EXITED: "",
        How.GIVEN_UP: f"gave up waiting for {guest or 'a shell'} on {host}",
        How.UNREACHABLE: f"{host}: cannot be reached{said}; {doctor}",
        How.NOT_RUNNING: f"{host}: no guest {guest} is running; ctys -a list {place.destination} shows what is",
        How.NO_CONSOLE: f"{host}: {guest} has no console {place.number}; it has {', '.join(words.split())}",
        How.NO_TOOL: f"{host}: neither xl nor xm is installed; install xen-utils there, or boot it under Xen",
        How.NO_XEN: f"{host}: its toolstack does not answer{said}; check that it was booted under Xen",
        How.NO_RIGHTS: f"{host}: not allowed to ask for {guest}{said}; try -Z KSU,SUDO or log in as root",
        How.DROPPED: f"{host}: the connection ended{said}; {doctor}",
        How.FAILED: f"{host}: the console of {guest} was refused or lost{said}",
    }
    return sentences[how]


def path_of(name: str) -> Path | None:
    """The path that an environment variable names."""
    text = os.environ.get(name)
    return Path(text).expanduser() if text else None


def is_local(place: Place, ssh_config: Path | None) -> bool:
    """Whether the engine, too, would take this for the machine we are on."""
    if place.host not in ("localhost", "127.0.0.1", "::1", *_own_names()):
        return False
    from ctys_ls.runtime.api import Config
    from ctys_ls.runtime.places import local_names

    return place.destination in local_names(Config(ssh_config=ssh_config), Path.home())


def _own_names() -> tuple[str, str]:
    name = socket.gethostname()
    return name, name.partition(".")[0]


def _private(path: Path) -> TextIO:
    """A transcript can hold secrets, so only its owner may read it."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")


def _refused(text: str, status: int) -> int:
    print(f"ctys-ls: {text}", file=sys.stderr)
    return status
